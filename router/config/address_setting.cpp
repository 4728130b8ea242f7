#include "router/config/address_setting.hpp"

#include "common/base/conditions.hpp"
#include "common/config/json_text.hpp"
#include "router/config/load.hpp"
#include "router/config/storage_setting.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace weft::router_config {
namespace {

constexpr const char* kFile = "setting of the mesh";

std::string first_error(const config::Faults& faults) {
    for (const config::Fault& fault : faults.list()) {
        if (fault.severity == config::Severity::error) {
            return fault.pointer.substr(fault.pointer.rfind('/') + 1) + ": " + fault.text;
        }
    }
    return "can't be read";
}

}  // namespace

std::string_view name_of(router::AddressPattern::Grammar grammar) {
    switch (grammar) {
        case router::AddressPattern::Grammar::prefix:
            return "prefix";
        case router::AddressPattern::Grammar::pattern:
            return "pattern";
        case router::AddressPattern::Grammar::address:
            break;
    }
    return "address";
}

std::string_view name_of(router::Distribution distribution) {
    switch (distribution) {
        case router::Distribution::multicast:
            return "multicast";
        case router::Distribution::closest:
            return "closest";
        case router::Distribution::balanced:
            return "balanced";
        case router::Distribution::unavailable:
            break;
    }
    return "unavailable";
}

std::string setting_key(const router::AddressPattern& pattern) {
    return std::string(name_of(pattern.grammar())) + " " + pattern.text();
}

std::string setting_value(const AddressConfig& address) {
    nlohmann::json entry{{std::string(name_of(address.pattern.grammar())), address.pattern.text()},
                         {"distribution", name_of(address.treatment.distribution)}};
    if (!address.name.empty()) {
        entry["name"] = address.name;
    }
    if (address.treatment.priority >= 0) {
        entry["priority"] = address.treatment.priority;
    }
    if (address.treatment.slow_consumer == router::SlowConsumer::drop) {
        entry["slowConsumer"] = "drop";
    }
    if (address.treatment.ingress_phase > 0) {
        entry["ingressPhase"] = address.treatment.ingress_phase;
    }
    if (address.storage) {
        for (const auto& [key, value] : address.storage->entry) {
            entry[*key.text()] = json_of(value);
        }
    } else if (address.treatment.egress_phase > 0) {
        entry["egressPhase"] = address.treatment.egress_phase;
    }
    if (address.treatment.fallback) {
        entry["enableFallback"] = true;
    }
    return entry.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<AddressConfig> read_address_setting(std::string_view key, std::string_view value) {
    const std::string text =
        R"({"router": {"id": "-", "mode": "interior"}, "addresses": [)" + std::string(value) + "]}";
    const config::FileReader reader =
        [&text](const std::string& path) -> tl::expected<std::string, std::string> {
        if (path != kFile) {
            return tl::unexpected<std::string>("a setting can't name files");
        }
        return text;
    };
    config::Faults faults;
    auto config = load_router_config(kFile, {}, Host{}, reader, faults);
    if (!config || config->addresses.size() != 1) {
        return fail(kInvalidField, first_error(faults));
    }
    AddressConfig& address = config->addresses.front();
    if (setting_key(address.pattern) != key) {
        return fail(kInvalidField, "it is about " + setting_key(address.pattern));
    }
    address.mesh_wide = true;
    return std::move(address);
}

}  // namespace weft::router_config
