#include "mqtt-gateway/config/gateway_config.hpp"

#include "common/config/document.hpp"
#include "common/security/verifier.hpp"
#include "mqtt-gateway/config/log_modules.hpp"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace weft::gateway_config {
namespace {

using config::Entity;
using config::Faults;
using mqtt_mapping::AddressType;

template <class T>
T number(const Entity& entity, std::string_view key) {
    return static_cast<T>(entity.integer(key));
}

/// What the text of the key stands for; it is one of the key's choices.
template <class T>
T chosen(const Entity& entity,
         std::string_view key,
         std::initializer_list<std::pair<std::string_view, T>> values) {
    const std::string text = entity.text(key);
    for (const auto& [name, value] : values) {
        if (name == text) {
            return value;
        }
    }
    return values.begin()->second;
}

session::Settings read_settings(const Entity& mqtt) {
    using session::DollarPublish;
    using session::FailedSubscribe;
    using session::NoConsumer;
    using session::Rejected;
    session::Settings settings;
    settings.qos_max = static_cast<mqtt::Qos>(mqtt.integer("maxQos"));
    settings.retain_available = mqtt.boolean("retain");
    settings.shared_available = mqtt.boolean("sharedSubscriptions");
    settings.receive_maximum = number<std::uint16_t>(mqtt, "receiveMaximum");
    settings.topic_aliases_max = number<std::uint16_t>(mqtt, "topicAliasMaximum");
    settings.aliases_to_device_max = settings.topic_aliases_max;
    settings.packet_bytes_max = number<std::uint32_t>(mqtt, "maxPacketSize");
    settings.keep_alive_default = number<std::uint16_t>(mqtt, "keepAliveDefaultSeconds");
    settings.keep_alive_max = number<std::uint16_t>(mqtt, "keepAliveMaxSeconds");
    settings.session_expiry_max = number<std::uint32_t>(mqtt, "sessionExpiryMaxSeconds");
    settings.session_expiry_old = number<std::uint32_t>(mqtt, "sessionExpiryOldSeconds");
    settings.publish_timeout = mqtt.duration("publishTimeoutSeconds");
    settings.on_no_consumer = chosen<NoConsumer>(
        mqtt, "onNoConsumer",
        {{"hold", NoConsumer::hold}, {"close", NoConsumer::close}, {"ack", NoConsumer::ack}});
    settings.on_reject =
        chosen<Rejected>(mqtt, "onReject", {{"close", Rejected::close}, {"ack", Rejected::ack}});
    settings.dollar_publish = chosen<DollarPublish>(mqtt, "dollarPublish",
                                                    {{"refuse", DollarPublish::refuse},
                                                     {"close", DollarPublish::close},
                                                     {"pass", DollarPublish::pass}});
    settings.failed_subscribe = chosen<FailedSubscribe>(
        mqtt, "failedSubscribe",
        {{"close", FailedSubscribe::close}, {"code", FailedSubscribe::code}});
    settings.connect_timeout = mqtt.duration("connectTimeoutSeconds");
    settings.subscriptions_max = number<std::size_t>(mqtt, "maxSubscriptions");
    settings.in_flight_max = number<std::uint16_t>(mqtt, "maxInFlight");
    settings.queue_messages_max = number<std::size_t>(mqtt, "maxQueuedMessages");
    settings.queue_bytes_max = number<std::size_t>(mqtt, "maxQueuedBytes");
    settings.all_queues_bytes_max = number<std::size_t>(mqtt, "maxAllQueuedBytes");
    return settings;
}

AddressType type_of(const Entity& address) {
    const std::string type = address.text("type");
    if (type == "queue") {
        return AddressType::queue;
    }
    if (type == "topic") {
        return AddressType::topic;
    }
    const bool many =
        type == "multicast" || (type.empty() && address.text("distribution") == "multicast");
    return many ? AddressType::multicast : AddressType::anycast;
}

void read_address(const Entity& address,
                  std::vector<mqtt_mapping::DeclaredAddress>& addresses,
                  Faults& faults) {
    const std::string exact = address.text("address");
    const std::string prefix = address.text("prefix");
    const std::string pattern = address.text("pattern");
    const int given =
        (exact.empty() ? 0 : 1) + (prefix.empty() ? 0 : 1) + (pattern.empty() ? 0 : 1);
    if (given != 1) {
        faults.error(address.place(), address.pointer(),
                     "exactly one of \"address\", \"prefix\" and \"pattern\" is to be given");
        return;
    }
    if (address.text("distribution") == "unavailable") {
        return;
    }
    const std::string name = !prefix.empty() ? prefix + "/#" : exact + pattern;
    addresses.push_back({.address = name, .type = type_of(address)});
}

void read_maps(const Entity& mqtt, std::vector<mqtt_mapping::TopicMap>& maps, Faults& faults) {
    const config::Node* given = mqtt.given("map");
    const config::List* list = given != nullptr ? given->list() : nullptr;
    if (list == nullptr) {
        return;
    }
    for (const config::Node& entry : *list) {
        const config::Object& object = *entry.object();
        const config::Node* topic = config::find_member(object, "topic");
        const config::Node* address = config::find_member(object, "address");
        const bool whole = topic != nullptr && address != nullptr && topic->text() != nullptr &&
                           address->text() != nullptr && object.size() == 2;
        if (!whole) {
            faults.error(entry.place, "/mqtt/map",
                         "an entry has the texts \"topic\" and \"address\", and nothing else");
            continue;
        }
        maps.push_back({.topic = *topic->text(), .address = *address->text()});
    }
}

/// SASL is AMQP's: of its mechanisms MQTT has those that need one message.
void check_mqtt(const Entity& entity, const daemon::ListenerConfig& listener, Faults& faults) {
    const bool has_scram = std::ranges::any_of(
        listener.connection.sasl_mechanisms,
        [](const std::string& each) { return security::digest_of_scram(each).has_value(); });
    if (has_scram) {
        const bool given = entity.given("saslMechanisms") != nullptr;
        key_error(
            entity, given ? "saslMechanisms" : "authenticatePeer",
            "MQTT has no SCRAM: PLAIN stands for a user name with its password, EXTERNAL for a "
            "certificate",
            faults);
    }
}

void read_listeners(const config::Document& document, GatewayConfig& to, Faults& faults) {
    std::size_t number = 0;
    for (const Entity* listener : document.all("listeners")) {
        to.speaks.push_back(listener->text("protocol") == "amqp" ? Speaks::amqp : Speaks::mqtt);
        if (to.speaks.back() == Speaks::mqtt) {
            check_mqtt(*listener, to.common.listeners[number], faults);
        }
        ++number;
    }
}

std::vector<std::string> texts_of(const Entity& entity, std::string_view key) {
    std::vector<std::string> texts;
    const config::Node* const given = entity.given(key);
    const config::List* const list = given != nullptr ? given->list() : nullptr;
    for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
        texts.push_back(*(*list)[i].text());
    }
    return texts;
}

