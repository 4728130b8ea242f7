#pragma once

#include "broker/queue/message.hpp"

#include <map>
#include <utility>

namespace weft::queue {

/// Messages whose outcome is for a transaction to decide. Who acquired one may leave meanwhile.
/// Threading: loop-confined (its queue's).
class Aside {
public:
    bool has(ConsumerId from, MessageId id) const {
        const auto found = kept_.find(id);
        return found != kept_.end() && found->second.first == from;
    }
    bool empty() const { return kept_.empty(); }
    void add(ConsumerId from, Record record) {
        const MessageId id = record.id;
        kept_.emplace(id, std::pair{from, std::move(record)});
    }
    /// It is there.
    Record take(MessageId id) { return std::move(kept_.extract(id).mapped().second); }

private:
    std::map<MessageId, std::pair<ConsumerId, Record>> kept_;
};

}  // namespace weft::queue
