#include "router/mgmt/entity_policy.hpp"

#include "router/mgmt/router_totals.hpp"
#include "router/mgmt/survey.hpp"
#include "router/node/policy_desk.hpp"

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
    const policy::PolicyConfig& config = desk_.config();
    const policy::Denials denied =
        desk_.with([](const policy::Policy& policy) { return policy.denials(); });
    visit({.identity = "policy",
           .name = {},
           .attributes = {{"maxConnections", std::uint64_t{config.max_connections}},
                          {"maxMessageSize", config.max_message_size},
                          {"enableVhostPolicy", config.enabled},
                          {"enableVhostNamePatterns", config.name_patterns},
                          {"policyDir", config.folder},
                          {"defaultVhost", config.default_vhost},
                          {"connectionsProcessed", accepted(listeners_)},
                          {"connectionsDenied", denied.connections},
                          {"connectionsCurrent", totals_of(survey_).connections},
                          {"linksDenied", denied.links()},
                          {"maxMessageSizeDenied", denied.message_sizes},
                          {"totalDenials", denied.total()}}});
}

}  // namespace weft::router_mgmt
