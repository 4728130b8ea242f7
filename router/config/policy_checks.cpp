#include "router/config/checks.hpp"
#include "router/policy/policy.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace weft::router_config {
namespace {

using config::Entity;
using config::Faults;

/// A connector is closed as soon as it is open if its vhost has no rules for it.
void check_connectors(const config::Document& document,
                      const policy::Policy& policy,
                      Faults& faults) {
    for (const Entity* connector : document.all("connectors")) {
        const std::string vhost = connector->text("policyVhost");
        if (!vhost.empty() && policy.of_connector(vhost) == nullptr) {
            key_warning(*connector, "policyVhost",
                        config::quote(vhost) +
                            " has no group \"$connector\": the connection will be closed as soon "
                            "as it is open",
                        faults);
        }
    }
}

void warn_without_effect(const config::Document& document,
                         const std::vector<const Entity*>& vhosts,
                         Faults& faults) {
    if (!vhosts.empty()) {
        faults.warn(vhosts.front()->place(), vhosts.front()->pointer(),
                    "has no effect: \"enableVhostPolicy\" is false in \"policy\"");
    }
    const Entity& policy = document.singleton("policy");
    if (policy.integer("maxMessageSize") > 0) {
        key_warning(policy, "maxMessageSize",
                    "has no effect: \"enableVhostPolicy\" is false; listeners have a "
                    "\"maxMessageSize\" of their own",
                    faults);
    }
    for (const char* section : {"listeners", "connectors"}) {
        for (const Entity* entity : document.all(section)) {
            if (!entity->text("policyVhost").empty()) {
                key_warning(*entity, "policyVhost",
                            "has no effect: \"enableVhostPolicy\" is false in \"policy\"", faults);
            }
        }
    }
}

}  // namespace

void check_policy(const config::Document& document,
                  const std::vector<const Entity*>& vhosts,
                  const RouterConfig& config,
                  Faults& faults) {
    policy::Policy policy{config.policy};
    for (std::size_t i = 0; i < vhosts.size(); ++i) {
        const Entity& entity = *vhosts[i];
        if (policy.vhosts().named(config.vhosts[i].hostname) != nullptr) {
            faults.error(entity.place(), entity.pointer(),
                         "a vhost of the name " + config::quote(config.vhosts[i].hostname) +
                             " is there already; keep one of them");
        } else if (const auto put = policy.put(config.vhosts[i]); !put) {
            faults.error(entity.place(), entity.pointer(), put.error().text);
        }
    }
    if (config.policy.enabled) {
        check_connectors(document, policy, faults);
    } else {
        warn_without_effect(document, vhosts, faults);
    }
}

}  // namespace weft::router_config
