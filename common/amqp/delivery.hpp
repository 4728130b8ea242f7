#pragma once

#include "common/wire/transfer.hpp"

namespace weft::amqp {

using wire::Context;
using wire::DeliveryId;
using wire::DeliveryUpdate;
using wire::IncomingTransfer;
using wire::OutgoingDelivery;
using wire::Sent;

}  // namespace weft::amqp
