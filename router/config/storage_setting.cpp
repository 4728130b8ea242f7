#include "router/config/storage_setting.hpp"

#include "router/config/address_setting.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>

namespace weft::router_config {
namespace {

wire::Value value_of(const config::Node& node) {
    if (const config::List* list = node.list()) {
        wire::List values;
        for (const config::Node& each : *list) {
            values.push_back(value_of(each));
        }
        return values;
    }
    if (const config::Object* object = node.object()) {
        wire::Map map;
        for (const config::Member& member : *object) {
            map.emplace_back(member.name, value_of(member.node));
        }
        return map;
    }
    if (const auto* truth = std::get_if<bool>(&node.value)) {
        return *truth;
    }
    if (const auto* whole = std::get_if<std::int64_t>(&node.value)) {
        return *whole;
    }
    if (const auto* number = std::get_if<double>(&node.value)) {
        return *number;
    }
    const std::string* text = node.text();
    return text == nullptr ? wire::Value{} : wire::Value{*text};
}

}  // namespace

bool is_stored(std::string_view type) {
    return type == "queue" || type == "topic";
}

void tell(router::Storage& storage,
          const config::Entity& entity,
          const router::AddressPattern& pattern,
          const router::Treatment& treatment) {
    wire::Map& entry = storage.entry;
    entry.emplace_back(std::string(name_of(pattern.grammar())), pattern.text());
    entry.emplace_back("type", name_of(storage.kind));
    entry.emplace_back("distribution", name_of(treatment.distribution));
    const auto add = [&](std::string_view key) {
        if (const config::Node* given = entity.given(key)) {
            entry.emplace_back(key, value_of(*given));
        }
    };
    for (const std::string_view key : {"brokers", "name", "priority"}) {
        add(key);
    }
    for (const std::string_view key : kStorageKeys) {
        add(key);
    }
    wire::encode(storage.properties,
                 wire::Map{{wire::Symbol{std::string(router::kEntryProperty)}, entry}});
}

nlohmann::json json_of(const wire::Value& value) {
    if (const auto* list = value.as<wire::List>()) {
        nlohmann::json array = nlohmann::json::array();
        for (const wire::Value& each : *list) {
            array.push_back(json_of(each));
        }
        return array;
    }
    if (const auto* map = value.as<wire::Map>()) {
        nlohmann::json object = nlohmann::json::object();
        for (const auto& [key, member] : *map) {
            object[*key.text()] = json_of(member);
        }
        return object;
    }
    if (const auto* truth = value.as<bool>()) {
        return *truth;
    }
    if (const auto whole = value.integer()) {
        return *whole;
    }
    if (const auto* number = value.as<double>()) {
        return *number;
    }
    const std::string* text = value.text();
    return text == nullptr ? nlohmann::json{} : nlohmann::json(*text);
}

}  // namespace weft::router_config
