#include "common/mgmt/http_api.hpp"

#include "common/mgmt/catalogue_schema.hpp"
#include "common/mgmt/json.hpp"
#include "common/mgmt/uri_text.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

namespace weft::mgmt {
namespace {

using wire::Value;

constexpr std::string_view kRoot = "/api";
constexpr std::string_view kJson = "application/json";

HttpResponse json_reply(unsigned status, const Value& value) {
    return {.status = status, .content_type = std::string{kJson}, .body = to_json(value, 2) + "\n"};
}

HttpResponse failure(unsigned status, std::string text) {
    return json_reply(status,
                      wire::Map{{"error", std::move(text)}, {"status", std::int64_t{status}}});
}

HttpResponse failure(const Reply& reply) {
    return failure(static_cast<unsigned>(reply.status), reply.description);
}

HttpResponse wrong_method(std::string_view method, std::string allowed) {
    HttpResponse reply = failure(
        405, "Method " + std::string{method} + " does nothing here; possible are " + allowed);
    reply.headers.emplace_back("Allow", std::move(allowed));
    return reply;
}

/// HEAD is answered as GET is.
std::string_view method_of(const HttpRequest& request) {
    return request.method == "HEAD" ? "GET" : std::string_view{request.method};
}

std::string path_of(const EntityType& type) {
    return std::string{kRoot} + "/" + percent_encoded(type.short_name);
}

HttpResponse list_types(const Catalogue& catalogue) {
    wire::List types;
    for (const EntityType& type : catalogue.types()) {
        types.emplace_back(
            wire::Map{{"type", type.short_name},
                      {"description", type.description},
                      {"operations", wire::List{type.operations.begin(), type.operations.end()}},
                      {"href", path_of(type)}});
    }
    return json_reply(200, types);
}

/// One request to one type, or to one entity of it.
class Exchange {
public:
    Exchange(Agent& agent, const HttpRequest& request, const EntityType& type)
        : agent_{agent}, request_{request}, method_{method_of(request)}, type_{type} {}

    HttpResponse collection() {
        if (method_ == "GET") {
            return list();
        }
        return method_ == "POST" ? create() : wrong_method(method_, "GET, POST");
    }

    HttpResponse entity(const std::string& id) {
        if (method_ == "GET") {
            return answer(by_identity_or_name("READ", id, {}));
        }
        if (method_ == "DELETE") {
            return answer(by_identity_or_name("DELETE", id, {}));
        }
        if (method_ != "PUT" && method_ != "PATCH") {
            return wrong_method(method_, "GET, PUT, PATCH, DELETE");
        }
        Value body;
        if (auto problem = read_body(body)) {
            return std::move(*problem);
        }
        return answer(by_identity_or_name("UPDATE", id, body));
    }

private:
    Reply ask(wire::Map properties, Value body) {
        properties.emplace_back("type", type_.name);
        return agent_.handle({.properties = std::move(properties), .body = std::move(body)});
    }

    Reply by_identity_or_name(const char* operation, const std::string& id, const Value& body) {
        const char* key = "identity";
        Reply found = ask({{"operation", "READ"}, {key, id}}, {});
        if (found.status == Status::not_found) {
            key = "name";
            found = ask({{"operation", "READ"}, {key, id}}, {});
        }
        if (found.status == Status::not_found) {
            found.description = "No " + type_.short_name + " has the identity or name '" + id + "'";
            return found;
        }
        return std::string_view{operation} == "READ"
                   ? found
                   : ask({{"operation", operation}, {key, id}}, body);
    }

    static HttpResponse answer(const Reply& reply) {
        if (reply.status == Status::no_content) {
            return {.status = 204, .content_type = {}};
        }
        return reply.status == Status::ok ? json_reply(200, reply.body) : failure(reply);
    }

    /// Fills in `body`, or returns why not.
    std::optional<HttpResponse> read_body(Value& body) const {
        if (!request_.header("Content-Type").starts_with(kJson)) {
            return failure(415,
                           "Send the attributes as JSON with 'Content-Type: application/json'");
        }
        if (request_.body.size() > kHttpBodyMax) {
            return failure(413,
                           "The body is larger than " + std::to_string(kHttpBodyMax) + " bytes");
        }
        auto parsed = from_json(request_.body);
        if (!parsed) {
            return failure(400, parsed.error().text);
        }
        body = std::move(*parsed);
        if (body.as<wire::Map>() == nullptr) {
            return failure(400, "The body must be one JSON object of attributes");
        }
        return std::nullopt;
    }

