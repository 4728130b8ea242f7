#include "common/daemon/setting_attributes.hpp"
#include "router/config/router_keys.hpp"
#include "router/mgmt/catalogue_tables.hpp"

namespace weft::router_mgmt {
namespace {

using mgmt::Attribute;
using mgmt::Kind;
using mgmt::reading;

constexpr auto kInteger = Kind::integer;
constexpr auto kString = Kind::string;

std::vector<Attribute> policy_readings() {
    return {
        reading("connectionsProcessed", kInteger, "Connections judged."),
        reading("connectionsDenied", kInteger, "Connections refused."),
        reading("connectionsCurrent", kInteger, "Connections open that count toward the limit."),
        reading("linksDenied", kInteger, "Links refused."),
        reading("maxMessageSizeDenied", kInteger, "Messages refused for their size."),
        reading("totalDenials", kInteger, "Refusals of every kind."),
    };
}

std::vector<Attribute> vhost_statistics() {
    return {
        reading("id", kString, "The hostname, under its old name."),
        reading("hostname", kString, "Hostname of the vhost."),
        reading("connectionsApproved", kInteger, "Connections let in."),
        reading("connectionsDenied", kInteger, "Connections refused."),
        reading("connectionsCurrent", kInteger, "Connections open now."),
        reading("perUserState", Kind::map, "Open connections by user."),
        reading("perHostState", Kind::map, "Open connections by remote host."),
        reading("sessionDenied", kInteger, "Sessions refused."),
        reading("senderDenied", kInteger, "Sending links refused."),
        reading("receiverDenied", kInteger, "Receiving links refused."),
        reading("maxMessageSizeDenied", kInteger, "Messages refused for their size."),
    };
}

}  // namespace

void add_policy_types(mgmt::Catalogue& catalogue) {
    catalogue.add(daemon::entity_type(router_config::policy_section(), policy_readings()),
                  "configurationEntity");
    catalogue.add(daemon::entity_type(router_config::vhost_section(), {}, {"CREATE", "DELETE"}),
                  "configurationEntity");
    catalogue.add(daemon::entity_type(router_config::user_group_section()), "configurationEntity");
    catalogue.add({.short_name = "vhostStats",
                   .description = "What the rules of a vhost let in and refused.",
                   .attributes = vhost_statistics()},
                  "operationalEntity");
}

}  // namespace weft::router_mgmt
