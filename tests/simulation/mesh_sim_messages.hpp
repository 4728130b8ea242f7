#pragma once

#include "tests/unit/core/fake_port.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace weft::router {

/// One message of a mesh simulation, and what became of it.
struct MeshMessage {
    std::uint32_t number = 0;
    const Peer* producer = nullptr;
    DeliveryId id = 0;
    bool settled = false;
    bool multicast = false;
    bool streamed = false;
    bool whole = false;
    bool cut_off = false;
    bool deserted = false;  // its producer is gone
    bool restless = false;  // something changed while it was under way
    bool accepted = false;  // a consumer did, or got it settled
    int outcomes = 0;
    Outcome outcome = Outcome::none;
    Buffer bytes;
    std::size_t at = 0;
    std::set<const Peer*> targets;  // of a multicast
    std::map<const Peer*, int> had_by;
};

/// What was sent through a mesh, what arrived, and what producers heard.
class MeshLedger {
public:
    static constexpr std::string_view kMark = "number ";
    /// The multicast address; consumers may have subscribed to it with wildcards.
    static constexpr const char* kMany = "many/x";

    MeshMessage& add(const Peer& producer);
    std::uint32_t next_number() const { return static_cast<std::uint32_t>(messages_.size()); }
    MeshMessage* of(const Got& got);

    void look_at_arrivals(const Peer& consumer);
    void look_at_outcomes(const Peer& producer);
    /// Something changed: what is not over yet may be lost, doubled or out of order.
    void disturb();
    /// Once all is settled: is nothing lost that nothing was done to?
    void check_fates();

    std::string fault;
    void expect(bool condition, const std::string& what) {
        if (!condition && fault.empty()) {
            fault = what;
        }
    }

    void note_id(MeshMessage& message, DeliveryId id);
    MeshMessage* find(const Peer& producer, DeliveryId id);
    std::deque<MeshMessage>& messages() { return messages_; }

private:
    void arrived(const Peer& consumer, const Got& got, MeshMessage& message);

    std::deque<MeshMessage> messages_;
    std::map<std::pair<const Peer*, DeliveryId>, std::uint32_t> by_id_;
    std::map<const Peer*, std::size_t> seen_;
    std::map<const Peer*, std::size_t> told_seen_;
    std::map<std::pair<const Peer*, const Peer*>, std::int64_t> last_;
};

}  // namespace weft::router
