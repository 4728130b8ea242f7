#include "router/mgmt/entity_settings.hpp"

#include "common/base/conditions.hpp"
#include "common/config/fault.hpp"
#include "common/config/file_reader.hpp"
#include "common/io/log.hpp"
#include "common/mgmt/json.hpp"
#include "common/mgmt/status.hpp"
#include "router/config/load.hpp"

#include <string>

namespace weft::router_mgmt {
namespace {

constexpr const char* kFile = "management request";

std::string as_configuration(const router_config::NodeConfig& node,
                             std::string_view section,
                             std::string_view name,
                             const mgmt::Attributes& attributes,
                             wire::Map document) {
    wire::Map entity;
    if (!name.empty()) {
        entity.emplace_back("name", name);
    }
    for (const auto& [key, value] : attributes) {
        if (!value.is_null()) {
            entity.emplace_back(key, value);
        }
    }
    wire::Map router{{"id", node.id}};
    if (node.mode != router_config::RouterMode::standalone) {
        router.emplace_back("mode", name_of(node.mode));
    }
    document.emplace_back("router", std::move(router));
    document.emplace_back(section, wire::List{std::move(entity)});
    return mgmt::to_json(document);
}

/// "port must be …"; of a fault of the whole entity only what is wrong.
std::string sentence(const config::Fault& fault) {
    const std::string key = fault.pointer.substr(fault.pointer.rfind('/') + 1);
    const bool whole = key.find_first_not_of("0123456789") == std::string::npos;
    return whole ? "It " + fault.text : "'" + key + "' " + fault.text;
}

std::string sentences(const config::Faults& faults) {
    std::string text;
    for (const config::Fault& fault : faults.list()) {
        if (fault.severity == config::Severity::error) {
            text += (text.empty() ? "" : "; ") + sentence(fault);
        }
    }
    return text;
}

void log_warnings(const config::Faults& faults, std::string_view section) {
    for (const config::Fault& fault : faults.list()) {
        if (fault.pointer.starts_with("/" + std::string(section) + "/")) {
            WEFT_LOG(io::Module::agent, io::Level::warning,
                     std::string(section) + " made by management: " + sentence(fault));
        }
    }
}

}  // namespace

Result<void> made_by_address(std::string_view name) {
    return fail(kNotAllowed, "'" + std::string(name) +
                                 "' is what an address with brokers needs, and goes with it or "
                                 "its broker: delete or change the address");
}

Result<router_config::RouterConfig> read_settings(const router_config::NodeConfig& node,
                                                  std::string_view section,
                                                  std::string_view name,
                                                  const mgmt::Attributes& attributes,
                                                  const Surroundings& surroundings) {
    const std::string text = as_configuration(node, section, name, attributes, surroundings.beside);
    const config::FileReader reader =
        [&](const std::string& path) -> tl::expected<std::string, std::string> {
        if (path == kFile) {
            return text;
        }
        if (!surroundings.reads_files) {
            return tl::unexpected<std::string>("a request can't name other files");
        }
        return config::read_regular_file(path);
    };
    config::Faults faults;
    auto config = router_config::load_router_config(
        kFile, {},
        router_config::Host{.name = {},
                            .ssl_profiles = surroundings.ssl_profiles,
                            .users = surroundings.users,
                            .dialect = surroundings.dialect},
        reader, faults);
    if (!config) {
        return fail(kInvalidField, sentences(faults));
    }
    log_warnings(faults, section);
    return *std::move(config);
}

}  // namespace weft::router_mgmt
