#include "router/core/outcome_rank.hpp"

#include "common/base/conditions.hpp"
#include "common/wire/delivery_state.hpp"

#include <string_view>

namespace weft::router {
namespace {

/// That nobody there takes so large a message: another loop or router left its copies out.
bool says_too_large(Bytes rejected) {
    return as_text(rejected).find(kMessageSizeExceeded) != std::string_view::npos;
}

}  // namespace

int rank_of(Bytes outcome) {
    switch (wire::outcome_of(outcome)) {
        case wire::Outcome::rejected:
            return says_too_large(outcome) ? 1 : 5;
        case wire::Outcome::accepted:
            return 4;
        case wire::Outcome::modified:
            return 3;
        case wire::Outcome::released:
            return 2;
        case wire::Outcome::none:
        case wire::Outcome::received:
        case wire::Outcome::declared:
        case wire::Outcome::transactional:
            return 0;
    }
    return 0;
}

}  // namespace weft::router
