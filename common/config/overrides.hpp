#pragma once

#include "common/config/fault.hpp"
#include "common/config/node.hpp"

#include <span>
#include <string>

namespace weft::config {

/// Applies the values of `--set /json/pointer=value` to a configuration, in order.
///
/// Missing objects and list elements are made; "-" is the element after the last. The value is
/// taken as JSON if it is a list, an object or a text in quotes, otherwise as a bare text that
/// the key's type gives a meaning to ("5672", "yes", "64KiB").
/// Threading: not shared. Spec: RFC 6901
void apply_overrides(std::span<const std::string> settings, Node& root, Faults& faults);

}  // namespace weft::config
