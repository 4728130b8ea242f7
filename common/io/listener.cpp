#include "common/io/listener.hpp"

#include "common/base/conditions.hpp"
#include "common/io/log.hpp"
#include "common/io/loop.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <utility>
#include <vector>

namespace weft::io {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Acceptor = asio::basic_socket_acceptor<tcp, asio::io_context::executor_type>;

bool is_starvation(int error) {
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

bool has_connection(int acceptor) {
    pollfd asked{.fd = acceptor, .events = POLLIN, .revents = 0};
    return ::poll(&asked, 1, 0) > 0;
}

/// "listener clients: 127.0.0.1:5672"
std::string subject(const Listener::Options& options) {
    const bool v6 = options.host.find(':') != std::string::npos;
    const std::string host = options.host.empty() ? "*" : options.host;
    return "listener " + options.name + ": " + (v6 ? "[" + host + "]" : host) + ":" +
           std::to_string(options.port);
}

/// All addresses of the host, each once: "localhost" is 127.0.0.1 and ::1.
Result<std::vector<tcp::endpoint>> resolve(asio::io_context& context,
                                           const Listener::Options& options) {
    std::vector<tcp::endpoint> endpoints;
    if (options.host.empty()) {
        endpoints.emplace_back(options.family == Family::v4 ? tcp::v4() : tcp::v6(), options.port);
        return endpoints;
    }
    error_code error;
    if (options.names == Listener::Names::refused && options.host != "localhost") {
        asio::ip::make_address(options.host, error);
        if (error) {
            return fail(kInvalidField, subject(options) +
                                           ": a host name is looked up at the start only; give an "
                                           "address, as 192.0.2.1 or ::1");
        }
    }
    tcp::resolver resolver{context};
    const auto found =
        resolver.resolve(options.host, std::to_string(options.port), tcp::resolver::passive, error);
    if (error) {
        return fail(kInvalidField,
                    subject(options) + ": the host name does not resolve: " + error.message());
    }
    for (const auto& entry : found) {
        const bool v6 = entry.endpoint().protocol() == tcp::v6();
        const bool wanted = options.family == Family::any || (options.family == Family::v6) == v6;
        if (wanted && std::ranges::count(endpoints, entry.endpoint()) == 0) {
            endpoints.push_back(entry.endpoint());
        }
    }
    if (!endpoints.empty()) {
        return endpoints;
    }
    return fail(kInvalidField, subject(options) + ": the host has no address of the family " +
                                   (options.family == Family::v6 ? "IPv6" : "IPv4"));
}

tl::unexpected<Error> bind_error(const Listener::Options& options, const error_code& error) {
    const std::string who = subject(options);
    if (error == asio::error::address_in_use) {
        return fail(kResourceLocked,
                    who + " is in use by another program; stop it or choose another port");
    }
    if (error == asio::error::access_denied) {
        return fail(kUnauthorizedAccess,
                    who +
                        " may not be bound by this user; choose a port above 1023 or grant "
                        "CAP_NET_BIND_SERVICE");
    }
    if (error.value() == EADDRNOTAVAIL) {
        return fail(kInvalidField, who + " is not an address of this host");
    }
    return fail(kInternalError, who + ": " + error.message());
}

error_code bind_and_listen(Acceptor& acceptor, const tcp::endpoint& endpoint, bool both_families) {
    error_code error;
    acceptor.open(endpoint.protocol(), error);
    if (!error) {
        acceptor.set_option(Acceptor::reuse_address{true}, error);
    }
    if (!error && endpoint.protocol() == tcp::v6()) {
        acceptor.set_option(asio::ip::v6_only{!both_families}, error);
    }
    if (!error) {
        acceptor.bind(endpoint, error);
    }
    if (!error) {
        acceptor.listen(Listener::kBacklog, error);
    }
    if (!error) {
        acceptor.non_blocking(true, error);
    }
    return error;
}

/// An address that this host, or its kernel, does not have. The others of a name will do.
bool is_absent(const error_code& error) {
    return error.value() == EADDRNOTAVAIL || error.value() == EAFNOSUPPORT;
}

}  // namespace

struct Listener::State : std::enable_shared_from_this<Listener::State> {
    /// One of the addresses.
    struct Door {
        explicit Door(asio::io_context& context) : acceptor{context} {}
        Acceptor acceptor;
        bool waits = false;  // is told of the next connection
    };

    State(Loop& of, Options with, Accept to)
        : loop{of}, options{std::move(with)}, accept{std::move(to)} {}

    error_code open(tcp::endpoint endpoint, bool both_families) {
        if (endpoint.port() == 0) {
            endpoint.port(port());
        }
        Door& door = doors.emplace_back(loop.context());
        const error_code error = bind_and_listen(door.acceptor, endpoint, both_families);
        if (error) {
            doors.pop_back();
        }
        return error;
    }

