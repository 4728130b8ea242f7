#pragma once

#include "common/mgmt/requester.hpp"
#include "router/mgmt/survey.hpp"

#include <cstdint>
#include <optional>

namespace weft::router_mgmt {

/// How a request came: to the router's own `$management`, or to an address below its name
/// (`_topo/…`, `_edge/…`, `_local/…`), which others than the peer may have sent.
enum class Asks : std::uint8_t { itself, by_way_of_routers };

/// Who is at the other end of a connection, as its loop knows him. What comes through another
/// router is that router's: it does not tell of whom it has it; an edge router's own requests come
/// to `$management`, all others by way of it. Nothing: his loop has not said yet,
/// and there is another attempt once it has; until then the request is not to be looked at.
/// Threading: loop-confined (home's loop, while a request is attempted).
std::optional<mgmt::Requester> requester_of(Survey& survey, std::uint64_t connection, Asks asks);

}  // namespace weft::router_mgmt
