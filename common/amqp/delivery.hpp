#pragma once

#include "common/wire/transfer.hpp"

/// The engine speaks of deliveries in the values that all share who pass them on.
namespace weft::amqp {

using wire::Context;
using wire::DeliveryId;
using wire::DeliveryUpdate;
using wire::IncomingTransfer;
using wire::OutgoingDelivery;
using wire::Sent;

}  // namespace weft::amqp
