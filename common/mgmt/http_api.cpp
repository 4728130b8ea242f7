#include "common/mgmt/http_api.hpp"

#include "common/base/text.hpp"
#include "common/mgmt/catalogue_schema.hpp"
#include "common/mgmt/http_answers.hpp"
#include "common/mgmt/json.hpp"
#include "common/mgmt/uri_text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace weft::mgmt {
namespace {

using wire::Value;

constexpr std::string_view kRoot = "/api";
constexpr std::string_view kJson = "application/json";
/// Operations that are not asked for by name.
constexpr std::array<std::string_view, 5> kOfMethods{"CREATE", "READ", "UPDATE", "DELETE", "QUERY"};

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

/// Who asks, and what he may do: the operations of each type that a viewer may not.
Value rights_of(const Agent& agent, const Requester& who) {
    const Access access = agent.access_of(who);
    wire::Map operations;
    for (const EntityType& type : agent.catalogue().types()) {
        wire::List allowed;
        for (const std::string_view operation : type.operations) {
            const Access needed = needed_for(&type, operation);
            if (needed > Access::viewer && access >= needed) {
                allowed.emplace_back(operation);
            }
        }
        if (!allowed.empty()) {
            operations.emplace_back(type.short_name, std::move(allowed));
        }
    }
    return wire::Map{{"user", who.user},
                     {"host", who.host},
                     {"access", name_of(access)},
                     {"operations", std::move(operations)}};
}

HttpResponse list_types(const Catalogue& catalogue) {
    wire::List types;
    for (const EntityType& type : catalogue.types()) {
        types.emplace_back(
            wire::Map{{"type", type.short_name},
                      {"description", type.description},
                      {"operations", wire::List{type.operations.begin(), type.operations.end()}},
                      {"href", api_path_of(type)}});
    }
    return json_answer(200, wire::Value{std::move(types)});
}

/// One request to one type, or to one entity of it.
class Exchange {
public:
    Exchange(Agent& agent, const HttpRequest& request, const Requester& who, const EntityType& type)
        : agent_{agent}, request_{request}, who_{who}, method_{method_of(request)}, type_{type} {}

    /// But for GET, which is HttpListing's.
    HttpResponse collection() {
        if (method_ != "POST") {
            return wrong_method(method_, "GET, POST");
        }
        const auto operation = query_value(request_.query(), "operation");
        return operation ? operate(percent_decoded(*operation)) : create();
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
        return agent_.handle(
            {.properties = std::move(properties), .body = std::move(body), .who = who_});
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
        return reply.status == Status::ok ? json_answer(200, reply.body) : failure(reply);
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

    HttpResponse operate(const std::optional<std::string>& operation) {
        if (!operation) {
            return failure(400, "Malformed percent-encoding in 'operation'");
        }
        const auto same = [&](std::string_view each) { return same_but_case(each, *operation); };
        if (std::ranges::any_of(kOfMethods, same)) {
            return failure(400, "Operation '" + *operation + "' has an HTTP method of its own");
        }
        Value body;
        if (auto problem = read_body(body)) {
            return std::move(*problem);
        }
        wire::Map properties = *body.as<wire::Map>();
        for (const std::string_view own : {"operation", "type"}) {
            if (wire::find(properties, own) != nullptr) {
                return failure(400, "Property '" + std::string{own} + "' is said by the address");
            }
        }
        properties.emplace_back("operation", *operation);
        return answer(ask(std::move(properties), {}));
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
        HttpResponse created = json_answer(201, reply.body);
        const auto* map = reply.body.as<wire::Map>();
        const Value* identity = map == nullptr ? nullptr : wire::find(*map, "identity");
        if (identity != nullptr && identity->text() != nullptr) {
            created.headers.emplace_back(
                "Location", api_path_of(type_) + "/" + percent_encoded(*identity->text()));
        }
        return created;
    }

    Agent& agent_;
    const HttpRequest& request_;
    const Requester& who_;
    std::string_view method_;
    const EntityType& type_;
};

/// What a path below /api names. Nothing where its percent-encoding is malformed.
struct Place {
    std::optional<std::string> type;
    std::optional<std::string> id;
};

std::string_view below_root(std::string_view path) {
    path.remove_prefix(std::min(kRoot.size() + 1, path.size()));
    return path;
}

Place place_of(std::string_view path) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    return {.type = percent_decoded(path.substr(0, slash)),
            .id = percent_decoded(path.substr(std::min(slash + 1, path.size())))};
}

HttpResponse serve_type(Agent& agent,
                        const HttpRequest& request,
                        const Requester& who,
                        std::string_view path) {
    const Place place = place_of(path);
    if (!place.type || !place.id) {
        return failure(400, "Malformed percent-encoding in the path");
    }
    const EntityType* type = agent.catalogue().find(*place.type);
    if (type == nullptr) {
        return failure(404, agent.catalogue().unknown_type(*place.type));
    }
    Exchange exchange{agent, request, who, *type};
    return place.id->empty() ? exchange.collection() : exchange.entity(*place.id);
}

/// What is answered at once.
HttpResponse serve(Agent& agent, const HttpRequest& request, const Requester& who) {
    if (!is_api_path(request.path())) {
        return failure(404, "Management is found under /api");
    }
    const std::string_view path = below_root(request.path());
    if (!path.empty() && path != "schema" && path != "me") {
        return serve_type(agent, request, who, path);
    }
    if (method_of(request) != "GET") {
        return wrong_method(request.method, "GET");
    }
    if (path == "me") {
        return json_answer(200, rights_of(agent, who));
    }
    if (agent.access_of(who) < Access::viewer) {
        return failure(403,
                       "Forbidden: that takes a viewer: see \"management\" in the daemon's "
                       "configuration");
    }
    return path.empty() ? list_types(agent.catalogue())
                        : json_answer(200, schema(agent.catalogue()));
}

/// The type whose entities are asked for; null for any other request.
const EntityType* listed_type(const Catalogue& catalogue, const HttpRequest& request) {
    const std::string_view path = below_root(request.path());
    if (!is_api_path(request.path()) || path.empty() || path == "schema" || path == "me" ||
        method_of(request) != "GET") {
        return nullptr;
    }
    const Place place = place_of(path);
    const bool lists = place.type && place.id && place.id->empty();
    return lists ? catalogue.find(*place.type) : nullptr;
}

}  // namespace

bool is_api_path(std::string_view path) {
    return path.starts_with(kRoot) && (path.size() == kRoot.size() || path[kRoot.size()] == '/');
}

HttpExchange::HttpExchange(Agent& agent, HttpRequest request, Requester who)
    : agent_{agent}, request_{std::move(request)}, who_{std::move(who)} {
    if (const EntityType* type = listed_type(agent.catalogue(), request_)) {
        listing_.emplace(*type, request_);
    }
}

void HttpExchange::attempt() {
    answer_.reset();
    if (listing_) {
        listing_->attempt(agent_, who_);
    } else {
        answer_ = serve(agent_, request_, who_);
    }
}

bool HttpExchange::keep() {
    return !listing_ || listing_->keep();
}

HttpResponse HttpExchange::take() {
    if (listing_) {
        return listing_->take();
    }
    return answer_ ? *std::move(answer_) : failure_of_ours();
}

}  // namespace weft::mgmt