/// Each rule is looked at alone first: so the fault has its place.
mqtt_access::AccessList read_access(const config::Document& document, Faults& faults) {
    std::vector<mqtt_access::AccessRule> rules;
    for (const Entity* each : document.all("acl")) {
        mqtt_access::AccessRule rule{.users = texts_of(*each, "users"),
                                     .publish = texts_of(*each, "publish"),
                                     .subscribe = texts_of(*each, "subscribe")};
        if (const auto alone = mqtt_access::AccessList::make({rule}); !alone) {
            faults.error(each->place(), each->pointer(), alone.error().text);
        } else {
            rules.push_back(std::move(rule));
        }
    }
    auto list = mqtt_access::AccessList::make(rules);
    if (!list) {
        faults.error({}, "/acl", list.error().text);
        return {};
    }
    return *std::move(list);
}

/// What devices can publish to is no place for what only gateways may write. `key`: that of the
/// address, which says where rows of gateways are.
void check_queue(const Entity& store,
                 std::string_view key,
                 const std::string& address,
                 const GatewayConfig& read,
                 const mqtt_mapping::AddressSpace& space,
                 Faults& faults) {
    constexpr std::size_t kOwnerMax = 235;  // of a fence, beside the time of a start
    const std::string place = store.pointer() + "/" + std::string{key};
    std::string topic;
    std::string path;
    if (address.empty()) {
        return;
    }
    if (mqtt_mapping::is_pattern(address, read.mapping.separator)) {
        faults.error(store.place(), place, "it is one queue: an address without wildcards");
    } else if (!space.append_topic_of(topic, address, {}) || space.resolve(topic, path)) {
        faults.error(store.place(), place,
                     "devices must not be able to publish to it: choose an address that no "
                     "topic belongs to, such as \"$mqtt.retained\" or \"$mqtt.sessions\"");
    }
    if (read.id.size() > kOwnerMax) {
        faults.error(store.place(), place,
                     "needs a gateway whose \"id\" has at most 235 bytes: it is in each message");
    }
}

