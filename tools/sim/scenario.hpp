#pragma once

#include "tools/sim/times.hpp"
#include "tools/sim/topology.hpp"

#include <tl/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weft::sim {

/// What is told to fail and to be restored, at most.
inline constexpr std::size_t kChangesMax = 1000;

/// A router or a link of a topology, by its position there.
struct Part {
    bool is_link = false;
    std::size_t number = 0;

    auto operator<=>(const Part&) const = default;
};

/// Something fails, or is restored. Threading: not shared (a value).
struct Change {
    Part part{};
    bool fails = true;
    Duration at{};  // since the routers were started

    bool operator==(const Change&) const = default;
};

/// What happens to a mesh. Threading: not shared (a value).
struct Scenario {
    std::vector<Change> changes{};    // as they happen
    bool silent = false;              // what fails does not answer, but its connections stand
    std::optional<Duration> until{};  // nothing: until all agree
    std::uint64_t seed = 1;
};

/// "core-1", a router, or "core-1/edge-3", a link: no id has a "/".
[[nodiscard]] tl::expected<Part, std::string> parse_part(const Topology& topology,
                                                         std::string_view text);
/// The same as it is written.
std::string part_text(const Topology& topology, Part part);
/// "router core-1", "link core-1/edge-3".
std::string part_title(const Topology& topology, Part part);

/// Sorts changes by time. The error is about what fails twice, or is restored but did not fail.
[[nodiscard]] tl::expected<void, std::string> put_in_order(const Topology& topology,
                                                           std::vector<Change>& changes);

}  // namespace weft::sim
