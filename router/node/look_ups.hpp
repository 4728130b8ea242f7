#pragma once

#include "router/core/address_rules.hpp"
#include "router/edge/look_up.hpp"

#include <string_view>

namespace weft::node {

class LinkRouting;

/// What home knows of an address that an edge router asks about: whether links to it pass whole,
/// and whether somebody takes them. Threading: loop-confined (home's loop).
[[nodiscard]] edge::LookUpReply answer_to(const edge::LookUp& question,
                                          const LinkRouting& routing,
                                          const router::AddressRules& rules,
                                          std::string_view router_id);

}  // namespace weft::node
