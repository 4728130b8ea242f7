#include "tools/weft/connection/connection.hpp"

#include "common/base/conditions.hpp"
#include "tools/weft/connection/interrupt.hpp"
#include "tools/weft/connection/sasl.hpp"
#include "tools/weft/failure.hpp"

#include <poll.h>
#include <proton/error_condition.hpp>
#include <proton/receiver.hpp>
#include <proton/sender.hpp>
#include <proton/session.hpp>
#include <proton/source.hpp>
#include <proton/target.hpp>
#include <proton/transport.hpp>
#include <proton/uuid.hpp>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace weft::tools {
namespace {

constexpr std::uint32_t kFrameSizeMax = 65536;
constexpr std::chrono::seconds kCloseTimeout{2};

std::string in_words(const proton::error_condition& condition) {
    if (condition.description().empty()) {
        return condition.name();
    }
    return condition.name() + ": " + condition.description();
}

std::string remedy(const proton::error_condition& condition) {
    const bool of_certificate = condition.description().find("certificate") != std::string::npos;
    if (condition.name() == kUnauthorizedAccess && !of_certificate) {
        return "; check --sasl-mechanisms, --sasl-username and --sasl-password";
    }
    if (condition.description().find("SSL Failure") != std::string::npos) {
        return "; check amqps:// and the --ssl flags";
    }
    if (condition.name() == kFramingError) {
        return "; the peer may demand SASL (--sasl-mechanisms ANONYMOUS) or TLS (-b amqps://…)";
    }
    return {};
}

std::string lost(const proton::error_condition& condition) {
    return "connection lost: " + in_words(condition) + remedy(condition);
}

}  // namespace

void Handler::note_fault(const std::string& text) {
    if (fault_.empty()) {
        fault_ = text;
    }
}

void Handler::on_transport_error(proton::transport& transport) {
    note_fault(lost(transport.error()));
}

void Handler::on_connection_error(proton::connection& connection) {
    note_fault("the router closed the connection: " + in_words(connection.error()) +
               remedy(connection.error()));
}

void Handler::on_connection_close(proton::connection& /*connection*/) {
    note_fault("the router closed the connection");
}

void Handler::on_session_error(proton::session& session) {
    note_fault("the router ended the session: " + in_words(session.error()));
}

void Handler::on_sender_error(proton::sender& sender) {
    note_fault("the router refused the sender to '" + sender.target().address() +
               "': " + in_words(sender.error()));
}

void Handler::on_sender_close(proton::sender& /*sender*/) {
    note_fault("the router closed the sending link");
}

void Handler::on_receiver_error(proton::receiver& receiver) {
    note_fault("the router refused the receiver from '" + receiver.source().address() +
               "': " + in_words(receiver.error()));
}

void Handler::on_receiver_close(proton::receiver& /*receiver*/) {
    note_fault("the router closed the receiving link");
}

Connection::Connection(const ConnectionOptions& options, Handler& handler)
    : timeout_{options.timeout},
      handler_{handler},
      socket_{Socket::dial(options.url, std::chrono::steady_clock::now() + options.timeout)} {
    proton::connection_options amqp = options.amqp;
    amqp.handler(handler_)
        .container_id("weft-" + proton::uuid::random().str())
        .virtual_host(options.vhost)
        .max_frame_size(kFrameSizeMax);
    speak_sasl();
    driver_.connect(amqp);
    const auto opened = [this] { return this->amqp().active(); };
    await(opened, options.url.endpoint() +
                      " does not answer in AMQP; is a router listening there, and "
                      "with TLS (-b amqps://…) or without?");
}

Connection::~Connection() {
    driver_.disconnected();
}

Wake Connection::step(SteadyTime deadline, int input) {
    dispatch();
    flush();
    const bool reads = driver_.read_buffer().size != 0;
    const bool writes = driver_.write_buffer().size != 0;
    if (!reads && !writes) {
        dispatch();
        if (closing_) {
            return Wake::late;
        }
        throw Failure("the router closed the connection");
    }
    const auto events = static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
    std::array<pollfd, 3> waiting{
        pollfd{socket_.descriptor(), events, 0}, pollfd{input, POLLIN, 0},
        pollfd{Interrupt::raised() ? -1 : Interrupt::descriptor(), POLLIN, 0}};
    const int ready =
        ::poll(waiting.data(), waiting.size(), poll_timeout(std::min(deadline, tick())));
    if (ready == 0) {
        return std::chrono::steady_clock::now() < deadline ? Wake::peer : Wake::late;
    }
    if (ready > 0 && (waiting[0].revents & ~POLLOUT) != 0) {
        receive();
        dispatch();
    }
    return ready > 0 && waiting[1].revents != 0 ? Wake::input : Wake::peer;
}

void Connection::await(const std::function<bool()>& done, const std::string& otherwise) {
    const SteadyTime late = deadline();
    while (!done()) {
        if (Interrupt::raised()) {
            throw Failure("interrupted");
        }
        if (step(late) == Wake::late) {
            throw Failure(otherwise);
        }
    }
}

void Connection::close() {
    closing_ = true;
    amqp().close();
    const SteadyTime late = std::chrono::steady_clock::now() + kCloseTimeout;
    while (step(late) != Wake::late) {
    }
}

void Connection::dispatch() {
    driver_.dispatch();
    if (closing_) {
        return;
    }
    if (!handler_.fault().empty()) {
        throw Failure(handler_.fault());
    }
    // An exception that a handler throws ends here too.
    const proton::error_condition condition = driver_.transport().error();
    if (!condition.empty()) {
        throw Failure(lost(condition));
    }
}

void Connection::flush() {
    for (;;) {
        const proton::io::const_buffer bytes = driver_.write_buffer();
        if (bytes.size == 0) {
            return;
        }
        const ssize_t sent =
            ::send(socket_.descriptor(), bytes.data, bytes.size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0) {
            if (errno != EAGAIN && errno != EINTR) {
                driver_.write_close();
            }
            return;
        }
        driver_.write_done(static_cast<std::size_t>(sent));
    }
}

void Connection::receive() {
    const proton::io::mutable_buffer room = driver_.read_buffer();
    if (room.size == 0) {
        return;
    }
    const ssize_t got = ::recv(socket_.descriptor(), room.data, room.size, 0);
    if (got > 0) {
        driver_.read_done(static_cast<std::size_t>(got));
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        driver_.read_close();
    }
}

SteadyTime Connection::tick() {
    const auto now = std::chrono::steady_clock::now();
    const auto now_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
    const auto next_ms = driver_.tick(proton::timestamp(now_ms)).milliseconds();
    return next_ms == 0 ? SteadyTime::max() : now + std::chrono::milliseconds(next_ms - now_ms);
}

}  // namespace weft::tools
