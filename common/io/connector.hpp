#pragma once

#include "common/io/redial.hpp"
#include "common/io/security.hpp"
#include "common/io/socket.hpp"
#include "common/io/transport.hpp"

#include <memory>
#include <string>

namespace weft::io {

/// Keeps one connection to a peer: dials, fails over, dials again when it is lost.
///
/// Its protocol tells it when the peer has really answered (`succeeded`), which ends the growth of
/// the delays: a peer that accepts and closes at once is not dialled in a tight loop.
///
/// Threading: loop-confined.
class Connector {
public:
    static constexpr Duration kDialMax = std::chrono::seconds{10};

    enum class Status : std::uint8_t { connecting, success, failed };

    struct Options {
        std::string name;  // for messages
        HostPort primary;
        Security security = Security::none();
        Redial::Delays delays{};
        /// Of several addresses of a host, those of it are tried, one after the other.
        Family family = Family::any;
    };

    /// Begins to dial in a turn of the loop. `factory` makes a protocol for each connection.
    Connector(Loop& loop, Options options, ProtocolFactory factory);
    /// Closes the connection, too; its protocol hears of it as ever.
    ~Connector();
    Connector(const Connector&) = delete;
    Connector& operator=(const Connector&) = delete;

    /// The peer has answered; `message` says how, for people.
    void succeeded(std::string message);
    /// Why the connection is about to be lost, in the peer's words: shown instead of the
    /// transport's.
    void refused(std::string why);
    /// How connections to come are protected.
    void set_security(Security security);
    /// What to dial when the primary does not answer, as the peer says.
    void set_failovers(const std::vector<HostPort>& failovers);

    Status status() const;
    const std::string& message() const;
    const std::string& name() const;
    /// The addresses it dials, in order: `target` first.
    std::vector<HostPort> targets() const;
    /// The one it dials or is connected to.
    const HostPort& target() const;

private:
    struct State;
    std::shared_ptr<State> state_;  // shared with its pending operations
};

/// "CONNECTING", "SUCCESS": one that failed is about to dial again.
std::string_view name_of(Connector::Status status);

}  // namespace weft::io
