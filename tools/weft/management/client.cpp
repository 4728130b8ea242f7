#include "tools/weft/management/client.hpp"

#include "tools/weft/connection/interrupt.hpp"
#include "tools/weft/management/entity_type.hpp"
#include "tools/weft/values/value_json.hpp"

#include <proton/delivery.hpp>
#include <proton/message_id.hpp>
#include <proton/receiver_options.hpp>
#include <proton/source.hpp>
#include <proton/source_options.hpp>
#include <proton/uuid.hpp>

#include <algorithm>
#include <iostream>
#include <optional>
#include <utility>

namespace weft::tools {
namespace {

/// Rows a QUERY asks for at once, so that no answer is unboundedly large.
constexpr std::size_t kPageRows = 500;
constexpr std::string_view kNodeType = "org.amqp.management";
constexpr std::string_view kBrokers = "$broker/";

Request node_request(std::string_view operation) {
    return Request{.operation = std::string{operation},
                   .properties = {{"type", kNodeType}, {"name", "self"}}};
}

std::string status_line(int code, const std::string& description) {
    const std::string number = std::to_string(code);
    return "the router answered " + number + ": " +
           (description.empty() ? "no description" : description);
}

/// Turns columns and rows of an answer into objects.
void append_rows(const Json& answer, std::vector<Entity>& entities) {
    if (!answer.is_object() || !answer.contains("attributeNames") || !answer.contains("results")) {
        throw Failure("the router's answer to QUERY has no attributeNames and results");
    }
    const Json& names = answer["attributeNames"];
    for (const Json& row : answer["results"]) {
        Entity entity = Entity::object();
        for (std::size_t column = 0; column < std::min(names.size(), row.size()); ++column) {
            entity[names[column].get<std::string>()] = row[column];
        }
        entities.push_back(std::move(entity));
    }
}

}  // namespace

StatusFailure::StatusFailure(int code, const std::string& description)
    : Failure(status_line(code, description)), code_{code} {}

/// Keeps the answer last received until it is taken.
class ManagementClient::Answers final : public Handler {
public:
    void on_message(proton::delivery& /*delivery*/, proton::message& message) override {
        received_ = message;
    }

    bool has_answer(const std::string& correlation) const {
        return received_ && to_json(proton::value(received_->correlation_id())) == correlation;
    }

    proton::message take() { return *std::exchange(received_, std::nullopt); }

private:
    std::optional<proton::message> received_;
};

ManagementClient::ManagementClient(const ConnectionOptions& options, const std::string& address)
    : answers_{std::make_unique<Answers>()}, connection_{options, *answers_} {
    if (address.starts_with(kBrokers)) {
        // The broker does not know the routers' addresses, but its own.
        reply_to_ = "$replies/weft-" + proton::uuid::random().str();
        receiver_ =
            connection_.amqp().open_receiver(address.substr(0, address.rfind('/') + 1) + reply_to_,
                                             proton::receiver_options().credit_window(1));
    } else {
        proton::source_options dynamic;
        dynamic.dynamic(true);
        receiver_ = connection_.amqp().open_receiver(
            "", proton::receiver_options().source(dynamic).credit_window(1));
    }
    connection_.await([this] { return receiver_.active(); },
                      "the router gives us no address to answer to");
    aim(address);
}

ManagementClient::~ManagementClient() = default;

void ManagementClient::aim(const std::string& address) {
    target_ = address;
    proton::sender& sender = senders_[address];
    if (!sender) {
        sender = connection_.amqp().open_sender(address);
    }
    sender_ = sender;
}

Json ManagementClient::call(const Request& request) {
    connection_.await([this] { return sender_.credit() > 0; },
                      "no answer from " + target_ +
                          ": no such router or broker in this network, or it has no management; "
                          "'weft stat -n' lists the routers, 'weft stat --queues' the brokers");
    proton::message message;
    message.reply_to(reply_to_.empty() ? receiver_.source().address() : reply_to_);
    // A string: not every agent echoes a number with its type.
    const std::string correlation = std::to_string(++correlation_);
    message.correlation_id(correlation);
    message.properties().put("operation", request.operation);
    for (const auto& [name, value] : request.properties.items()) {
        message.properties().put(name, to_scalar(name, value));
    }
    message.body(to_value(request.body));
    sender_.send(message);
    connection_.await([this, &correlation] { return answers_->has_answer(correlation); },
                      "no answer from " + target_ + " to " + request.operation +
                          " in time; a longer --timeout may help");
    const proton::message answer = answers_->take();
    const Json properties = to_json(answer.properties().value());
    const Json status = properties.is_object() ? properties.value("statusCode", Json{}) : Json{};
    if (!status.is_number_integer()) {
        throw Failure("the answer from " + target_ + " has no statusCode");
    }
    const int code = status.get<int>();
    if (code < 200 || code > 299) {
        throw StatusFailure(code, plain_text(properties.value("statusDescription", Json(""))));
    }
    return to_json(answer.body());
}

std::vector<Entity> ManagementClient::query(std::string_view type,
                                            const std::vector<std::string>& attributes,
                                            std::size_t limit) {
    std::vector<Entity> entities;
    std::string incomplete;
    for (;;) {
        const std::size_t wanted =
            limit == 0 ? kPageRows : std::min(kPageRows, limit - entities.size());
        Request request = node_request("QUERY");
        if (!type.empty()) {
            request.properties["entityType"] = entity_type(type);
        }
        request.properties["offset"] = entities.size();
        request.properties["count"] = wanted;
        request.body["attributeNames"] = attributes;
        const std::size_t before = entities.size();
        const Json answer = call(request);
        append_rows(answer, entities);
        if (answer.contains("incomplete")) {
            incomplete = plain_text(answer["incomplete"]);
        }
        const bool last_page = entities.size() - before < wanted;
        if (last_page || entities.size() == limit) {
            if (!incomplete.empty()) {
                std::cerr << "weft: incomplete: " << incomplete << '\n';
            }
            return entities;
        }
    }
}

bool ManagementClient::knows(std::string_view type) {
    const Json types = ask("GET-TYPES");
    return types.is_object() && types.contains(entity_type(type));
}

Json ManagementClient::ask(std::string_view operation) {
    return call(node_request(operation));
}

Json ManagementClient::log(std::size_t limit) {
    Request request = node_request("GET-LOG");
    if (limit != 0) {
        request.properties["limit"] = limit;
    }
    return call(request);
}

std::vector<std::string> ManagementClient::routers() {
    constexpr std::string_view kScheme = "amqp:/";
    std::vector<std::string> addresses;
    for (const Json& node : ask("GET-MGMT-NODES")) {
        std::string address = plain_text(node);
        if (address.starts_with(kScheme)) {
            address.erase(0, kScheme.size());
        }
        addresses.push_back(std::move(address));
    }
    return addresses;
}

void ManagementClient::idle_until(SteadyTime deadline) {
    while (!Interrupt::raised() && connection_.step(deadline) != Wake::late) {
    }
}

std::string management_address(const std::string& router, const std::string& edge_router) {
    if (!router.empty()) {
        return "_topo/0/" + router + "/$management";
    }
    return edge_router.empty() ? "$management" : "_edge/" + edge_router + "/$management";
}

std::string broker_address(const std::string& broker) {
    return std::string{kBrokers} + broker + "/$management";
}

std::string id_in_address(const std::string& address) {
    constexpr std::string_view kBefore = "_topo/0/";
    const std::size_t begin = address.starts_with(kBefore) ? kBefore.size() : 0;
    return address.substr(begin, address.find('/', begin) - begin);
}

}  // namespace weft::tools