void check_session_address(const Entity& store, const GatewayConfig& read, Faults& faults) {
    const std::string place = store.pointer() + "/sessionAddress";
    if (read.session_address.empty()) {
        return;
    }
    if (!read.store_path.empty()) {
        faults.error(store.place(), place,
                     "sessions are in a queue of the mesh or in \"path\", not in both: take one of "
                     "the keys out");
    }
    if (read.session_address == read.retained_address) {
        faults.error(store.place(), place,
                     "retained messages have a queue of their own: give it another address than "
                     "\"retainedAddress\"");
    }
}

}  // namespace

std::optional<GatewayConfig> load_gateway_config(const config::CommandLine& command,
                                                 config::Faults& faults) {
    const auto document = daemon::load_document(command, gateway_table(), faults);
    if (!document) {
        return std::nullopt;
    }
    const Entity& gateway = document->singleton("gateway");
    const Entity& mqtt = document->singleton("mqtt");
    const Entity& store = document->singleton("store");
    GatewayConfig read{
        .id = gateway.text("id"),
        .mqtt = read_settings(mqtt),
        .store_path = store.text("path"),
        .store_bytes_max = number<std::uint64_t>(store, "maxBytes"),
        .retained_address = store.text("retainedAddress"),
        .session_address = store.text("sessionAddress"),
        .connections_max = number<std::size_t>(gateway, "maxConnections"),
        .connects_per_second = number<std::uint32_t>(gateway, "maxConnectsPerSecond"),
        .accepts_per_second = number<std::uint32_t>(gateway, "maxAcceptsPerSecond"),
        .sessions_max = number<std::size_t>(gateway, "maxSessions"),
        .publish_bytes_max = number<std::size_t>(gateway, "maxPublishBytes"),
        .retained_max = number<std::size_t>(gateway, "maxRetained"),
        .retained_bytes_max = number<std::size_t>(gateway, "maxRetainedBytes"),
        .mapping = {.separator = mqtt.text("separator") == "." ? mqtt_mapping::Separator::dot
                                                               : mqtt_mapping::Separator::slash,
                    .shares_multicast = mqtt.boolean("shareMulticast")},
        .common = daemon::read_common(*document, kLogModules, faults, daemon::Websockets::alone)};
    for (const Entity* address : document->all("addresses")) {
        read_address(*address, read.addresses, faults);
    }
    std::erase_if(read.addresses, [&](const mqtt_mapping::DeclaredAddress& each) {
        const bool is_ours =
            each.address == read.retained_address || each.address == read.session_address;
        return is_ours && each.address.starts_with('$');  // routers and gateways may have one list
    });
    read_maps(mqtt, read.maps, faults);
    read.access = read_access(*document, faults);
    read_listeners(*document, read, faults);
    if (read.common.connectors.empty() && !faults.failed()) {
        faults.error({}, "/connectors", "a gateway needs a connector to a router");
    }
    if (!faults.failed()) {
        const auto space =
            mqtt_mapping::AddressSpace::make(read.addresses, read.maps, read.mapping);
        if (!space) {
            faults.error({}, "/addresses", space.error().text);
        } else {
            check_queue(store, "retainedAddress", read.retained_address, read, *space, faults);
            check_queue(store, "sessionAddress", read.session_address, read, *space, faults);
            check_session_address(store, read, faults);
        }
    }
    return faults.failed() ? std::nullopt : std::optional{std::move(read)};
}

}  // namespace weft::gateway_config
