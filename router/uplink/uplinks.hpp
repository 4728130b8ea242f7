#pragma once

#include "common/base/time.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::uplink {

/// A connection to a router of the mesh that is open.
struct Uplink {
    std::uint64_t connection = 0;
    std::uint32_t cost = 1;
    std::size_t order = 0;  // of its connector among those of the configuration
};

/// Which of an edge router's uplinks is active; the others stand by.
///
///   none ──one is open──▶ chosen after kPatience, or at once if none could be better ──▶ active
///     ▲                                                                                   │ gone
///     └──────────────── none is open ─────────────── the best of those that are open ◀────┘
///
/// The best is the one with the lowest cost, then the one whose connector comes first, then the one
/// that opened first. One that is active stays so until its connection ends, also when a better one
/// comes back: every change costs what is on its way there.
///
/// Threading: loop-confined.
class Uplinks {
public:
    /// While none was active, a better one than the first to open is waited for so long.
    static constexpr Duration kPatience = std::chrono::milliseconds{200};

    /// A connector may make one. Of the same name: it takes the place of the one before.
    void expect(std::string_view name, std::uint32_t cost);
    /// The connector makes none any more.
    void forget(std::string_view name);

    /// It is open, by the connector of that name. True: the active one is another now.
    [[nodiscard]] bool opened(std::uint64_t connection, std::string_view name, Instant now);
    /// It is not any more. Means nothing if it was never opened. True: as above.
    [[nodiscard]] bool gone(std::uint64_t connection);
    /// The time has come that `next_due` said. True: as above.
    [[nodiscard]] bool work(Instant now);
    Instant next_due() const { return due_; }

    /// Nothing: none is.
    std::optional<std::uint64_t> active() const { return active_; }
    /// Those that are open, in the order they came.
    const std::vector<Uplink>& all() const { return open_; }

private:
    struct Expected {
        std::string name;  // empty: it makes none any more
        std::uint32_t cost = 1;
    };

    const Uplink* best() const;
    bool may_be_better(const Uplink& than) const;
    bool choose();

    std::vector<Expected> expected_;  // by order
    std::vector<Uplink> open_;
    std::optional<std::uint64_t> active_;
    Instant due_ = kNever;
};

}  // namespace weft::uplink
