#pragma once

#include "mqtt-gateway/codec/property_writer.hpp"
#include "mqtt-gateway/session/connection.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// An owner of sessions that answers at once what it is not told to leave to the test, and clients
/// whose packets are written and read as bytes.
namespace weft::session {

using mqtt::PropertyId;
using mqtt::Qos;
using mqtt::Reason;
using mqtt::Version;

inline constexpr auto kAll = {Version::v3_1, Version::v3_1_1, Version::v5};
inline constexpr auto kOld = {Version::v3_1, Version::v3_1_1};

struct Property {
    PropertyId id{};
    std::uint32_t number = 0;
    std::string text{};
};
using PropertyList = std::vector<Property>;

struct World {
    Settings settings{};
    Counters counters{};
    Instant now{std::chrono::hours{1}};
    std::map<std::string, std::unique_ptr<Session>> sessions{};

    // What is answered at once.
    bool authenticates = true;
    bool opens = true;
    bool publishes = true;
    bool subscribes = true;
    bool stores = true;
    Taken taken = Taken::accepted;
    Reason granted = Reason::success;  // a failure: so every subscription is answered

    std::function<void(const Action&)> on_action{};  // is told of each; may be empty

    void pass(Duration time) { now += time; }
};

class Client {
public:
    Client(World& world, Version version);
    ~Client();

    struct Options {
        std::string id = "dev";
        std::string user{};  // empty: none
        bool clean = true;
        std::uint16_t keep_alive = 0;
        PropertyList properties{};
        bool has_will = false;
        Qos will_qos = Qos::at_most_once;
        bool will_retain = false;
        std::string will_topic = "will/topic";
        PropertyList will_properties{};
    };
    void connect(const Options& options);
    void connect() { connect({}); }
    /// And forgets what came: CONNACK, and what was asked.
    void join(const Options& options);
    void join() { join({}); }

    struct Message {
        std::string topic = "a";
        std::string payload = "x";
        Qos qos = Qos::at_most_once;
        mqtt::PacketId id = 0;
        bool retain = false;
        bool dup = false;
        PropertyList properties{};
    };
    void publish(const Message& message);
    void ack(mqtt::PacketType type, mqtt::PacketId id, Reason reason = Reason::success);
    void puback(mqtt::PacketId id) { ack(mqtt::PacketType::puback, id); }
    void pubrec(mqtt::PacketId id) { ack(mqtt::PacketType::pubrec, id); }
    void pubrel(mqtt::PacketId id) { ack(mqtt::PacketType::pubrel, id); }
    void pubcomp(mqtt::PacketId id) { ack(mqtt::PacketType::pubcomp, id); }
    void subscribe(mqtt::PacketId id,
                   const std::vector<mqtt::Subscription>& entries,
                   std::uint32_t identifier = 0);
    void unsubscribe(mqtt::PacketId id, const std::vector<std::string>& filters);
    void ping();
    void disconnect(Reason reason = Reason::success, const PropertyList& properties = {});
    void raw(Bytes bytes);

    /// The packets that came since, as text: "PUBACK 1; PUBLISH a q1 #1 'x'".
    std::string heard();
    /// What was asked of the owner since, as text, answered or not.
    std::string asked();

    // What the owner does.
    void lose();
    void tick();
    void published(std::uint64_t ticket, Taken taken, std::string_view why = {});
    void stored(StoreTicket upto);
    void subscribed(const SubscribeTicket& ticket, Reason reason);
    void unsubscribed(const SubscribeTicket& ticket);
    void deliver(const Delivery& delivery);
    void authenticated(Reason reason, std::string_view why = {});
    void open_session();
    /// Any call of the connection or of the session.
    template <class Call>
    void call(Call call) {
        out_.clear();
        call(out_);
        run();
    }

    Connection& connection() { return *connection_; }
    Session& session() { return *connection_->session(); }
    std::vector<SubscribeTicket>& tickets() { return tickets_; }

private:
    void feed();
    void run();
    void hear(Bytes bytes);
    void carry_out(Action& action);
    void answer();

    World& world_;
    Version version_;
    std::unique_ptr<Connection> connection_;
    Output out_{};
    Buffer input_{};  // not read yet
    std::vector<std::string> heard_{};
    std::vector<std::string> asked_{};
    std::vector<Action> open_{};  // to be answered
    std::vector<SubscribeTicket> tickets_{};
    std::string opening_{};
};

/// One that devices get.
struct Draft {
    std::string topic = "a";
    std::string payload = "x";
    Qos qos = Qos::at_most_once;
    bool retain = false;
    std::string publisher{};
    Instant expires = kNever;
};
MessagePtr message(const Draft& draft);

/// The text of one action.
std::string shown(const Action& action);

}  // namespace weft::session
