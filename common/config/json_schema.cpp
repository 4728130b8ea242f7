#include "common/config/json_schema.hpp"

#include "common/config/convert.hpp"

#include <nlohmann/json.hpp>

#include <string_view>

namespace weft::config {

namespace {

using Json = nlohmann::ordered_json;

struct ToJson {
    Json operator()(std::monostate) const { return nullptr; }
    Json operator()(bool value) const { return value; }
    Json operator()(std::int64_t value) const { return value; }
    Json operator()(double value) const {
        const auto whole = static_cast<std::int64_t>(value);
        return static_cast<double>(whole) < value ? Json(value) : Json(whole);
    }
    Json operator()(const std::string& value) const { return value; }
    Json operator()(const List&) const { return Json::array(); }
    Json operator()(const Object&) const { return Json::object(); }
};

Json bounded(const Key& key, std::string_view type) {
    return {{"type", type}, {"minimum", key.min}, {"maximum", key.max}};
}

Json either(Json number, std::string_view pattern) {
    return {
        {"anyOf", Json::array({std::move(number), {{"type", "string"}, {"pattern", pattern}}})}};
}

Json choice_schema(const Key& key) {
    Json names = Json::array();
    for (const Choice& choice : key.choices) {
        if (choice.refused.empty()) {
            names.push_back(choice.name);
        }
    }
    return {{"enum", std::move(names)}};
}

Json type_schema(const Key& key) {
    switch (key.type) {
        case Type::boolean:
            return {{"type", "boolean"}};
        case Type::integer:
            return bounded(key, "integer");
        case Type::seconds:
            return bounded(key, "number");
        case Type::port:
            return either({{"type", "integer"}, {"minimum", 0}, {"maximum", 65535}},
                          "^(amqps?|[0-9]{1,5})$");
        case Type::size:
            return either(bounded(key, "integer"), "^[0-9]+ *([KMGT]iB|B)?$");
        case Type::choice:
            return choice_schema(key);
        case Type::map:
        case Type::properties:
            return {{"type", "object"}};
        case Type::texts:
            return {{"type", "array"}, {"items", {{"type", "string"}}}};
        case Type::maps:
            return {{"type", "array"}, {"items", {{"type", "object"}}}};
        case Type::text:
        case Type::secret:
        case Type::path:
        case Type::pem:
            break;
    }
    return {{"type", "string"}};
}

bool in_json(Support support) {
    return support == Support::honoured || support == Support::no_effect;
}

Json key_schema(const Key& key) {
    const Json value = std::visit(ToJson{}, default_node(key, key.default_value).value);
    if (!in_json(key.support)) {
        return {{"const", value}};
    }
    Json schema = type_schema(key);
    schema["description"] = key.meaning;
    if (!value.is_null()) {
        schema["default"] = value;
    }
    if (key.support == Support::no_effect) {
        schema["deprecated"] = true;
    }
    return schema;
}

Json entity_schema(const Section& section) {
    Json properties = Json::object();
    Json required = Json::array();
    for (const Key& key : section.keys) {
        if (in_json(key.support) || !key.default_value.empty()) {
            properties[std::string{key.name}] = key_schema(key);
        }
        if (key.required) {
            required.push_back(key.name);
        }
    }
    Json schema = {
        {"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
    if (!required.empty()) {
        schema["required"] = std::move(required);
    }
    return schema;
}

Json section_schema(const Section& section) {
    if (!in_json(section.support)) {
        return section.singleton ? Json{{"type", "object"}, {"maxProperties", 0}}
                                 : Json{{"type", "array"}, {"maxItems", 0}};
    }
    Json schema = entity_schema(section);
    if (!section.singleton) {
        schema = {{"type", "array"}, {"items", std::move(schema)}};
    }
    schema["description"] = section.meaning;
    return schema;
}

}  // namespace

std::string json_schema(const KeyTable& table) {
    Json properties = {{"include",
                        {{"type", "array"},
                         {"items", {{"type", "string"}}},
                         {"description", "Files to read as well, relative to this one."}}}};
    for (const Section& section : table.sections) {
        properties[std::string{section.name}] = section_schema(section);
    }
    const Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                         {"title", std::string{table.program} + " configuration"},
                         {"type", "object"},
                         {"properties", std::move(properties)},
                         {"additionalProperties", false}};
    return schema.dump(2) + "\n";
}

}  // namespace weft::config
