#include "router/node/pending_attaches.hpp"

#include "common/base/assert.hpp"
#include "common/wire/writer.hpp"

#include <algorithm>
#include <utility>

namespace weft::node {

void PendingAttaches::expect(amqp::Link& link,
                             const router::Link& ours,
                             const amqp::Attach& reply) {
    WEFT_DCHECK(pending_.empty() || pending_.back().id < ours.id);  // P3
    Pending& pending = pending_.emplace_back();
    pending.id = ours.id;
    pending.answer.link = &link;
    pending.answer.ours = ours.self;
    wire::Writer out{pending.answer.reply};
    amqp::encode(out, reply);
}

PendingAttaches::Pending* PendingAttaches::find(std::uint64_t id) {
    const auto found = std::ranges::lower_bound(pending_, id, {}, &Pending::id);
    return found == pending_.end() || found->id != id ? nullptr : &*found;
}

void PendingAttaches::accept(std::uint64_t id) {
    if (Pending* pending = find(id)) {
        pending->decided = true;
    }
}

void PendingAttaches::refuse(std::uint64_t id, Error why) {
    if (Pending* pending = find(id)) {
        pending->decided = true;
        pending->answer.refusal = std::move(why);
    }
}

std::optional<PendingAttaches::Answer> PendingAttaches::take_front() {
    if (pending_.empty() || !pending_.front().decided) {  // P1
        return std::nullopt;
    }
    Answer answer = std::move(pending_.front().answer);
    pending_.pop_front();
    return answer;
}

}  // namespace weft::node
