#include "common/daemon/load.hpp"

#include "common/config/file_reader.hpp"
#include "common/config/json_document.hpp"
#include "common/config/overrides.hpp"
#include "common/daemon/audit_section.hpp"
#include "common/daemon/connection_sections.hpp"
#include "common/daemon/ssl_profile_section.hpp"

#include <utility>

namespace weft::daemon {

std::optional<config::Document> load_document(const config::CommandLine& command,
                                              const config::KeyTable& table,
                                              config::Faults& faults) {
    const config::FileReader reader = config::read_file;
    const auto text = reader(command.config);
    if (!text) {
        faults.error({faults.add_file(command.config), 0}, "", text.error());
        return std::nullopt;
    }
    config::Node root = config::load_json(command.config, *text, reader, faults);
    config::apply_overrides(command.settings, root, faults);
    return config::read_document(table, root, config::Dialect::json, reader, faults);
}

CommonConfig read_common(const config::Document& document,
                         std::span<const io::NamedModule> modules,
                         config::Faults& faults,
                         Websockets websockets) {
    const config::FileReader reader = config::read_file;
    CommonConfig common;
    common.ssl_profiles = read_ssl_profiles(document, reader, faults);
    common.users = read_user_file(document, common.ssl_profiles, reader, faults);
    const ConnectionContext context{.profiles = common.ssl_profiles,
                                    .users = common.users,
                                    .reader = reader,
                                    .websockets = websockets};
    ConnectionNames listener_names{"listener"};
    for (const config::Entity* entity : document.all("listeners")) {
        common.listeners.push_back(read_listener(*entity, context, faults));
        listener_names.name(common.listeners.back().connection);
    }
    ConnectionNames connector_names{"connector"};
    for (const config::Entity* entity : document.all("connectors")) {
        common.connectors.push_back(read_connector(*entity, context, faults));
        connector_names.name(common.connectors.back());
    }
    for (const config::Entity* entity : document.all("log")) {
        common.log.push_back(read_log(*entity, modules, faults));
    }
    common.audit = read_audit(document, faults);
    check_connections(document, faults);
    return common;
}

}  // namespace weft::daemon
