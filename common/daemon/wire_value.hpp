#pragma once

#include "common/config/node.hpp"
#include "common/wire/value.hpp"

namespace weft::daemon {

/// A configured value as an AMQP value: integers are long, keys of maps are strings.
wire::Value wire_value(const config::Node& node);

}  // namespace weft::daemon