    HttpResponse create() {
        Value body;
        if (auto problem = read_body(body)) {
            return std::move(*problem);
        }
        const Reply reply = ask({{"operation", "CREATE"}}, std::move(body));
        if (reply.status != Status::created) {
            return failure(reply);
        }
        HttpResponse created = json_reply(201, reply.body);
        const auto* map = reply.body.as<wire::Map>();
        const Value* identity = map == nullptr ? nullptr : wire::find(*map, "identity");
        if (identity != nullptr && identity->text() != nullptr) {
            created.headers.emplace_back("Location",
                                         path_of(type_) + "/" + percent_encoded(*identity->text()));
        }
        return created;
    }

    HttpResponse list() {
        wire::Map properties{{"operation", "QUERY"}, {"entityType", type_.name}};
        for (const char* name : {"offset", "count"}) {
            if (const auto value = query_value(request_.query(), name)) {
                properties.emplace_back(name, *value);
            }
        }
        wire::List names;
        std::string_view rest = query_value(request_.query(), "attributes").value_or("");
        while (!rest.empty()) {
            const std::size_t end = std::min(rest.find(','), rest.size());
            const auto name = percent_decoded(rest.substr(0, end));
            if (!name) {
                return failure(400, "Malformed percent-encoding in 'attributes'");
            }
            names.emplace_back(*name);
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
        const Reply reply =
            agent_.handle({.properties = std::move(properties),
                           .body = wire::Map{{"attributeNames", std::move(names)}}});
        if (reply.status != Status::ok) {
            return failure(reply);
        }
        HttpResponse page = json_reply(200, objects(*reply.body.as<wire::Map>()));
        if (!reply.missing.empty()) {
            page.headers.emplace_back("Weft-Incomplete", reply.missing);
        }
        if (reply.next_offset) {
            page.headers.emplace_back("Link", next_page(*reply.next_offset));
        }
        return page;
    }

    static wire::List objects(const wire::Map& table) {
        const auto& columns = *wire::find(table, "attributeNames")->as<wire::List>();
        const auto& rows = *wire::find(table, "results")->as<wire::List>();
        wire::List list;
        list.reserve(rows.size());
        for (const Value& row : rows) {
            const auto& values = *row.as<wire::List>();
            wire::Map object;
            for (std::size_t i = 0; i < columns.size(); ++i) {
                object.emplace_back(columns[i], values[i]);
            }
            list.emplace_back(std::move(object));
        }
        return list;
    }

    std::string next_page(std::size_t offset) const {
        std::string link = "<" + path_of(type_) + "?offset=" + std::to_string(offset);
        for (const char* name : {"count", "attributes"}) {
            if (const auto value = query_value(request_.query(), name)) {
                link.append("&").append(name).append("=").append(*value);
            }
        }
        return link + ">; rel=\"next\"";
    }

    Agent& agent_;
    const HttpRequest& request_;
    std::string_view method_;
    const EntityType& type_;
};

HttpResponse serve_type(Agent& agent, const HttpRequest& request, std::string_view path) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const auto name = percent_decoded(path.substr(0, slash));
    const auto id = percent_decoded(path.substr(std::min(slash + 1, path.size())));
    if (!name || !id) {
        return failure(400, "Malformed percent-encoding in the path");
    }
    const EntityType* type = agent.catalogue().find(*name);
    if (type == nullptr) {
        return failure(404, agent.catalogue().unknown_type(*name));
    }
    Exchange exchange{agent, request, *type};
    return id->empty() ? exchange.collection() : exchange.entity(*id);
}

}  // namespace

bool is_api_path(std::string_view path) {
    return path.starts_with(kRoot) && (path.size() == kRoot.size() || path[kRoot.size()] == '/');
}

HttpResponse serve_http(Agent& agent, const HttpRequest& request) {
    std::string_view path = request.path();
    if (!is_api_path(path)) {
        return failure(404, "Management is found under /api");
    }
    path.remove_prefix(std::min(kRoot.size() + 1, path.size()));
    if (!path.empty() && path != "schema") {
        return serve_type(agent, request, path);
    }
    if (method_of(request) != "GET") {
        return wrong_method(request.method, "GET");
    }
    return path.empty() ? list_types(agent.catalogue())
                        : json_reply(200, schema(agent.catalogue()));
}

}  // namespace weft::mgmt
