#include "tests/unit/mqtt_session/world.hpp"

#include "mqtt-gateway/codec/decode.hpp"
#include "mqtt-gateway/codec/encode.hpp"

#include <utility>

namespace weft::session {
namespace {

mqtt::Properties written_to(Buffer& memory, const PropertyList& list) {
    mqtt::PropertyWriter writer{memory};
    for (const Property& property : list) {
        const mqtt::PropertyType type = mqtt::rule_of(property.id).type;
        if (is_number(type)) {
            writer.number(property.id, property.number);
        } else if (type == mqtt::PropertyType::binary_data) {
            REQUIRE(writer.binary(property.id, as_bytes(property.text)));
        } else if (type == mqtt::PropertyType::text_pair) {
            REQUIRE(writer.user(property.text, property.text));
        } else {
            REQUIRE(writer.text(property.id, property.text));
        }
    }
    return writer.written();
}

std::string shown(const mqtt::Properties& properties) {
    std::string text;
    for (auto cursor = properties.all(); const auto property = cursor.next();) {
        const mqtt::PropertyRule& rule = mqtt::rule_of(property->id);
        text += " [" + std::string{rule.name} + " ";
        text +=
            is_number(rule.type) ? std::to_string(property->number) : std::string{property->text()};
        text += "]";
    }
    return text;
}

std::string shown(Reason reason) {
    return reason == Reason::success ? "" : " " + std::string{name_of(reason)};
}

std::string shown_codes(Bytes codes) {
    std::string text;
    for (const std::uint8_t code : codes) {
        text += " " + (code <= 2 ? std::to_string(code)
                                 : std::string{name_of(static_cast<Reason>(code))});
    }
    return text;
}

std::string shown(Qos qos) {
    return " q" + std::to_string(static_cast<unsigned>(qos));
}

std::string shown(const mqtt::Publish& publish) {
    return "PUBLISH " + std::string{publish.topic.empty() ? "-" : publish.topic} +
           shown(publish.qos) + (publish.id != 0 ? " #" + std::to_string(publish.id) : "") +
           (publish.dup ? " dup" : "") + (publish.retain ? " retain" : "") + " '" +
           std::string{as_text(publish.payload)} + "'" + shown(publish.properties);
}

struct ShowPacket {
    std::string operator()(const mqtt::Fault& fault) const { return "FAULT " + to_string(fault); }
    std::string operator()(const mqtt::Connack& connack) const {
        return std::string{"CONNACK"} + (connack.session_present ? " present" : "") +
               shown(connack.reason) + shown(connack.properties);
    }
    std::string operator()(const mqtt::Publish& publish) const { return shown(publish); }
    std::string operator()(const mqtt::Ack& ack) const {
        return std::string{name_of(ack.type)} + " " + std::to_string(ack.id) + shown(ack.reason) +
               shown(ack.properties);
    }
    std::string operator()(const mqtt::Suback& suback) const {
        return "SUBACK " + std::to_string(suback.id) + ":" + shown_codes(suback.codes);
    }
    std::string operator()(const mqtt::Unsuback& unsuback) const {
        return "UNSUBACK " + std::to_string(unsuback.id) +
               (unsuback.codes.empty() ? "" : ":" + shown_codes(unsuback.codes));
    }
    std::string operator()(const mqtt::Pingresp&) const { return "PINGRESP"; }
    std::string operator()(const mqtt::Disconnect& disconnect) const {
        return "DISCONNECT" + shown(disconnect.reason);
    }
    template <class Other>
    std::string operator()(const Other&) const {
        return "?";
    }
};

template <class Enum>
constexpr auto value_of(Enum value) {
    return static_cast<std::underlying_type_t<Enum>>(value);
}

template <class Enum>
std::string number(Enum value) {
    return std::to_string(value_of(value));
}

struct ShowAction {
    std::string operator()(const Authenticate& ask) const {
        return "authenticate " + std::string{ask.client_id} + (ask.assigned ? " (ours)" : "") +
               (ask.user_name ? " user " + std::string{*ask.user_name} : "") +
               (ask.password ? " password " + std::string{as_text(*ask.password)} : "");
    }
    std::string operator()(const OpenSession& ask) const {
        return "open " + std::string{ask.client_id} + (ask.clean_start ? " clean" : "") +
               (ask.will != nullptr ? " will " + ask.will->topic : "");
    }
    std::string operator()(const Close& close) const {
        return "close:" + (close.by_client ? std::string{" by client"} : shown(close.reason));
    }
    std::string operator()(const Publish& ask) const {
        return "publish " + number(ask.ticket) + " " + std::string{ask.topic} + shown(ask.qos) +
               (ask.retain ? " retain" : "") + " '" + std::string{as_text(ask.payload)} + "'" +
               shown(ask.properties);
    }
    std::string operator()(const Republish& ask) const { return "republish " + number(ask.ticket); }
    std::string operator()(const Abandon& ask) const { return "abandon " + number(ask.ticket); }
    std::string operator()(const Subscribe& ask) const {
        return "subscribe " + number(ask.ticket.subscription) + " " + std::string{ask.filter} +
               (ask.group.empty() ? "" : " group " + std::string{ask.group}) + shown(ask.qos) +
               (ask.existing ? " existing" : "") + (ask.send_retained ? " +retained" : "");
    }
    std::string operator()(const Unsubscribe& ask) const {
        return "unsubscribe " + number(ask.ticket.subscription);
    }
    std::string operator()(const Settle& ask) const {
        static constexpr std::string_view kNames[]{"accepted", "rejected", "released", "unwanted"};
        return "settle " + number(ask.token) + " " + std::string{kNames[value_of(ask.settlement)]};
    }
    std::string operator()(const StoreSession&) const { return "store session"; }
    std::string operator()(const StoreSubscription& ask) const {
        return "store subscription " + number(ask.number);
    }
    std::string operator()(const ForgetSubscription& ask) const {
        return "forget subscription " + std::string{ask.filter};
    }
    std::string operator()(const StoreIncoming& ask) const {
        return (ask.taken ? "store incoming " : "forget incoming ") + std::to_string(ask.use.id);
    }
    std::string operator()(const StoreSerials& ask) const {
        std::string text = "serials " + std::to_string(ask.base);
        for (const Use& use : ask.under_way) {
            text += " " + std::to_string(use.id) + "/" + std::to_string(use.serial);
        }
        return text;
    }
    std::string operator()(const AwaitStore&) const { return "await store"; }
    std::string operator()(const StoreOutgoing& ask) const {
        return "store outgoing " + std::to_string(ask.id);
    }
    std::string operator()(const ForgetOutgoing& ask) const {
        return "forget outgoing " + std::to_string(ask.id);
    }
    std::string operator()(const EraseSession&) const { return "erase session"; }
    std::string operator()(const FireWill& ask) const {
        return "will " + ask.will.topic + shown(ask.will.qos) + (ask.will.retain ? " retain" : "") +
               shown(ask.will.properties);
    }
    std::string operator()(const Ended&) const { return "ended"; }
};

std::string joined(std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& text : texts) {
        all += (all.empty() ? "" : "; ") + text;
    }
    texts.clear();
    return all;
}

}  // namespace

