#include "router/config/load.hpp"

#include "common/config/document.hpp"
#include "common/config/json_document.hpp"
#include "common/config/overrides.hpp"
#include "router/config/checks.hpp"
#include "router/config/qdrouterd_conf.hpp"
#include "router/config/router_keys.hpp"
#include "router/config/sections.hpp"

#include <set>
#include <string_view>
#include <utility>

namespace weft::router {

namespace {

/// Names a connection that has no name after its host and port, as the original does; a number
/// sets apart those that share them (port 0).
void name_connection(ConnectionConfig& connection,
                     std::string_view kind,
                     std::set<std::string>& names) {
    if (connection.name.empty()) {
        const std::string stem =
            std::string{kind} + "/" + connection.host + ":" + std::to_string(connection.port);
        connection.name = stem;
        for (int number = 2; names.contains(connection.name); ++number) {
            connection.name = stem + ":" + std::to_string(number);
        }
    }
    names.insert(connection.name);
}

RouterConfig read_sections(const config::Document& document,
                           const Host& host,
                           config::Faults& faults) {
    RouterConfig config;
    config.router = read_node(document.singleton("router"), host, faults);
    std::set<std::string> names;
    for (const config::Entity* entity : document.all("listeners")) {
        ListenerConfig listener = read_listener(*entity, faults);
        name_connection(listener.connection, "listener", names);
        config.listeners.push_back(std::move(listener));
    }
    for (const config::Entity* entity : document.all("connectors")) {
        ConnectorConfig connector = read_connector(*entity, faults);
        name_connection(connector.connection, "connector", names);
        config.connectors.push_back(std::move(connector));
    }
    for (const config::Entity* entity : document.all("addresses")) {
        if (auto address = read_address(*entity, faults)) {
            config.addresses.push_back(*std::move(address));
        }
    }
    for (const config::Entity* entity : document.all("log")) {
        config.log.push_back(read_log(*entity, faults));
    }
    check_document(document, faults);
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
        router_table(), root, conf ? config::Dialect::qdrouterd : config::Dialect::json, reader,
        faults);
    RouterConfig config = read_sections(document, host, faults);
    return faults.failed() ? std::nullopt : std::optional{std::move(config)};
}

}  // namespace weft::router
