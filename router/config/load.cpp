#include "router/config/load.hpp"

#include "common/config/document.hpp"
#include "common/config/json_document.hpp"
#include "common/config/overrides.hpp"
#include "common/daemon/audit_section.hpp"
#include "common/daemon/connection_sections.hpp"
#include "common/daemon/ssl_profile_section.hpp"
#include "router/config/checks.hpp"
#include "router/config/log_modules.hpp"
#include "router/config/policy_files.hpp"
#include "router/config/qdrouterd_conf.hpp"
#include "router/config/router_keys.hpp"
#include "router/config/sections.hpp"

#include <utility>
#include <vector>

namespace weft::router_config {

namespace {

RouterConfig read_sections(const config::Document& document,
                           const Host& host,
                           const config::FileReader& reader,
                           config::Faults& faults) {
    RouterConfig config;
    config.ssl_profiles = daemon::read_ssl_profiles(document, reader, faults);
    config.users = daemon::read_user_file(document, config.ssl_profiles, reader, faults);
    for (daemon::AuthServiceConfig& service : config.users.services) {
        service.grants = true;
    }
    const daemon::ConnectionContext context{
        .profiles = host.ssl_profiles != nullptr ? *host.ssl_profiles : config.ssl_profiles,
        .users = host.users != nullptr ? *host.users : config.users,
        .reader = reader};
    config.router = read_node(document.singleton("router"), host, faults);
    daemon::ConnectionNames names{"listener"};
    for (const config::Entity* entity : document.all("listeners")) {
        ListenerConfig listener = router_config::read_listener(*entity, context, faults);
        names.name(listener.listener.connection);
        config.listeners.push_back(std::move(listener));
    }
    daemon::ConnectionNames connector_names{"connector"};
    for (const config::Entity* entity : document.all("connectors")) {
        ConnectorConfig connector = router_config::read_connector(*entity, context, faults);
        connector_names.name(connector.connection);
        config.connectors.push_back(std::move(connector));
    }
    for (const config::Entity* entity : document.all("addresses")) {
        if (auto address = read_address(*entity, faults)) {
            config.addresses.push_back(*std::move(address));
        }
    }
    for (const config::Entity* entity : document.all("autoLinks")) {
        config.auto_links.push_back(read_auto_link(*entity, faults));
    }
    for (const config::Entity* entity : document.all("linkRoutes")) {
        if (auto route = read_link_route(*entity, faults)) {
            config.link_routes.push_back(*std::move(route));
        }
    }
    for (const config::Entity* entity : document.all("exchanges")) {
        config.exchanges.push_back(read_exchange(*entity));
    }
    for (const config::Entity* entity : document.all("bindings")) {
        config.bindings.push_back(read_binding(*entity));
    }
    for (const config::Entity* entity : document.all("log")) {
        config.log.push_back(daemon::read_log(*entity, kLogModules, faults));
    }
    config.audit = daemon::read_audit(document, faults);
    config.tenants = read_tenants(document, reader, faults);
    check_document(document, faults);
    config.policy = read_policy(document.singleton("policy"));
    std::vector<const config::Entity*> vhosts = document.all("vhosts");
    const config::Document further = read_policy_files(config.policy.folder, host, reader, faults);
    for (const config::Entity& vhost : further.entities) {
        if (vhost.section().name == "vhosts") {
            vhosts.push_back(&vhost);
        }
    }
    for (const config::Entity* entity : vhosts) {
        config.vhosts.push_back(read_vhost(*entity, reader, faults));
    }
    check_policy(document, vhosts, config, faults);
    return config;
}

}  // namespace

std::optional<RouterConfig> load_router_config(const std::string& path,
                                               std::span<const std::string> settings,
                                               const Host& host,
                                               const config::FileReader& reader,
                                               config::Faults& faults) {
    const auto text = reader(path);
    if (!text) {
        faults.error({faults.add_file(path), 0}, "", text.error());
        return std::nullopt;
    }
    const bool conf = is_qdrouterd_conf(*text);
    config::Node root = conf ? load_qdrouterd_conf(path, *text, router_table(), faults)
                             : config::load_json(path, *text, reader, faults);
    config::apply_overrides(settings, root, faults);
    const config::Document document = config::read_document(
        router_table(), root,
        host.dialect.value_or(conf ? config::Dialect::qdrouterd : config::Dialect::json), reader,
        faults);
    RouterConfig config = read_sections(document, host, reader, faults);
    return faults.failed() ? std::nullopt : std::optional{std::move(config)};
}

}  // namespace weft::router_config
