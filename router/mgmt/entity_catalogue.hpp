#pragma once

#include "common/mgmt/catalogue.hpp"

namespace weft::router_mgmt {

/// The types that this router serves: those of Qpid Dispatch, and attributes of our own besides.
mgmt::Catalogue entity_catalogue();

}  // namespace weft::router_mgmt
