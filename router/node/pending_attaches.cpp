#include "router/node/pending_attaches.hpp"

#include "common/wire/writer.hpp"

#include <algorithm>
#include <utility>

namespace weft::node {

void PendingAttaches::expect(amqp::Link& link,
                             std::uint64_t id,
                             const amqp::Attach& asked,
                             std::string address) {
    Pending& pending = pending_.emplace_back();
    pending.id = id;
    pending.answer.link = &link;
    pending.answer.address = std::move(address);
    wire::Writer out{pending.answer.asked};
    amqp::encode(out, asked);
}

PendingAttaches::Pending* PendingAttaches::find(std::uint64_t id) {
    const auto found = std::ranges::find(pending_, id, &Pending::id);
    return found == pending_.end() ? nullptr : &*found;
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

void PendingAttaches::remove(const amqp::Link& link) {
    std::erase_if(pending_, [&](const Pending& each) { return each.answer.link == &link; });  // P2
}

std::optional<PendingAttaches::Answer> PendingAttaches::take() {
    if (pending_.empty() || !pending_.front().decided) {  // P1
        return std::nullopt;
    }
    Answer answer = std::move(pending_.front().answer);
    pending_.pop_front();
    return answer;
}

}  // namespace weft::node