    /// 0: none is open.
    std::uint16_t port() const {
        error_code ignored;
        return doors.empty() ? std::uint16_t{0}
                             : doors.front().acceptor.local_endpoint(ignored).port();
    }

    void wait(Door& door) {
        door.acceptor.async_wait(Acceptor::wait_read,
                                 [self = shared_from_this(), &door](const error_code& error) {
                                     door.waits = false;
                                     if (!error && door.acceptor.is_open()) {
                                         self->loop.turn([&] { self->accept_some(door); });
                                     }
                                 });
        door.waits = true;
    }

    void accept_some(Door& door) {
        for (int i = 0; i < kAcceptsMax && door.acceptor.is_open(); ++i) {
            if (!may_open(options.claim)) {
                if (has_connection(door.acceptor.native_handle())) {
                    starve("all descriptors but those kept for others are in use");
                    return;
                }
                nobody_waits();
                break;
            }
            Socket socket{::accept4(door.acceptor.native_handle(), nullptr, nullptr,
                                    SOCK_NONBLOCK | SOCK_CLOEXEC)};
            if (socket.is_open()) {
                ++accepted;
                Loop::attempt([&] { accept(std::move(socket)); });
            } else if (is_starvation(errno)) {
                starve(std::strerror(errno));
                return;
            } else if (errno == EAGAIN) {
                nobody_waits();
                break;
            }  // otherwise that one connection failed before it was accepted
        }
        if (door.acceptor.is_open()) {
            wait(door);
        }
    }

    void starve(const char* why) {
        if (!std::exchange(is_starving, true)) {
            ++starved;
            WEFT_LOG(Module::server, Level::error,
                     where + " can't accept connections: " + why +
                         "; new ones wait until others close. Raise the limit of open files "
                         "(LimitNOFILE=, ulimit -n)");
        }
        // No event tells when a descriptor is free again.
        retry = loop.after(std::chrono::milliseconds{kRetryMilliseconds},
                           [self = shared_from_this()] { self->try_again(); });
    }

    void try_again() {
        for (Door& door : doors) {
            if (!door.waits) {
                accept_some(door);
            }
        }
    }

    /// Only this ends the want: while some wait, each connection that closes lets in just one.
    void nobody_waits() {
        if (std::exchange(is_starving, false)) {
            WEFT_LOG(Module::server, Level::notice, where + " accepts connections again");
        }
    }

    Loop& loop;
    Options options;
    Accept accept;
    std::deque<Door> doors;  // they do not move
    std::string where;       // as in messages, with the port that is bound
    Timer retry;
    std::uint64_t accepted = 0;
    std::uint64_t starved = 0;
    bool is_starving = false;
};

Result<std::unique_ptr<Listener>> Listener::open(Loop& loop, Options options, Accept accept) {
    WEFT_TRY(std::vector<tcp::endpoint> endpoints, resolve(loop.context(), options));
    auto state = std::make_shared<State>(loop, std::move(options), std::move(accept));
    const bool any = state->options.family == Family::any;
    // "All interfaces" of any family is one socket for both; where there is no IPv6, one for IPv4.
    const bool both = any && endpoints.size() == 1;
    const bool all = any && state->options.host.empty();
    if (all) {
        endpoints.emplace_back(tcp::v4(), state->options.port);
    }
    error_code absent;
    for (const tcp::endpoint& endpoint : endpoints) {
        if (all && !state->doors.empty()) {
            break;
        }
        const error_code error = state->open(endpoint, both);
        if (is_absent(error)) {
            absent = error;
        } else if (error) {
            return bind_error(state->options, error);
        }
    }
    if (state->doors.empty()) {
        return bind_error(state->options, absent);
    }
    Options bound = state->options;
    bound.port = state->port();
    state->where = subject(bound);
    for (State::Door& door : state->doors) {
        state->wait(door);
    }
    return std::unique_ptr<Listener>{new Listener{std::move(state)}};
}

Listener::Listener(std::shared_ptr<State> state) : state_{std::move(state)} {}

Listener::~Listener() {
    state_->retry.cancel();
    error_code ignored;
    for (State::Door& door : state_->doors) {
        door.acceptor.close(ignored);
    }
}

std::uint16_t Listener::bound_port() const {
    return state_->port();
}

bool Listener::is_loopback() const {
    return std::ranges::all_of(state_->doors, [](const State::Door& door) {
        error_code error;
        const tcp::endpoint bound = door.acceptor.local_endpoint(error);
        return !error && bound.address().is_loopback();
    });
}

const Listener::Options& Listener::options() const {
    return state_->options;
}
std::uint64_t Listener::accepted() const {
    return state_->accepted;
}
std::uint64_t Listener::starved() const {
    return state_->starved;
}

}  // namespace weft::io
