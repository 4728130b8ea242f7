#include "router/node/pending_attaches.hpp"

#include "common/base/assert.hpp"
#include "common/wire/writer.hpp"

#include <utility>

namespace weft::node {

void PendingAttaches::expect(amqp::Link& link,
                             const router::Link& ours,
                             const amqp::Attach& reply) {
    WEFT_DCHECK(pending_.empty() || pending_.rbegin()->first < ours.id);  // P3
    Pending& pending = pending_.try_emplace(pending_.end(), ours.id)->second;
    pending.answer.link = &link;
    pending.answer.ours = ours.self;
    wire::Writer out{pending.answer.reply};
    amqp::encode(out, reply);
}

void PendingAttaches::accept(std::uint64_t id) {
    if (const auto at = pending_.find(id); at != pending_.end()) {
        at->second.decided = true;
    }
}

void PendingAttaches::refuse(std::uint64_t id, Error why) {
    if (const auto at = pending_.find(id); at != pending_.end()) {
        at->second.decided = true;
        at->second.answer.refusal = std::move(why);
    }
}

std::optional<PendingAttaches::Answer> PendingAttaches::take_front() {
    const auto front = pending_.begin();
    if (front == pending_.end() || !front->second.decided) {  // P1
        return std::nullopt;
    }
    Answer answer = std::move(front->second.answer);
    pending_.erase(front);
    return answer;
}

}  // namespace weft::node
