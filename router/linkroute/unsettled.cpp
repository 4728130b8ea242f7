#include "router/linkroute/unsettled.hpp"

#include "common/wire/delivery_state.hpp"

#include <utility>

namespace weft::linkroute {
namespace {

std::optional<Fate> fate_in(Bytes state) {
    switch (wire::outcome_of(state)) {
        case wire::Outcome::accepted:
            return Fate::accepted;
        case wire::Outcome::rejected:
            return Fate::rejected;
        case wire::Outcome::released:
            return Fate::released;
        case wire::Outcome::modified:
            return Fate::modified;
        case wire::Outcome::none:
        case wire::Outcome::received:
        case wire::Outcome::declared:
        case wire::Outcome::transactional:
            return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace

std::optional<amqp::DeliveryId> Unsettled::note(PairLink& link,
                                                DeliveryNumber number,
                                                const amqp::DeliveryUpdate& update) {
    const auto at = deliveries_.find(number);
    if (at == deliveries_.end()) {
        return std::nullopt;
    }
    const amqp::DeliveryId id = at->second.id;
    const std::optional<Fate> fate = fate_in(update.state);
    if (fate && !std::exchange(at->second.is_decided, true)) {
        link.count(*fate);
    }
    if (update.settled) {
        deliveries_.erase(at);
        pay_less(link);
    }
    return id;
}

bool Unsettled::pay(PairLink& link) {
    if (deliveries_.size() <= paid_) {
        return true;
    }
    if (!link.keep(kPaidAtOnce * kBytes)) {
        return false;
    }
    paid_ += kPaidAtOnce;
    return true;
}

void Unsettled::pay_less(PairLink& link) {
    if (deliveries_.empty() && paid_ > kPaidAtOnce) {
        link.give_back((paid_ - kPaidAtOnce) * kBytes);
        paid_ = kPaidAtOnce;
    }
}

void Unsettled::forget_all(PairLink& link) {
    deliveries_.clear();
    link.give_back(std::exchange(paid_, 0) * kBytes);
}

}  // namespace weft::linkroute
