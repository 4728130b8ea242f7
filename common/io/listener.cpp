#include "common/io/listener.hpp"

#include "common/io/log.hpp"
#include "common/io/loop.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace weft::io {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Acceptor = asio::basic_socket_acceptor<tcp, asio::io_context::executor_type>;

bool is_starvation(int error) {
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/// "listener clients: 127.0.0.1:5672"
std::string subject(const Listener::Options& options) {
    const bool v6 = options.host.find(':') != std::string::npos;
    const std::string host = options.host.empty() ? "*" : options.host;
    return "listener " + options.name + ": " + (v6 ? "[" + host + "]" : host) + ":" +
           std::to_string(options.port);
}

Result<tcp::endpoint> resolve(asio::io_context& context, const Listener::Options& options) {
    if (options.host.empty()) {
        return tcp::endpoint{options.family == Family::v4 ? tcp::v4() : tcp::v6(), options.port};
    }
    tcp::resolver resolver{context};
    error_code error;
    const auto found =
        resolver.resolve(options.host, std::to_string(options.port), tcp::resolver::passive, error);
    if (error) {
        return fail("amqp:invalid-field",
                    subject(options) + ": the host name does not resolve: " + error.message());
    }
    for (const auto& entry : found) {
        const bool v6 = entry.endpoint().protocol() == tcp::v6();
        if (options.family == Family::any || (options.family == Family::v6) == v6) {
            return entry.endpoint();
        }
    }
    return fail("amqp:invalid-field", subject(options) +
                                          ": the host has no address of the family " +
                                          (options.family == Family::v6 ? "IPv6" : "IPv4"));
}

tl::unexpected<Error> bind_error(const Listener::Options& options, const error_code& error) {
    const std::string who = subject(options);
    if (error == asio::error::address_in_use) {
        return fail("amqp:resource-locked",
                    who + " is in use by another program; stop it or choose another port");
    }
    if (error == asio::error::access_denied) {
        return fail("amqp:unauthorized-access",
                    who +
                        " may not be bound by this user; choose a port above 1023 or grant "
                        "CAP_NET_BIND_SERVICE");
    }
    if (error.value() == EADDRNOTAVAIL) {
        return fail("amqp:invalid-field", who + " is not an address of this host");
    }
    return fail("amqp:internal-error", who + ": " + error.message());
}

error_code bind_and_listen(Acceptor& acceptor, const tcp::endpoint& endpoint, Family family) {
    error_code error;
    acceptor.open(endpoint.protocol(), error);
    if (!error) {
        acceptor.set_option(Acceptor::reuse_address{true}, error);
    }
    if (!error && endpoint.protocol() == tcp::v6()) {
        // "All interfaces" of any family is one socket for both.
        acceptor.set_option(asio::ip::v6_only{family == Family::v6}, error);
    }
    if (!error) {
        acceptor.bind(endpoint, error);
    }
    if (!error) {
        acceptor.listen(Listener::kBacklog, error);
    }
    return error;
}

}  // namespace

struct Listener::State : std::enable_shared_from_this<Listener::State> {
    State(Loop& of, Options with, Accept to)
        : loop{of}, options{std::move(with)}, accept{std::move(to)}, acceptor{of.context()} {}

    void wait() {
        acceptor.async_wait(Acceptor::wait_read,
                            [self = shared_from_this()](const error_code& error) {
                                if (!error && self->acceptor.is_open()) {
                                    self->loop.turn([&] { self->accept_some(); });
                                }
                            });
    }

    void accept_some() {
        for (int i = 0; i < kAcceptsMax && acceptor.is_open(); ++i) {
            Socket socket{::accept4(acceptor.native_handle(), nullptr, nullptr,
                                    SOCK_NONBLOCK | SOCK_CLOEXEC)};
            if (socket.is_open()) {
                ++accepted;
                accept(std::move(socket));
            } else if (is_starvation(errno)) {
                starve(errno);
                return;
            } else if (errno == EAGAIN) {
                nobody_waits();
                break;
            }  // otherwise that one connection failed before it was accepted
        }
        if (acceptor.is_open()) {
            wait();
        }
    }

    void starve(int error) {
        if (!std::exchange(is_starving, true)) {
            ++starved;
            WEFT_LOG(Module::server, Level::error,
                     where + " can't accept connections: " + std::strerror(error) +
                         "; new ones wait until others close. Raise the limit of open files "
                         "(LimitNOFILE=, ulimit -n)");
        }
        // No event tells when a descriptor is free again.
        retry = loop.after(std::chrono::milliseconds{kRetryMilliseconds},
                           [self = shared_from_this()] { self->accept_some(); });
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
    Acceptor acceptor;
    std::string where;  // as in messages, with the port that is bound
    Timer retry;
    std::uint64_t accepted = 0;
    std::uint64_t starved = 0;
    bool is_starving = false;
};

Result<std::unique_ptr<Listener>> Listener::open(Loop& loop, Options options, Accept accept) {
    WEFT_TRY(tcp::endpoint endpoint, resolve(loop.context(), options));
    auto state = std::make_shared<State>(loop, std::move(options), std::move(accept));
    error_code error = bind_and_listen(state->acceptor, endpoint, state->options.family);
    const bool both = state->options.host.empty() && state->options.family == Family::any;
    if (error.value() == EAFNOSUPPORT && both) {  // a kernel without IPv6
        error = bind_and_listen(state->acceptor, {tcp::v4(), state->options.port}, Family::v4);
    }
    if (error) {
        return bind_error(state->options, error);
    }
    state->acceptor.non_blocking(true, error);
    Options bound = state->options;
    bound.port = state->acceptor.local_endpoint(error).port();
    state->where = subject(bound);
    state->wait();
    return std::unique_ptr<Listener>{new Listener{std::move(state)}};
}

Listener::Listener(std::shared_ptr<State> state) : state_{std::move(state)} {}

Listener::~Listener() {
    state_->retry.cancel();
    error_code ignored;
    state_->acceptor.close(ignored);
}

std::uint16_t Listener::bound_port() const {
    error_code ignored;
    return state_->acceptor.local_endpoint(ignored).port();
}

bool Listener::is_loopback() const {
    error_code error;
    const tcp::endpoint bound = state_->acceptor.local_endpoint(error);
    return !error && bound.address().is_loopback();
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
