#include "broker/mgmt/homes.hpp"

#include "common/base/assert.hpp"
#include "common/base/printable.hpp"

#include <utility>

namespace weft::broker_mgmt {
namespace {

void add_words(std::string& words, std::uint64_t count, const std::string& what) {
    if (count > 0) {
        words += (words.empty() ? "" : "; ") + std::to_string(count) + " " + what;
    }
}

}  // namespace

bool Homes::takes_back(const queue::Record& record) {
    if (staying_.contains(record.id)) {
        return false;
    }
    const queue::Provenance* const provenance = record.provenance.get();
    broker::QueueNode* const home = provenance == nullptr ? nullptr : home_of(*provenance);
    if (provenance == nullptr || home == &from_) {
        return leave(record.id, left_.unknown);
    }
    if (home == nullptr) {
        return leave_gone(record.id, provenance->queue);
    }
    if (home->machine().stock().is_full()) {
        return leave_full(record.id, *home);
    }
    going_[record.id] = {.number = home->number(), .name = home->name()};
    return true;
}

broker::QueueNode* Homes::home_of(queue::MessageId message) {
    const auto going = going_.extract(message);
    WEFT_CHECK(going);
    broker::QueueNode* const home = queues_.find(going.mapped().number);
    if (home == nullptr) {
        leave_gone(message, going.mapped().name);
        return nullptr;
    }
    if (home->machine().stock().is_full()) {
        leave_full(message, *home);
        return nullptr;
    }
    return home;
}

/// False: it stays.
bool Homes::leave(queue::MessageId message, std::uint64_t& count) {
    count += staying_.insert(message).second ? 1U : 0U;
    return false;
}

bool Homes::leave_gone(queue::MessageId message, const std::string& home) {
    left_.gone_queue = left_.gone_queue.empty() ? home : left_.gone_queue;
    return leave(message, left_.gone);
}

bool Homes::leave_full(queue::MessageId message, const broker::QueueNode& home) {
    left_.full_queue = left_.full_queue.empty() ? home.name() : left_.full_queue;
    return leave(message, left_.full);
}

broker::QueueNode* Homes::home_of(const queue::Provenance& provenance) const {
    return provenance.number == 0 ? queues_.known(provenance.queue)
                                  : queues_.find(store::QueueNumber{provenance.number});
}

std::string words_of(const Homes::Left& left) {
    const auto named = [](const std::string& queue, std::uint64_t count) {
        return "'" + printable(queue) + "'" + (count > 1 ? " or others" : "");
    };
    std::string words;
    add_words(words, left.unknown, "came from no other queue");
    add_words(words, left.gone,
              "came from " + named(left.gone_queue, left.gone) + ": there is no such queue");
    add_words(words, left.full,
              "came from " + named(left.full_queue, left.full) +
                  ": it is full (maxMessages or maxBytes)");
    return words;
}

}  // namespace weft::broker_mgmt
