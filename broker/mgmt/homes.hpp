#pragma once

#include "broker/node/queues.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace weft::broker_mgmt {

/// The queues that dead messages of one queue came from, and what can't go back there: that stays
/// where it is, and is counted.
///
/// Who subscribes anew has another queue: nothing goes there that died in the one before.
/// Threading: loop-confined.
class Homes {
public:
    struct Left {
        std::uint64_t unknown = 0;  // they came from no queue: they did not die
        std::uint64_t gone = 0;     // their queue is no more
        std::uint64_t full = 0;     // it takes no more
        std::string gone_queue{};   // the first of these, for people
        std::string full_queue{};

        std::uint64_t all() const { return unknown + gone + full; }
    };

    /// Both must outlive it.
    Homes(const broker::Queues& queues, const broker::QueueNode& from)
        : queues_{queues}, from_{from} {}

    /// Whether a message can go home; if not, it stays.
    bool takes_back(const queue::Record& record);
    /// Where it goes that could a moment ago; null: it stays, for now there is no room.
    broker::QueueNode* home_of(queue::MessageId message);
    const Left& left() const { return left_; }

private:
    struct Going {
        store::QueueNumber number{};
        std::string name;
    };

    broker::QueueNode* home_of(const queue::Provenance& provenance) const;
    bool leave(queue::MessageId message, std::uint64_t& count);
    bool leave_gone(queue::MessageId message, const std::string& home);
    bool leave_full(queue::MessageId message, const broker::QueueNode& home);

    const broker::Queues& queues_;
    const broker::QueueNode& from_;
    std::map<queue::MessageId, Going> going_;  // that are on their way to be moved
    std::set<queue::MessageId> staying_;       // what was counted: it may be looked at again
    Left left_;
};

/// "2 came from 'orders': there is no such queue; …"; empty: none was left.
std::string words_of(const Homes::Left& left);

}  // namespace weft::broker_mgmt