std::string shown(const Action& action) {
    return std::visit(ShowAction{}, action);
}

MessagePtr message(const Draft& draft) {
    auto made = std::make_shared<Message>();
    made->topic = draft.topic;
    made->payload.assign(draft.payload.begin(), draft.payload.end());
    made->qos = draft.qos;
    made->retain = draft.retain;
    made->publisher = draft.publisher;
    made->expires = draft.expires;
    return made;
}

Client::Client(World& world, Version version)
    : world_{world},
      version_{version},
      connection_{std::make_unique<Connection>(world.settings, world.counters, 0x1234, world.now)} {
}

Client::~Client() {
    lose();
}

// --- the client
// ------------------------------------------------------------------------------------

void Client::connect(const Options& options) {
    Buffer memory;
    Buffer will_memory;
    mqtt::Connect connect{.version = version_,
                          .clean_start = options.clean,
                          .keep_alive_seconds = options.keep_alive,
                          .properties = written_to(memory, options.properties),
                          .client_id = options.id};
    if (!options.user.empty()) {
        connect.user_name = options.user;
    }
    if (options.has_will) {
        connect.will = mqtt::Will{.qos = options.will_qos,
                                  .retain = options.will_retain,
                                  .properties = written_to(will_memory, options.will_properties),
                                  .topic = options.will_topic,
                                  .payload = as_bytes("gone")};
    }
    Buffer bytes;
    REQUIRE(encode(bytes, connect, {.version = version_}) == mqtt::Encoded::written);
    raw(bytes);
}

