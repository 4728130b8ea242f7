#include "common/io/connector.hpp"

#include "common/io/log.hpp"
#include "common/io/loop.hpp"
#include "common/io/open_socket.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <charconv>
#include <optional>
#include <random>

namespace weft::io {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Resolver = asio::ip::basic_resolver<tcp, asio::io_context::executor_type>;

/// What `text` says in digits, 0 if that is no port; nothing if it is a service's name.
std::optional<std::uint16_t> port_number(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error == std::errc::invalid_argument) {
        return std::nullopt;
    }
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    return whole ? port : std::uint16_t{0};
}

}  // namespace

struct Connector::State : std::enable_shared_from_this<Connector::State> {
    State(Loop& of, Options options, ProtocolFactory makes)
        : loop{of},
          name{std::move(options.name)},
          security{options.security},
          family{options.family},
          redial{std::move(options.primary), options.delays, std::random_device{}()},
          factory{std::move(makes)},
          resolver{of.context()},
          socket{of.context()} {}

    void dial_after(Duration delay) {
        retry = loop.after(delay, [self = shared_from_this()] { self->dial(); });
    }

    void dial() {
        ++attempt;
        reason.clear();
        status = Status::connecting;
        retry = loop.after(kDialMax, [self = shared_from_this()] {
            self->fail(
                "no answer within " +
                std::to_string(std::chrono::duration_cast<std::chrono::seconds>(kDialMax).count()) +
                " s");
        });
        error_code error;
        const auto address = asio::ip::make_address(redial.target().host, error);
        const auto port = port_number(redial.target().port);
        if (port == 0) {
            fail("the port is none");
        } else if (error || !port) {
            resolve();
        } else {  // a resolver would start a thread
            connect({tcp::endpoint{address, *port}});
        }
    }

    void resolve() {
        resolver.async_resolve(
            redial.target().host, redial.target().port,
            [self = shared_from_this(), id = attempt](const error_code& error,
                                                      const Resolver::results_type& found) {
                self->loop.turn([&] {
                    if (self->ended || id != self->attempt) {
                        return;
                    }
                    if (error) {
                        self->fail("the host name does not resolve: " + error.message());
                        return;
                    }
                    self->connect({found.begin(), found.end()});
                });
            });
    }

    void connect(std::vector<tcp::endpoint> endpoints) {
        if (family != Family::any) {
            const auto wanted = family == Family::v4 ? tcp::v4() : tcp::v6();
            std::erase_if(endpoints, [&](const auto& each) { return each.protocol() != wanted; });
        }
        if (endpoints.empty()) {
            fail(std::string{"the host has no address of the family "} +
                 (family == Family::v4 ? "IPv4" : "IPv6"));
            return;
        }
        asio::async_connect(socket, endpoints,
                            [self = shared_from_this(), id = attempt](const error_code& error,
                                                                      const tcp::endpoint&) {
                                self->loop.turn([&] {
                                    if (!self->ended && id == self->attempt) {
                                        self->on_connected(error);
                                    }
                                });
                            });
    }

    void on_connected(const error_code& error) {
        if (error) {
            fail(error.message());
            return;
        }
        retry.cancel();
        const auto open = [&] {
            std::string peer = peer_text(socket.native_handle());
            SocketTransport& opened =
                open_socket(loop, std::exchange(socket, TcpSocket{loop.context()}), std::move(peer),
                            security.toward(redial.target().host), factory);
            opened.set_observer([weak = weak_from_this()](std::string_view why) {
                if (const auto self = weak.lock()) {
                    self->transport = nullptr;
                    self->fail(std::string{why});
                }
            });
            transport = &opened;
            if (ended) {  // by the protocol, as it was made
                opened.close();
            }
        };
        if (!Loop::attempt(open)) {
            fail("out of memory");
        }
    }

    void fail(std::string why) {
        if (ended) {
            return;
        }
        ++attempt;  // whatever is pending counts no more
        error_code ignored;
        socket.close(ignored);
        resolver.cancel();
        why = reason.empty() ? std::move(why) : std::exchange(reason, {});
        WEFT_LOG(Module::conn_mgr, status == Status::success ? Level::warning : Level::info,
                 "connector " + name + ": " + where() + ": " + why);
        status = Status::failed;
        message = "Connection to " + where() + " failed: " + std::move(why);
        dial_after(redial.failed());
    }

    std::string where() const { return to_string(redial.target()); }

    /// Breaks the cycles: timers and operations hold the state. After it no protocol is made.
    void end() {
        ended = true;
        retry.cancel();
        resolver.cancel();
        error_code ignored;
        socket.close(ignored);
        if (transport != nullptr) {
            transport->close();
        }
    }

    Loop& loop;
    std::string name;
    Security security;
    Family family;
    Redial redial;
    ProtocolFactory factory;
    Resolver resolver;
    TcpSocket socket;                // while it is being connected
    Timer retry;                     // the next dial, or the end of this one
    Transport* transport = nullptr;  // from the first byte of a handshake on
    Status status = Status::connecting;
    std::string message;
    std::string reason;  // the protocol's, why the connection is about to be lost
    std::uint64_t attempt = 0;
    bool ended = false;
};

Connector::Connector(Loop& loop, Options options, ProtocolFactory factory)
    : state_{std::make_shared<State>(loop, std::move(options), std::move(factory))} {
    state_->dial_after(Duration::zero());
}

Connector::~Connector() {
    state_->end();
}

void Connector::succeeded(std::string message) {
    state_->status = Status::success;
    state_->message = std::move(message);
    state_->redial.succeeded();
}

void Connector::refused(std::string why) {
    state_->reason = std::move(why);
}

void Connector::set_security(Security security) {
    state_->security = std::move(security);
}

void Connector::set_failovers(const std::vector<HostPort>& failovers) {
    state_->redial.set_failovers(failovers);
}

Connector::Status Connector::status() const {
    return state_->status;
}
const std::string& Connector::message() const {
    return state_->message;
}
const std::string& Connector::name() const {
    return state_->name;
}
std::vector<HostPort> Connector::targets() const {
    return state_->redial.targets();
}
const HostPort& Connector::target() const {
    return state_->redial.target();
}

std::string_view name_of(Connector::Status status) {
    switch (status) {
        case Connector::Status::connecting:
        case Connector::Status::failed:
            return "CONNECTING";
        case Connector::Status::success:
            return "SUCCESS";
    }
    return "";
}

}  // namespace weft::io
