#pragma once

#include "common/base/time.hpp"
#include "mqtt-gateway/session/actions.hpp"
#include "mqtt-gateway/session/peer.hpp"

#include <algorithm>

/// What the parts of a session are handed with each input.
namespace weft::session {

/// What was asked of the store, and what of it is durable. Threading: not shared.
class StoreRequests {
public:
    /// A session that outlives its connection asks; another does not, and waits for nothing.
    bool needed = false;

    /// The next one; 0 if the store is not needed.
    StoreTicket ask() { return needed ? ++asked_ : 0; }
    StoreTicket ask_anyway() { return ++asked_; }
    bool is_durable(StoreTicket ticket) const { return ticket <= stored_; }
    void on_stored(StoreTicket upto) { stored_ = std::max(stored_, std::min(upto, asked_)); }

private:
    StoreTicket asked_ = 0;
    StoreTicket stored_ = 0;
};

struct Turn {
    Instant now{};
    Output& out;
    Peer* peer = nullptr;  // null: CONNACK was not sent, or the client is gone
    StoreRequests& store;
};

}  // namespace weft::session
