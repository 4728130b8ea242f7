#pragma once

#include "tests/unit/core/fake_port.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::router {

constexpr std::array<const char*, 5> kAddresses{"any.a", "any.b", "near", "many", "lossy"};
constexpr std::size_t kFirstMulticast = 3;

/// One message, and what may become of it.
struct Message {
    std::uint32_t number = 0;
    std::size_t address = 0;
    const Peer* producer = nullptr;
    bool of_loop = false;  // another core brought it
    bool of_edge = false;  // an edge router did: what routers say in it stays for routers
    bool settled = false;
    Buffer bytes;     // as sent
    Buffer expected;  // as it must arrive, unless it is returned to the other cores: as sent
    std::size_t at = 0;
    DeliveryId id = 0;
    bool routed = false;            // the core knows where it goes
    bool whole = false;             // all was sent
    bool cut_off = false;           // aborted, or its producer went in the middle
    bool deserted = false;          // its producer settled it or went: it hears no more
    bool large = false;             // some consumers do not take so much
    bool excused = false;           // somebody did something for which it may be lost
    int settlements = 0;            // that the producer heard
    std::set<const Peer*> targets;  // of a multicast
    std::set<const Peer*> had_by;
    std::set<Outcome> answers;  // that consumers gave

    bool multicast() const { return address >= kFirstMulticast; }
};

/// The messages of a simulation: what was sent, what arrived, what producers heard of it, and
/// whether that is what had to become of them.
class Ledger {
public:
    /// The text in a message's body in front of its number.
    static constexpr std::string_view kMark = "number ";

    /// A new message of `producer`; its number is the count of those before.
    Message& add(Peer& producer);
    std::uint32_t next_number() const { return static_cast<std::uint32_t>(messages_.size()); }
    /// Null if nobody sent it.
    Message* of(const Delivery& delivery);
    Message* of(const Peer& producer, DeliveryId id);
    std::deque<Message>& messages() { return messages_; }

    /// Somebody did something for which these may be lost.
    void excuse(const BranchList& branches);
    void excuse(const WaitingLine& line) {
        line.for_each_list([this](const BranchList& list) { excuse(list); });
    }
    /// A consumer accepts all that it has.
    void note_acceptance(const Peer& consumer);
    /// A consumer stalled: copies of multicast messages may be dropped for it.
    void note_stalled(const Peer& consumer) { stalled_.insert(&consumer); }

    void look_at_arrivals(const Peer& consumer);
    void look_at_outcomes(const Peer& producer);
    /// Once all is settled: is nothing lost?
    void check_fates();

    /// An index into kAddresses; its size for an anonymous producer.
    std::map<const Peer*, std::size_t> address_of;
    /// What went wrong first.
    std::string fault;
    void expect(bool condition, const std::string& what) {
        if (!condition && fault.empty()) {
            fault = what;
        }
    }

private:
    void arrived(const Peer& consumer, const Got& got, std::size_t number);
    void check_outcome(const Message& message, Outcome outcome);

    std::deque<Message> messages_;
    std::vector<LinkRef> ref_of_;  // the producer's link, by number
    std::map<const Peer*, std::size_t> seen_;
    std::map<const Peer*, std::size_t> told_seen_;
    std::map<std::pair<const Peer*, const Peer*>, std::int64_t> last_number_;
    std::set<const Peer*> stalled_;
};

}  // namespace weft::router
