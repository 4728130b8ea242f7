#pragma once

#include "common/config/entity.hpp"
#include "common/daemon/connection_sections.hpp"
#include "router/config/load.hpp"
#include "router/config/router_config.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Each turns one checked entity into its struct, and reports what the key table cannot know.
/// Total: a faulty entity gives a struct too, or nullopt where there is none without the value.
namespace weft::router_config {

NodeConfig read_node(const config::Entity& entity, const Host& host, config::Faults& faults);
ListenerConfig read_listener(const config::Entity& entity,
                             const daemon::ConnectionContext& context,
                             config::Faults& faults);
ConnectorConfig read_connector(const config::Entity& entity,
                               const daemon::ConnectionContext& context,
                               config::Faults& faults);
std::optional<AddressConfig> read_address(const config::Entity& entity, config::Faults& faults);
/// What keeps the messages of an address; null: nothing. Reports what contradicts that.
std::shared_ptr<const router::Storage> read_storage(const config::Entity& entity,
                                                    const router::AddressPattern& pattern,
                                                    const router::Treatment& treatment,
                                                    config::Faults& faults);
AutoLinkConfig read_auto_link(const config::Entity& entity, config::Faults& faults);
std::optional<LinkRouteConfig> read_link_route(const config::Entity& entity,
                                               config::Faults& faults);

ExchangeConfig read_exchange(const config::Entity& entity);
BindingConfig read_binding(const config::Entity& entity);

policy::PolicyConfig read_policy(const config::Entity& entity);
policy::VhostConfig read_vhost(const config::Entity& entity,
                               const config::FileReader& reader,
                               config::Faults& faults);

/// Those that fit together; reports the others.
std::vector<tenant::TenantConfig> read_tenants(const config::Document& document,
                                               const config::FileReader& reader,
                                               config::Faults& faults);

/// The addresses an entry of "addresses" or "linkRoutes" means; nullopt if that is not said, or
/// not well.
std::optional<router::AddressPattern> address_pattern(const config::Entity& entity);
/// Reports what is wrong with how it says that.
void check_rules(const config::Entity& entity, config::Faults& faults);

/// Reports an address that leads to the brokers of the address list.
void check_not_brokers(const config::Entity& entity, std::string_view key, config::Faults& faults);
/// Reports a name that only what addresses make has.
void check_own_name(const config::Entity& entity, config::Faults& faults);

/// By what an entry of "autoLinks" or "linkRoutes" finds its container.
struct ContainerChoice {
    bool by_connection = false;
    std::string name;
};
/// Nothing: it names none. Reports what is wrong with it otherwise.
std::optional<ContainerChoice> read_container(const config::Entity& entity, config::Faults& faults);

/// "balanced"; the text is one of the key table's.
router::Distribution distribution_of(std::string_view name);

}  // namespace weft::router_config
