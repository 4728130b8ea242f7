#pragma once

#include <string_view>
#include <vector>

namespace weft::mgmt {

/// The known name that a mistyped one most likely meant: fewest edits, letter case aside, and
/// at most a third of its length; empty if none is that near. Names past 64 characters aren't
/// compared.
std::string_view nearest(std::string_view name, const std::vector<std::string_view>& known);

}  // namespace weft::mgmt