void Client::join(const Options& options) {
    connect(options);
    REQUIRE(connection_->phase() == Peer::Phase::open);
    heard();
    asked();
}

void Client::publish(const Message& message) {
    Buffer memory;
    Buffer bytes;
    const mqtt::Publish packet{.dup = message.dup,
                               .qos = message.qos,
                               .retain = message.retain,
                               .id = message.id,
                               .topic = message.topic,
                               .properties = written_to(memory, message.properties),
                               .payload = as_bytes(message.payload)};
    REQUIRE(encode(bytes, packet, {.version = version_}) == mqtt::Encoded::written);
    raw(bytes);
}

void Client::ack(mqtt::PacketType type, mqtt::PacketId id, Reason reason) {
    Buffer bytes;
    const mqtt::Ack packet{.type = type, .id = id, .reason = reason};
    REQUIRE(encode(bytes, packet, {.version = version_}) == mqtt::Encoded::written);
    raw(bytes);
}

void Client::subscribe(mqtt::PacketId id,
                       const std::vector<mqtt::Subscription>& entries,
                       std::uint32_t identifier) {
    Buffer memory;
    Buffer properties;
    Buffer bytes;
    mqtt::SubscriptionWriter writer{memory};
    for (const mqtt::Subscription& entry : entries) {
        REQUIRE(writer.add(entry));
    }
    PropertyList list;
    if (identifier != 0) {
        list.push_back({PropertyId::subscription_identifier, identifier, {}});
    }
    const mqtt::Subscribe packet{
        .id = id, .properties = written_to(properties, list), .entries = writer.written()};
    REQUIRE(encode(bytes, packet, {.version = version_}) == mqtt::Encoded::written);
    raw(bytes);
}

void Client::unsubscribe(mqtt::PacketId id, const std::vector<std::string>& filters) {
    Buffer memory;
    Buffer bytes;
    mqtt::FilterWriter writer{memory};
    for (const std::string& filter : filters) {
        REQUIRE(writer.add(filter));
    }
    const mqtt::Unsubscribe packet{.id = id, .entries = writer.written()};
    REQUIRE(encode(bytes, packet, {.version = version_}) == mqtt::Encoded::written);
    raw(bytes);
}

void Client::ping() {
    Buffer bytes;
    REQUIRE(encode(bytes, mqtt::Pingreq{}, {.version = version_}) == mqtt::Encoded::written);
    raw(bytes);
}

void Client::disconnect(Reason reason, const PropertyList& properties) {
    Buffer memory;
    Buffer bytes;
    const mqtt::Disconnect packet{.reason = reason, .properties = written_to(memory, properties)};
    REQUIRE(encode(bytes, packet, {.version = version_}) == mqtt::Encoded::written);
    raw(bytes);
}

void Client::raw(Bytes bytes) {
    append(input_, bytes);
    feed();
}

/// As far as the connection reads.
void Client::feed() {
    while (!input_.empty() && connection_->is_reading()) {
        const Buffer given = std::exchange(input_, {});  // lives until all was carried out
        Bytes in{given};
        out_.clear();
        const bool more = connection_->read(in, world_.now, out_);
        input_.assign(in.begin(), in.end());
        run();
        if (!more) {
            return;
        }
    }
}

// --- the owner
// ---------------------------------------------------------------------------------------

void Client::run() {
    if (!out_.bytes.empty()) {
        hear(out_.bytes);
    }
    for (Action& action : out_.actions) {
        asked_.push_back(shown(action));
        carry_out(action);
    }
    out_.clear();
    answer();
}

void Client::hear(Bytes bytes) {
    mqtt::Framer framer{mqtt::kPacketBytesMax};
    while (!bytes.empty()) {
        const Bytes packet = framer.next(bytes);
        REQUIRE(!packet.empty());
        heard_.push_back(
            std::visit(ShowPacket{},
                       mqtt::decode(packet, {.version = version_, .from = mqtt::Sender::server})));
    }
}

void Client::carry_out(Action& action) {
    if (world_.on_action) {
        world_.on_action(action);
    }
    if (const auto* open = std::get_if<OpenSession>(&action)) {
        opening_ = open->client_id;
    }
    if (const auto* subscribe = std::get_if<Subscribe>(&action)) {
        tickets_.push_back(subscribe->ticket);
    }
    if (const auto* unsubscribe = std::get_if<Unsubscribe>(&action)) {
        tickets_.push_back(unsubscribe->ticket);
    }
    open_.push_back(std::move(action));
}

