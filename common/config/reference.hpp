#pragma once

#include "common/config/keys.hpp"

#include <span>
#include <string>

namespace weft::config {

/// The page config/README.md: how a configuration is written, and every key of `tables`.
std::string reference_page(std::span<const KeyTable> tables);

}  // namespace weft::config
