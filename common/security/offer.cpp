#include "common/security/offer.hpp"

#include "common/security/bearer.hpp"
#include "common/security/mechanisms.hpp"
#include "common/security/plain.hpp"

#include <cstddef>

namespace weft::security {

Offer::Offer(std::vector<std::string> mechanisms, InTheClear in_the_clear) {
    for (std::size_t i = 0; i < lists_.size(); ++i) {
        std::vector<std::string>& list = lists_[i];
        list = mechanisms;
        if ((i & 1U) == 0) {
            std::erase(list, kExternal);
        }
        if ((i & 2U) == 0 && in_the_clear == InTheClear::refused) {
            std::erase(list, kPlain);
            std::erase(list, kBearer);
        }
        if (list.empty()) {
            list.emplace_back(kExternal);
        }
    }
}

}  // namespace weft::security
