#include "broker/queue/passed_over.hpp"

#include <algorithm>
#include <utility>

namespace weft::queue {
namespace {

/// Numbers begin with 1.
void keep_older(MessageId& oldest, MessageId message) {
    oldest = oldest == 0 ? message : std::min(oldest, message);
}

}  // namespace

void PassedOver::note(std::string_view group, ConsumerId picker, MessageId message) {
    auto found = groups_.find(group);
    if (found == groups_.end()) {
        found = groups_.try_emplace(std::string{group}).first;
    }
    Freed& known = found->second;
    const auto of = known.pickers.find(picker);
    if (of != known.pickers.end()) {
        keep_older(of->second, message);
    } else if (known_ < max_) {
        known.pickers.emplace(picker, message);
        ++known_;
    } else {
        keep_older(known.others, message);
    }
}

PassedOver::Freed PassedOver::free(std::string_view group) {
    const auto found = groups_.find(group);
    if (found == groups_.end()) {
        return {};
    }
    Freed freed = std::move(found->second);
    groups_.erase(found);
    known_ -= freed.pickers.size();
    return freed;
}

PassedOver::Freed PassedOver::free_all() {
    Freed all;
    while (!groups_.empty()) {
        const Freed one = free(groups_.begin()->first);
        for (const auto& [picker, message] : one.pickers) {
            keep_older(all.pickers[picker], message);
        }
        if (one.others != 0) {
            keep_older(all.others, one.others);
        }
    }
    return all;
}

}  // namespace weft::queue
