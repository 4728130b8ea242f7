#include "tools/weft/address/request.hpp"

#include "tools/weft/failure.hpp"
#include "tools/weft/management/entity_type.hpp"
#include "tools/weft/tables/report.hpp"

#include <utility>

namespace weft::tools {
namespace {

bool is_kept(const std::string& type) {
    return type == "queue" || type == "topic";
}

/// In management `type` is the entity's; an address's is said by its distribution. Empty: the
/// router's default.
std::string distribution(const AddressArguments& arguments) {
    const std::string& type = arguments.type;
    if (type.empty() || is_kept(type)) {
        return arguments.distribution;
    }
    if (arguments.distribution.empty()) {
        return type == "multicast" ? type : std::string{};
    }
    if ((type == "multicast") != (arguments.distribution == "multicast")) {
        throw Failure("--type " + type + " contradicts --distribution " + arguments.distribution +
                      "; leave one of them out");
    }
    return arguments.distribution;
}

/// The attributes that CREATE and UPDATE share, as far as they were given.
Json treatment(const AddressArguments& arguments) {
    Json body = Json::object();
    const auto add = [&body](const char* attribute, const std::string& value) {
        if (!value.empty()) {
            body[attribute] = value;
        }
    };
    add("distribution", distribution(arguments));
    add("slowConsumer", arguments.slow_consumer);
    if (!arguments.brokers.empty()) {
        body["brokers"] = arguments.brokers;
    }
    if (arguments.priority) {
        body["priority"] = *arguments.priority;
    }
    return body;
}

Json properties_of(const Entity& entry) {
    return {{"type", entity_type("address")}, {"identity", text_of(entry, "identity")}};
}

}  // namespace

Request create_request(const AddressArguments& arguments) {
    Request request{.operation = "CREATE",
                    .properties = {{"type", entity_type("address")}},
                    .body = treatment(arguments)};
    if (!arguments.name.empty()) {
        request.properties["name"] = arguments.name;
    }
    if (is_kept(arguments.type)) {
        request.body["addressType"] = arguments.type;
    }
    request.body[arguments.kind.empty() ? "address" : arguments.kind] = arguments.addresses.front();
    if (arguments.scope == "mesh") {  // "node" is the default, and the word unknown to originals
        request.body["scope"] = arguments.scope;
    }
    return request;
}

Request update_request(const AddressArguments& arguments, const Entity& entry) {
    Json body = treatment(arguments);
    if (body.empty()) {
        throw Failure(
            "what shall change? Give --distribution, --priority, --slow-consumer or "
            "--brokers");
    }
    return {.operation = "UPDATE", .properties = properties_of(entry), .body = std::move(body)};
}

Request delete_request(const Entity& entry) {
    return {.operation = "DELETE", .properties = properties_of(entry)};
}

}  // namespace weft::tools
