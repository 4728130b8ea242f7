#include "router/linkstate/adverts.hpp"

#include <algorithm>

namespace weft::linkstate {

void Adverts::start(Instant now) {
    sent_ = now - kGap;
    flux_until_ = now;
}

RouterAdvert Adverts::own() const {
    return {.from = {.id = ground_.options.id},
            .instance = ground_.options.instance,
            .ls_seq = ground_.database.at(kThisRouter).ls_seq,
            .mobile_seq = addresses_.sequence()};
}

void Adverts::flood_if_due(Instant now) {
    if (now < due_) {
        return;
    }
    sent_ = now;
    courier_.flood(kToAll, own(), now);
    const Duration interval =
        now <= flux_until_ ? ground_.options.ra_interval_flux : ground_.options.ra_interval;
    due_ = ground_.database.at(kThisRouter).edges.empty() ? kNever : now + interval;
}

void Adverts::hasten(Instant now) {
    due_ = std::min(due_, std::max(now, sent_ + kGap));
}

void Adverts::note_addresses_told(Instant now) {
    note_change(now);
    if (due_ != kNever) {
        due_ = std::min(due_, now + ground_.options.ra_interval_flux);
    }
}

void Adverts::greet(const std::vector<RouterIndex>& appeared, bool announces, Instant now) {
    if (appeared.empty() || (announces && now - sent_ >= kGap)) {
        return;  // all will get an advert with the announcement
    }
    if (appeared.size() > kGreetedMax) {
        hasten(now);
        return;
    }
    for (const RouterIndex router : appeared) {
        static_cast<void>(courier_.send_to(ground_.database.at(router).id, own()));
    }
}

}  // namespace weft::linkstate
