#pragma once

#include "common/base/bytes.hpp"
#include "common/wire/sections.hpp"
#include "common/wire/transfer.hpp"
#include "router/annotations/annotations.hpp"
#include "router/core/port.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace weft::router {

struct Address;
struct Delivery;

/// What the sections before the bare message say: read once for all who look at them in one call.
struct Head {
    wire::Facts facts;
    annotations::RouterAnnotations routers{};
    bool from_router = false;  // and so `routers` was read
};

/// One frame of a delivery that comes in.
struct Arrival : wire::IncomingTransfer {
    Provenance provenance{};
    /// Of the payload, if it was read. Who brings a message and says it has put its annotations
    /// right, and says in `provenance` whether routers' are in it.
    const Head* head = nullptr;
    /// From another loop, for wildcards: the name of its address, of which the link's is another.
    std::string_view sent_to{};

    /// Its payload need not be sections of AMQP. Spec: AMQP 1.0 §2.8.11
    bool is_opaque() const { return message_format != 0; }
};

/// A delivery that begins to come in, on its way through the decision where it goes.
struct Incoming {
    Link& link;
    const Arrival& arrival;
    std::uint64_t& context;        // the core's word for its further frames
    Delivery* delivery = nullptr;  // made once one is needed
    std::uint64_t large = 0;       // its bytes so far, if not every consumer takes so many
    std::span<Link* const> own{};  // consumers of the edge router that brings it
    bool narrow = false;           // it has such, or goes down only: not all may get it
    bool oversized = false;        // a copy was dropped for its size
    bool branched = false;         // the delivery's own branch is in use
    bool may_wait = true;  // else it goes out at once, or comes back: of what has begun to go out
                           // the rest of the frame is kept all the same

    /// Its first producer waits for no outcome; while there is no Delivery.
    bool presettled() const { return arrival.settled || arrival.provenance.presettled; }
    RouterIndex origin() const { return arrival.provenance.origin; }
};

}  // namespace weft::router
