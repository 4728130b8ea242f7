#pragma once

#include "router/core/name_source.hpp"
#include "router/core/outlet.hpp"
#include "router/core/share.hpp"

#include <cstdint>
#include <string>

namespace weft::router {

/// What a core is made with.
struct CoreOptions {
    std::string router_id;
    bool is_edge = false;  // it reaches the mesh by an uplink
    Distribution default_distribution = Distribution::balanced;
    NameSource names{};  // empty: none is asked for a dynamic address
    /// Ids of links and connections are first_id, first_id + id_step, …: unique over all loops.
    std::uint64_t first_id = 1;
    std::uint64_t id_step = 1;
    Limits limits{};
};

}  // namespace weft::router
