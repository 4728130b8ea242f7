#pragma once

#include "common/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace weft::io {

struct HostPort {
    std::string host;
    std::string port;  // a number or a service's name: "5672", "amqp"

    bool operator==(const HostPort&) const = default;
};

/// "b.example:5672"
inline std::string to_string(const HostPort& target) {
    return target.host + ":" + target.port;
}

/// Where to dial next and when: a machine without sockets.
///
/// The addresses of a round are dialled one after another without delay; between rounds it waits,
/// longer each time, and less by a random part so that many routers do not come back at once.
/// A connection that was in use and is lost starts again with the first address after
/// Delays::first.
///
/// Threading: not shared.
class Redial {
public:
    /// How long it waits after the first round that failed, and at most.
    struct Delays {
        Duration first = std::chrono::seconds{1};
        Duration max = std::chrono::seconds{30};
    };
    static constexpr int kMultiplier = 2;
    static constexpr double kJitter = 0.25;  // of a delay, at most this part is taken off
    static constexpr std::size_t kFailoversMax = 16;

    Redial(HostPort primary, Delays delays, std::uint64_t seed);

    const HostPort& target() const { return targets_[position_]; }
    /// Where else the service is to be had, as the peer says; replaces what was learned before. The
    /// target stays among them. More than kFailoversMax are not kept.
    void set_failovers(const std::vector<HostPort>& failovers);
    /// The target first, then the others in the order in which they are dialled.
    std::vector<HostPort> targets() const;

    /// The connection to the target is in use.
    void succeeded();
    /// The dial failed or the connection was lost: how long to wait before `target` is dialled.
    [[nodiscard]] Duration failed();

private:
    Duration jittered(Duration delay);

    std::vector<HostPort> targets_;  // the primary first
    std::size_t position_ = 0;
    Delays delays_;
    Duration delay_;  // after the next round that fails
    bool in_use_ = false;
    std::minstd_rand random_;
};

}  // namespace weft::io
