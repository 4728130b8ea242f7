#include "router/mgmt/entity_policy.hpp"

#include "router/mgmt/router_totals.hpp"
#include "router/mgmt/survey.hpp"

namespace weft::router_mgmt {
namespace {

/// Open listeners only; tools show it beside the connections of now.
std::uint64_t accepted(const daemon::Listeners& listeners) {
    std::uint64_t count = 0;
    for (const auto& open : listeners.all()) {
        count += open->listener->accepted();
    }
    return count;
}

}  // namespace

void PolicySource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    if (offset > 0 || count == 0) {
        return;
    }
    const std::uint64_t none = 0;  // limits that are not set, denials that don't happen
    visit({.identity = "policy",
           .name = {},
           .attributes = {{"maxConnections", none},
                          {"maxMessageSize", none},
                          {"enableVhostPolicy", false},
                          {"enableVhostNamePatterns", false},
                          {"policyDir", ""},
                          {"defaultVhost", ""},
                          {"connectionsProcessed", accepted(listeners_)},
                          {"connectionsDenied", none},
                          {"connectionsCurrent", totals_of(survey_).connections},
                          {"linksDenied", none},
                          {"maxMessageSizeDenied", none},
                          {"totalDenials", none}}});
}

}  // namespace weft::router_mgmt
