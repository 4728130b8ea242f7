#include "router/node/pending_attaches.hpp"

#include "common/base/assert.hpp"
#include "common/wire/writer.hpp"

#include <utility>

namespace weft::node {

std::size_t PendingAttaches::memory_of(const Answer& answer) {
    return sizeof(Pending) + answer.reply.size();
}

bool PendingAttaches::expect(amqp::Link& link,
                             const router::Link& ours,
                             const amqp::Attach& reply) {
    WEFT_DCHECK(pending_.empty() || pending_.rbegin()->first < ours.id);  // P3
    Answer answer{.link = &link, .ours = ours.self};
    wire::Writer out{answer.reply};
    amqp::encode(out, reply);
    if (!memory_.keep(connection_, memory_of(answer))) {
        return false;
    }
    bytes_ += memory_of(answer);
    pending_.try_emplace(pending_.end(), ours.id)->second.answer = std::move(answer);
    return true;
}

void PendingAttaches::clear() {
    pending_.clear();
    memory_.give_back(connection_, std::exchange(bytes_, 0));
}

void PendingAttaches::drop_front() {
    const std::size_t less = memory_of(pending_.begin()->second.answer);
    bytes_ -= less;
    memory_.give_back(connection_, less);
    pending_.erase(pending_.begin());
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
    const std::size_t less = memory_of(front->second.answer);
    Answer answer = std::move(front->second.answer);
    bytes_ -= less;
    memory_.give_back(connection_, less);
    pending_.erase(front);
    return answer;
}

}  // namespace weft::node
