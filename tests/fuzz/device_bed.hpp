#pragma once

#include "mqtt-gateway/session/connection.hpp"
#include "tests/fuzz/script.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace weft::session {

/// One client identifier, the mesh and the store behind it, as a script decides: a client that
/// keeps to the protocol and sometimes does not, answers in any order, messages, connections that
/// are cut. After each move the books must be right:
///
///   B1  what is written to the client is well-formed, of its version, no larger than it takes, in
///       its window, with aliases that it knows; and nothing is written after the end
///   B2  each delivery with a token is settled once, each publish with a ticket ended once
///   B3  tickets of the store are counted up by one
///   B4  what waits is within the limits, and is counted; at the end nothing is left
///
/// Threading: not shared.
class DeviceBed {
public:
    explicit DeviceBed(Bytes script);
    ~DeviceBed();

    /// All moves, then the end of connection and session.
    void run();
    /// Packets that the client got: how much happened.
    std::size_t heard() const { return heard_; }

private:
    enum class Asked : std::uint8_t { asked, held };  // a publish: of the mesh, or kept for later

    void move();
    // The client.
    void connect();
    void say(Bytes bytes);
    void say_anything();
    template <class Packet>
    void write(const Packet& packet);
    void ping();
    void publish();
    void acknowledge();
    void acknowledge_anything();
    void subscribe();
    void unsubscribe();
    void disconnect();
    // The owner.
    void cut();
    void take_over();
    void greet();
    void answer_publish(Taken taken);
    void answer_subscriptions(bool grant);
    void store(StoreTicket upto);
    void deliver();
    void pass(Duration time);
    void congest();

    template <class Call>
    void call(Call call);
    void read_on();
    void hear(Bytes bytes);
    void hear(const mqtt::Publish& publish);
    void carry_out(const Action& action);
    void ask_store(StoreTicket ticket);
    void look();
    void finish();
    bool is_over() const { return connection_->phase() == Peer::Phase::closed; }
    bool is_open() const { return connection_ && connection_->phase() == Peer::Phase::open; }

    fuzz::Script script_;
    Settings settings_{};
    Counters counters_{};
    mqtt::Version version_{};
    Instant now_{std::chrono::hours{1}};
    std::unique_ptr<Session> session_{};
    std::unique_ptr<Connection> connection_{};
    Output out_{};
    Buffer input_{};  // that the connection does not read yet
    bool ended_ = false;
    std::size_t heard_ = 0;
    // The client.
    std::size_t packet_max_ = 0;
    std::size_t window_ = 0;
    std::size_t aliases_max_ = 0;
    std::map<std::uint32_t, std::string> aliases_{};
    bool knows_in_flight_ = true;  // as long as it says no bytes of the script's
    std::set<mqtt::PacketId> in_flight_{};
    std::vector<std::pair<mqtt::PacketType, mqtt::PacketId>> owed_{};
    // The owner.
    bool authenticates_ = false;  // it was asked, as the following
    bool opens_ = false;
    std::map<PublishTicket, Asked> publishes_{};
    std::vector<Subscribe> subscribes_{};
    std::vector<SubscribeTicket> unsubscribes_{};
    StoreTicket asked_of_store_ = 0;
    std::uint64_t last_token_ = 0;
    std::set<DeliveryToken> tokens_{};
    bool congested_ = false;
};

}  // namespace weft::session
