#pragma once

#include "common/base/result.hpp"
#include "common/io/descriptors.hpp"
#include "common/io/socket.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace weft::io {

class Loop;

/// Listens on TCP, on all addresses of a host. Closes when destroyed; sockets that it handed over
/// live on.
///
/// When the process or the system has no descriptors or buffers left, or no descriptors but those
/// that its claim leaves to others, it stops accepting, says so in the log once, and tries again
/// every kRetryMilliseconds; nobody is refused meanwhile, they queue.
///
/// Threading: loop-confined.
class Listener {
public:
    static constexpr int kBacklog = 1024;   // connections that wait in the kernel
    static constexpr int kAcceptsMax = 16;  // in a turn
    static constexpr int kRetryMilliseconds = 100;

    /// What may be a host.
    enum class Names : std::uint8_t {
        resolved,  // in place, which may take as long as the system's name servers do
        refused,   // but for "localhost"
    };
    struct Options {
        std::string name{};      // for messages
        std::string host{};      // empty: all interfaces
        std::uint16_t port = 0;  // 0: the system chooses
        Family family = Family::any;
        Claim claim = Claim::client;  // of its connections
        Names names = Names::resolved;
    };
    /// Takes an accepted connection: to open a transport on this loop, or to post it to another.
    using Accept = std::function<void(Socket socket)>;

    /// Binds and listens.
    /// Errors: amqp:invalid-field for a host that does not resolve or may not be, and for an
    /// address of another host, amqp:resource-locked for a port in use, amqp:unauthorized-access
    /// where the system forbids it, amqp:internal-error.
    static Result<std::unique_ptr<Listener>> open(Loop& loop, Options options, Accept accept);

    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    std::uint16_t bound_port() const;
    /// Bound to an address that only this machine reaches.
    bool is_loopback() const;
    const Options& options() const;
    std::uint64_t accepted() const;
    /// How often it ran out of descriptors or buffers that it may have, however long it then took.
    std::uint64_t starved() const;

private:
    struct State;
    explicit Listener(std::shared_ptr<State> state);

    std::shared_ptr<State> state_;  // shared with its pending operation
};

}  // namespace weft::io
