#pragma once

#include "common/base/time.hpp"
#include "mqtt-gateway/session/actions.hpp"
#include "mqtt-gateway/session/peer.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

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

/// Packet identifiers that the store was asked about, in that order: what is durable costs itself,
/// however many wait. Threading: not shared.
class Unstored {
public:
    void add(StoreTicket ticket, mqtt::PacketId id) { asked_.push_back({ticket, id}); }
    /// The next one of which all is durable, which waits no more; 0: none.
    mqtt::PacketId take(const StoreRequests& store) {
        if (head_ == asked_.size() || !store.is_durable(asked_[head_].ticket)) {
            return 0;
        }
        const mqtt::PacketId id = asked_[head_++].id;
        if (head_ > asked_.size() / 2) {
            asked_.erase(asked_.begin(), asked_.begin() + static_cast<std::ptrdiff_t>(head_));
            head_ = 0;
        }
        return id;
    }
    void clear() {
        asked_ = {};
        head_ = 0;
    }

private:
    struct Asked {
        StoreTicket ticket = 0;
        mqtt::PacketId id = 0;
    };
    std::vector<Asked> asked_;
    std::size_t head_ = 0;  // before it all is done
};

struct Turn {
    Instant now{};
    Output& out;
    Peer* peer = nullptr;  // null: CONNACK was not sent, or the client is gone
    StoreRequests& store;
};

}  // namespace weft::session
