#include "mqtt-gateway/session/requests.hpp"

#include "common/base/assert.hpp"

#include <algorithm>

namespace weft::session {

std::uint32_t Requests::open(Kind kind, mqtt::PacketId id, std::size_t entries) {
    if (++last_ == 0) {
        ++last_;
    }
    requests_.push_back(
        {.number = last_, .kind = kind, .id = id, .missing = entries, .codes = Buffer(entries, 0)});
    return last_;
}

Requests::Request* Requests::find(std::uint32_t number) {
    const auto found = std::ranges::find(requests_, number, &Request::number);
    return found != requests_.end() ? &*found : nullptr;
}

void Requests::answer(std::uint32_t request, std::uint32_t entry, mqtt::Reason reason) {
    Request* found = find(request);
    if (found == nullptr) {
        return;
    }
    WEFT_CHECK(found->missing != 0 && entry < found->codes.size());
    found->codes[entry] = static_cast<std::uint8_t>(reason);
    --found->missing;
}

void Requests::wait_for(std::uint32_t request, StoreTicket ticket) {
    if (Request* found = find(request)) {
        found->ticket = std::max(found->ticket, ticket);
    }
}

void Requests::send_ready(const Turn& turn) {
    for (std::size_t at = 0; at < requests_.size();) {
        Request& request = requests_[at];
        if (request.missing != 0 || !turn.store.is_durable(request.ticket)) {
            ++at;
            continue;
        }
        const Request done = std::move(request);
        requests_.erase(requests_.begin() + static_cast<std::ptrdiff_t>(at));
        if (done.kind == Kind::subscribe) {
            turn.peer->send_suback(done.id, done.codes, turn.out);
        } else {
            turn.peer->send_unsuback(done.id, done.codes, turn.out);
        }
        if (turn.peer->is_closed()) {
            return;
        }
    }
}

bool Requests::has_id(mqtt::PacketId id) const {
    return std::ranges::find(requests_, id, &Request::id) != requests_.end();
}

}  // namespace weft::session
