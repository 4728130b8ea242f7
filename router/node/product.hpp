#pragma once

namespace weft::node {

/// What an open tells peers of this program; management and --version say it too.
inline constexpr const char* kProduct = "weft-router";
inline constexpr const char* kVersion = "0.1.0";

}  // namespace weft::node
