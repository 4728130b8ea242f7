#include "common/daemon/service_offer.hpp"

#include <algorithm>
#include <utility>

namespace weft::daemon {

ServiceOffer::ServiceOffer(std::vector<std::string> wanted,
                           std::vector<std::string> until_heard,
                           security::InTheClear in_the_clear,
                           security::Bare bare)
    : wanted_{std::move(wanted)}, in_the_clear_{in_the_clear}, bare_{bare} {
    heard_.with([&](Heard& heard) {
        heard.offers.push_back(std::make_shared<const security::Offer>(
            wanted_.empty() ? std::move(until_heard) : wanted_, in_the_clear_));
    });
}

const std::vector<std::string>& ServiceOffer::to(const security::Protection& peer) const {
    return heard_.with([](const Heard& heard) { return heard.offers.back(); })->to(peer);
}

void ServiceOffer::hear(const std::vector<std::string>& offered) {
    heard_.with([&](Heard& heard) {
        if (offered == heard.last || heard.offers.size() > kChangesMax) {
            return;
        }
        heard.last = offered;
        std::vector<std::string> both = wanted_.empty() ? offered : wanted_;
        std::erase_if(both, [&](const std::string& mechanism) {
            if (mechanism == security::kExternal) {
                return wanted_.empty();
            }
            return std::ranges::find(offered, mechanism) == offered.end() ||
                   (mechanism == security::kAnonymous && bare_ == security::Bare::refused);
        });
        if (!both.empty()) {  // else peers hear of it in good order, one by one
            heard.offers.push_back(
                std::make_shared<const security::Offer>(std::move(both), in_the_clear_));
        }
    });
}

}  // namespace weft::daemon
