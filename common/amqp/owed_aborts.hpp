#pragma once

#include "common/amqp/link.hpp"
#include "common/base/assert.hpp"

#include <cstdint>
#include <vector>

namespace weft::amqp {

/// The links of a session that owe the peer an abort, for which its window has no room.
///
/// Invariant O1: each stands here once, at its `owing_at`, and its `abort_due` says so.
///
/// Threading: as the engine. Spec: AMQP 1.0 §2.5.6, §2.7.5
class OwedAborts {
public:
    bool empty() const { return links_.empty(); }
    void add(Link& link) {
        link.abort_due_ = true;
        link.owing_at_ = static_cast<std::uint32_t>(links_.size());  // O1
        links_.push_back(&link);
    }
    void remove(Link& link) {
        WEFT_DCHECK(links_[link.owing_at_] == &link);  // O1
        link.abort_due_ = false;
        links_[link.owing_at_] = links_.back();
        links_[link.owing_at_]->owing_at_ = link.owing_at_;
        links_.pop_back();
    }
    /// One of them, which owes none any more.
    Link& take() {
        Link& link = *links_.back();
        remove(link);
        return link;
    }

private:
    std::vector<Link*> links_;
};

}  // namespace weft::amqp