void Client::answer() {
    const std::vector<Action> open = std::exchange(open_, {});
    for (const Action& action : open) {
        const auto* publish = std::get_if<Publish>(&action);
        const auto* again = std::get_if<Republish>(&action);
        const auto* subscribe = std::get_if<Subscribe>(&action);
        const auto* unsubscribe = std::get_if<Unsubscribe>(&action);
        if (std::holds_alternative<Authenticate>(action) && world_.authenticates) {
            authenticated(Reason::success);
        } else if (std::holds_alternative<OpenSession>(action) && world_.opens) {
            open_session();
        } else if (publish != nullptr && publish->ticket != PublishTicket{} && world_.publishes) {
            published(value_of(publish->ticket), world_.taken);
        } else if (again != nullptr && world_.publishes) {
            published(value_of(again->ticket), world_.taken);
        } else if (subscribe != nullptr && world_.subscribes) {
            subscribed(subscribe->ticket, is_failure(world_.granted)
                                              ? world_.granted
                                              : static_cast<Reason>(subscribe->qos));
        } else if (unsubscribe != nullptr && unsubscribe->ticket.request != 0 &&
                   world_.subscribes) {
            unsubscribed(unsubscribe->ticket);
        } else if (std::holds_alternative<Ended>(action)) {
            world_.sessions.erase(opening_);
        } else if (world_.stores) {
            if (const auto* ask = std::get_if<StoreSession>(&action)) {
                stored(ask->ticket);
            } else if (const auto* one = std::get_if<StoreSubscription>(&action)) {
                stored(one->ticket);
            } else if (const auto* gone = std::get_if<ForgetSubscription>(&action)) {
                stored(gone->ticket);
            } else if (const auto* in = std::get_if<StoreIncoming>(&action)) {
                stored(in->ticket);
            } else if (const auto* sent = std::get_if<StoreOutgoing>(&action)) {
                stored(sent->ticket);
            } else if (const auto* wait = std::get_if<AwaitStore>(&action)) {
                stored(wait->ticket);
            } else if (const auto* serials = std::get_if<StoreSerials>(&action)) {
                stored(serials->ticket);
            }
        }
    }
    feed();
}

void Client::open_session() {
    auto& session = world_.sessions[opening_];
    if (!session) {
        session =
            std::make_unique<Session>(opening_, /*birth=*/1, world_.settings, world_.counters);
    }
    call([&](Output& out) { connection_->on_session(*session, world_.now, out); });
}

void Client::authenticated(Reason reason, std::string_view why) {
    call([&](Output& out) { connection_->on_authenticated(reason, why, out); });
}

void Client::lose() {
    call([&](Output& out) { connection_->on_lost(world_.now, out); });
}

void Client::tick() {
    call([&](Output& out) { connection_->on_time(world_.now, out); });
    if (Session* session = connection_->session()) {
        call([&](Output& out) { session->on_time(world_.now, out); });
    }
}

void Client::published(std::uint64_t ticket, Taken taken, std::string_view why) {
    if (const auto found = world_.sessions.find(opening_); found != world_.sessions.end()) {
        call([&](Output& out) {
            found->second->on_published(PublishTicket{ticket}, taken, why, world_.now, out);
        });
    }
}

void Client::stored(StoreTicket upto) {
    if (const auto found = world_.sessions.find(opening_); found != world_.sessions.end()) {
        call([&](Output& out) { found->second->on_stored(upto, world_.now, out); });
    }
}

void Client::subscribed(const SubscribeTicket& ticket, Reason reason) {
    if (const auto found = world_.sessions.find(opening_); found != world_.sessions.end()) {
        call([&](Output& out) { found->second->on_subscribed(ticket, reason, world_.now, out); });
    }
}

void Client::unsubscribed(const SubscribeTicket& ticket) {
    if (const auto found = world_.sessions.find(opening_); found != world_.sessions.end()) {
        call([&](Output& out) { found->second->on_unsubscribed(ticket, world_.now, out); });
    }
}

void Client::deliver(const Delivery& delivery) {
    if (const auto found = world_.sessions.find(opening_); found != world_.sessions.end()) {
        call([&](Output& out) { found->second->deliver(delivery, world_.now, out); });
    }
}

std::string Client::heard() {
    return joined(heard_);
}

std::string Client::asked() {
    return joined(asked_);
}

}  // namespace weft::session
