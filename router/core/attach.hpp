#pragma once

#include "common/base/bytes.hpp"
#include "common/base/router_index.hpp"
#include "router/core/address_table.hpp"
#include "router/core/link.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weft::router {

/// What a peer asks for when it attaches.
struct AttachRequest {
    Direction direction = Direction::in;
    std::string_view address = {};  // empty: an anonymous sender
    bool dynamic = false;           // the router makes up the address
    bool coordinator = false;
    bool downlink = false;  // out: of all that is sent below `_edge/<address>/`
    /// Of the address, ≤ kPhaseMax or kFallbackPhase; not given: as the address is to be treated.
    std::optional<std::uint8_t> phase{};
    bool presettles = false;             // out: the consumer asked for settled deliveries
    bool settles_second = false;         // out: the consumer settles after its producer
    std::uint64_t max_message_size = 0;  // out: bytes that the consumer takes; 0: any
    /// out: encoded; what a consumer says that settles without a state. Empty: none was named.
    Bytes default_outcome = {};
    std::uint16_t capacity = 250;
    bool from_fallback = false;  // in: brings what the fallback of its address kept
    bool wants_trace = false;    // out: a router wants to hear which others its messages passed
    bool on_demand = false;      // in: it is asked for what consumers can take, and for no more
    std::uint16_t session = 0;   // the port's number for it
    std::uintptr_t port_link = 0;
    /// Of a service in process, which knows how its address is meant to be treated.
    std::optional<Treatment> treatment{};
};

/// What a link of another loop is besides.
struct LoopPart {
    /// in: it stands for the containers of that router, and is of the session with that number.
    RouterIndex far = kNoRouter;
    /// in: it brings streams, which others have offered room for.
    bool streams = false;
    /// out: the loop that it leads to.
    std::uint32_t loop = 0;
};

/// An accepted attach.
struct Attached {
    Link* link = nullptr;
    std::string address;  // to echo in the terminus; of a dynamic one, the one made up
};

}  // namespace weft::router
