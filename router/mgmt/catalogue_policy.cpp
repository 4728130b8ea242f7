#include "common/daemon/setting_attributes.hpp"
#include "router/config/router_keys.hpp"
#include "router/mgmt/catalogue_tables.hpp"

namespace weft::router_mgmt {
namespace {

using mgmt::Attribute;
using mgmt::Kind;
using mgmt::reading;

std::vector<Attribute> policy_readings() {
    return {
        reading("connectionsProcessed", Kind::integer, "Connections judged."),
        reading("connectionsDenied", Kind::integer, "Connections refused."),
        reading("connectionsCurrent", Kind::integer,
                "Connections open that count toward the limit."),
        reading("linksDenied", Kind::integer, "Links refused."),
        reading("maxMessageSizeDenied", Kind::integer, "Messages refused for their size."),
        reading("totalDenials", Kind::integer, "Refusals of every kind."),
    };
}

std::vector<Attribute> vhost_statistics() {
    return {
        reading("id", Kind::string, "The hostname, under its old name."),
        reading("hostname", Kind::string, "Hostname of the vhost."),
        reading("connectionsApproved", Kind::integer, "Connections let in."),
        reading("connectionsDenied", Kind::integer, "Connections refused."),
        reading("connectionsCurrent", Kind::integer, "Connections open now."),
        reading("perUserState", Kind::map, "Open connections by user."),
        reading("perHostState", Kind::map, "Open connections by remote host."),
        reading("sessionDenied", Kind::integer, "Sessions refused."),
        reading("senderDenied", Kind::integer, "Sending links refused."),
        reading("receiverDenied", Kind::integer, "Receiving links refused."),
        reading("maxMessageSizeDenied", Kind::integer, "Messages refused for their size."),
    };
}

std::vector<Attribute> tenant_readings() {
    return {
        reading("connectionsCurrent", Kind::integer, "Connections open now."),
        reading("linksCurrent", Kind::integer, "Links attached now."),
        reading("addressesCurrent", Kind::integer, "Different addresses of these links."),
        reading("messages", Kind::integer, "Messages that it has sent."),
        reading("bytes", Kind::integer, "Bytes of messages that it has sent."),
        reading("heldBack", Kind::integer,
                "Times that a session of it had to wait, for more came than its quota allows."),
        reading("connectionsDenied", Kind::integer, "Connections refused for its quota."),
        reading("sessionsDenied", Kind::integer,
                "Sessions refused, for it had sent more than its quota allows in 30 s."),
        reading("linksDenied", Kind::integer, "Links refused for their number."),
        reading("addressesDenied", Kind::integer, "Links refused for the number of addresses."),
        reading("maxMessageSizeDenied", Kind::integer, "Messages refused for their size."),
    };
}

}  // namespace

void add_policy_types(mgmt::Catalogue& catalogue) {
    catalogue.add(daemon::entity_type(router_config::policy_section(), policy_readings()),
                  "configurationEntity");
    catalogue.add(daemon::entity_type(router_config::vhost_section(), {}, {"CREATE", "DELETE"}),
                  "configurationEntity");
    catalogue.add(daemon::entity_type(router_config::user_group_section()), "configurationEntity");
    catalogue.add(daemon::entity_type(router_config::tenant_section(), tenant_readings()),
                  "configurationEntity");
    catalogue.add({.short_name = "vhostStats",
                   .description = "What the rules of a vhost let in and refused.",
                   .attributes = vhost_statistics()},
                  "operationalEntity");
}

}  // namespace weft::router_mgmt
