#pragma once

#include "common/base/bytes.hpp"

#include <string>

namespace weft::node {

/// What an open tells peers of this program; management and --version say it too.
inline constexpr const char* kProduct = "weft-router";
inline constexpr const char* kVersion = "0.1.0";

/// Among those of another router: it knows subscriptions with wildcards, if above 0.
inline constexpr const char* kKnowsWildcards = "weft.wildcards";

/// What the properties of a peer's open say of its program; empty: nothing.
[[nodiscard]] std::string product_in(Bytes properties);
/// Whether that is a router, of this program or the original.
[[nodiscard]] bool is_router(const std::string& product);

}  // namespace weft::node
