#pragma once

#include "common/base/time.hpp"
#include "common/config/fault.hpp"
#include "common/config/file_reader.hpp"
#include "common/config/keys.hpp"
#include "router/linkstate/link_state.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::sim {

// Of one topology.
inline constexpr std::size_t kRoutersMax = 1000;
inline constexpr std::size_t kLinksMax = 10'000;
inline constexpr std::size_t kAddressesMax = 10'000;  // of all routers together
/// Bytes of one address.
inline constexpr std::size_t kAddressBytesMax = 1024;

/// A mesh that is to be simulated; routers and links are known by their positions.
/// Threading: not shared (a value).
struct Topology {
    struct Router {
        std::string id{};
        std::vector<std::string> addresses{};  // of which it has consumers
    };
    struct Link {
        std::size_t from = 0;
        std::size_t to = 0;
        std::uint32_t cost = 1;  // both ways
        Duration delay = std::chrono::milliseconds(1);
        Duration jitter{};
    };

    std::vector<Router> routers{};
    std::vector<Link> links{};
    linkstate::LinkStateOptions options{};  // of each router, but for id and instance

    std::optional<std::size_t> find_router(std::string_view id) const;
    /// The link between two routers, whichever is named first.
    std::optional<std::size_t> find_link(std::size_t a, std::size_t b) const;
    /// "; did you mean …?", for an error; empty if no id is near.
    std::string nearest_id(std::string_view id) const;
};

/// What a topology's file may say.
const config::KeyTable& topology_table();

/// Reads a file of it; nullopt if there is a fault of severity error.
[[nodiscard]] std::optional<Topology> read_topology(const std::string& path,
                                                    const config::FileReader& reader,
                                                    config::Faults& faults);

}  // namespace weft::sim
