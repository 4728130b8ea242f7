#include "tools/weft/manage/request.hpp"

#include "tools/weft/management/entity_type.hpp"
#include "tools/weft/values/attribute_argument.hpp"
#include "tools/weft/values/value_json.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace weft::tools {
namespace {

constexpr std::array<std::string_view, 12> kStandardVerbs{
    "QUERY",           "CREATE",         "READ",           "UPDATE",
    "DELETE",          "GET-TYPES",      "GET-OPERATIONS", "GET-ATTRIBUTES",
    "GET-ANNOTATIONS", "GET-MGMT-NODES", "GET-SCHEMA",     "GET-LOG"};

bool addresses_entity(const std::string& verb) {
    return verb == "READ" || takes_attributes(verb);
}

bool is_standard(const std::string& verb) {
    return std::ranges::find(kStandardVerbs, verb) != kStandardVerbs.end();
}

/// What of the entity's attributes names it, unless flags do.
void take(Json& attributes, const char* name, std::string& flag) {
    const auto found = attributes.find(name);
    if (found == attributes.end()) {
        return;
    }
    if (flag.empty()) {
        flag = plain_text(*found);
    }
    attributes.erase(name);
}

void require(const ManageArguments& arguments, const std::string& verb) {
    const bool named = !arguments.name.empty() || !arguments.identity.empty();
    if (verb == "CREATE" && arguments.type.empty()) {
        throw Failure("CREATE needs --type TYPE");
    }
    if ((verb == "UPDATE" || verb == "DELETE") && !named) {
        throw Failure(verb + " needs --name NAME or --identity ID");
    }
}

/// True if the schema says that the attribute holds text: a string, a path or one of a list.
bool is_text(const Json& schema, const std::string& type, const std::string& attribute) {
    constexpr std::string_view kConfigured = "router.config.";
    const Json::json_pointer types("/entityTypes");
    std::string name = entity_type(type).substr(kEntityPrefix.size());
    if (!schema.contains(types / name) && name.starts_with(kConfigured)) {
        name.erase(0, kConfigured.size());  // how the original's schema spells it
    }
    const Json::json_pointer path = types / name / "attributes" / attribute / "type";
    if (!schema.contains(path)) {
        return false;
    }
    const Json& kind = schema[path];
    return kind.is_array() || kind == "string" || kind == "path" || kind == "entityId";
}

/// Which entity the request is about; the node itself if nothing names one.
Json target_of(const ManageArguments& arguments) {
    Json properties = Json::object();
    if (!arguments.type.empty()) {
        properties["type"] = entity_type(arguments.type);
    }
    if (!arguments.name.empty()) {
        properties["name"] = arguments.name;
    }
    if (!arguments.identity.empty()) {
        properties["identity"] = arguments.identity;
    }
    if (properties.empty()) {
        properties = {{"type", "org.amqp.management"}, {"name", "self"}};
    }
    return properties;
}

Request request_of(ManageArguments arguments, const std::string& verb, Json attributes) {
    take(attributes, "type", arguments.type);
    take(attributes, "name", arguments.name);
    take(attributes, "identity", arguments.identity);
    require(arguments, verb);
    if (arguments.type.empty() && arguments.name.empty() && arguments.identity.empty()) {
        arguments.identity = "self";  // READ of nothing in particular: the agent itself
    }
    Request request{.operation = verb, .properties = target_of(arguments)};
    if (verb == "CREATE" || verb == "UPDATE") {
        request.body = std::move(attributes);
    } else if (!attributes.empty()) {
        throw Failure(verb + " takes no attribute '" + attributes.begin().key() + "'");
    }
    request.properties.update(arguments.properties);
    return request;
}

/// GET-…: `entityType` narrows the answer; only GET-LOG takes arguments.
Request node_request(const ManageArguments& arguments, const std::string& verb) {
    Request request{.operation = verb,
                    .properties = {{"type", "org.amqp.management"}, {"name", "self"}}};
    if (!arguments.type.empty()) {
        request.properties["entityType"] = entity_type(arguments.type);
    }
    if (arguments.limit != 0) {
        request.properties["limit"] = arguments.limit;
    }
    for (const std::string& word : arguments.words) {
        if (verb != "GET-LOG") {
            throw Failure(verb + std::string{" takes no argument '"}.append(word) + "'");
        }
        const AttributeArgument argument = parse_attribute(word);
        request.properties[argument.name] = argument.value;
    }
    return request;
}

Request custom_request(const ManageArguments& arguments) {
    Request request{.operation = arguments.verb, .properties = target_of(arguments)};
    request.properties.update(arguments.properties);
    for (const std::string& word : arguments.words) {
        const AttributeArgument argument = parse_attribute(word);
        request.properties[argument.name] = argument.value;
    }
    if (!arguments.body.is_null()) {
        request.body = arguments.body;
    }
    return request;
}

}  // namespace

std::string canonical_verb(const std::string& verb) {
    std::string upper = verb;
    std::ranges::transform(upper, upper.begin(),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return is_standard(upper) ? upper : verb;
}

bool takes_limit(const std::string& verb) {
    return verb == "QUERY" || verb == "GET-LOG";
}

bool takes_attributes(const std::string& verb) {
    return verb == "CREATE" || verb == "UPDATE" || verb == "DELETE";
}

bool needs_schema(const ManageArguments& arguments) {
    const std::string verb = canonical_verb(arguments.verb);
    if ((verb != "CREATE" && verb != "UPDATE") || arguments.type.empty()) {
        return false;
    }
    return std::ranges::any_of(arguments.words, [](const std::string& word) {
        const Json value = parse_attribute(word).value;
        return value.is_number() || value.is_boolean();
    });
}

Request manage_request(const ManageArguments& arguments, const Json& schema) {
    const std::string verb = canonical_verb(arguments.verb);
    if (!is_standard(verb)) {
        return custom_request(arguments);
    }
    if (!arguments.body.is_null() || (!arguments.properties.empty() && verb != "DELETE")) {
        throw Failure("--body and --properties are for custom operations, not for " + verb +
                      " (DELETE takes --properties)");
    }
    if (!addresses_entity(verb)) {
        return node_request(arguments, verb);
    }
    Json attributes = Json::object();
    for (const std::string& word : arguments.words) {
        const AttributeArgument argument = parse_attribute(word);
        const bool text = is_text(schema, arguments.type, argument.name);
        attributes[argument.name] = text ? Json(argument.text) : argument.value;
    }
    return request_of(arguments, verb, std::move(attributes));
}

Request entity_request(ManageArguments arguments, const Json& entity) {
    if (!entity.is_object()) {
        throw Failure("--stdin: each entity must be a JSON object of attributes");
    }
    const std::string verb = canonical_verb(arguments.verb);
    return request_of(std::move(arguments), verb, entity);
}

}  // namespace weft::tools
