#pragma once

#include "common/mgmt/catalogue.hpp"

namespace weft::mgmt::test {

/// A small model of a daemon's own: of each kind of type and attribute that the agent tells apart
/// at least one.
Catalogue fake_catalogue();

}  // namespace weft::mgmt::test
