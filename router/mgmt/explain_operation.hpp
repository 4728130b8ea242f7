#pragma once

#include "common/base/result.hpp"
#include "common/wire/value.hpp"

#include <string_view>

namespace weft::exchange {
class Distributor;
}

namespace weft::linkroute {
class LinkRoutes;
}

namespace weft::node {
class Containers;
class Mesh;
}  // namespace weft::node

namespace weft::router_mgmt {

class Survey;

/// Weft's own management operation on the router entity: what would become of a message.
inline constexpr std::string_view kExplain = "EXPLAIN";

/// Properties: `address`, and `origin`, the id of the router at which the message enters the mesh
/// (default: this one), and `subject`, of the message, for an exchange. The answer is a map;
/// docs/operations.md shows it, as `weft why --json`. A loop that does not tell in time is left
/// out, and `incomplete` says so. Errors: kInvalidField, with what would be right. Threading:
/// loop-confined (home's loop); asks all shards.
[[nodiscard]] Result<wire::Value> explain_operation(Survey& survey,
                                                    const node::Mesh* mesh,
                                                    const node::Containers& containers,
                                                    const exchange::Distributor& exchanges,
                                                    const wire::Map& properties);

}  // namespace weft::router_mgmt
