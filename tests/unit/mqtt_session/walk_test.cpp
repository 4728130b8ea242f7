#include "tests/unit/mqtt_session/world.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace weft::session {

TEST_SUITE_BEGIN("mqtt walk");

namespace {

/// A device, a mesh and a store that do what they may in any order, over connections that are cut
/// at any time. What each of them was promised is counted.
class Walk {
public:
    Walk(std::uint32_t seed, Version version) : dice_{seed}, version_{version} {
        world_.publishes = false;
        world_.stores = false;
        world_.settings.receive_maximum = 4;
        world_.settings.in_flight_max = 3;
        world_.settings.on_reject = Rejected::ack;
        reconnect();
        client_->subscribe(60'000, {{.filter = "a", .qos = Qos::exactly_once}});
    }

    void run(int steps) {
        for (int i = 0; i < steps; ++i) {
            step();
            look();
            if (client_->connection().phase() != Peer::Phase::open && !is_opening()) {
                reconnect();
            }
        }
        finish();
    }

private:
    struct Sent {
        int message = 0;
        Qos qos = Qos::at_least_once;
        bool received = false;  // PUBREC came
    };

    std::uint32_t roll(std::uint32_t sides) {
        return std::uniform_int_distribution<std::uint32_t>{0, sides - 1}(dice_);
    }
    bool is_opening() const { return client_->connection().phase() == Peer::Phase::opening; }

    void step() {
        switch (roll(9)) {
            case 0:
            case 1:
                publish(static_cast<Qos>(1 + roll(2)));
                break;
            case 2:
            case 3:
                answer_publish(roll(4) == 0 ? Taken::unknown : Taken::accepted);
                break;
            case 4:
                client_->stored(asked_of_store_ - roll(2));
                break;
            case 5:
                deliver(next_message_++, static_cast<Qos>(roll(3)));
                break;
            case 6:
            case 7:
                acknowledge();
                break;
            case 8:
                if (roll(4) == 0) {
                    reconnect();
                } else {
                    world_.pass(std::chrono::milliseconds{100});
                    client_->tick();
                }
                break;
        }
    }

    /// The old connection is cut, or taken away.
    void reconnect() {
        if (client_) {
            client_->lose();
            look();
        }
        owed_.clear();
        client_ = std::make_unique<Client>(world_, version_);
        Client::Options options{.clean = false};
        if (version_ == Version::v5) {
            options.properties = {{PropertyId::session_expiry_interval, 1000, {}}};
        }
        client_->connect(options);
        look();
        client_->stored(asked_of_store_);
        look();
        REQUIRE(client_->connection().phase() == Peer::Phase::open);
        for (auto& [id, sent] : sent_) {
            sent.received ? client_->pubrel(id) : send(id, sent, true);
        }
        look();
    }

    void send(mqtt::PacketId id, const Sent& sent, bool dup) {
        client_->publish(
            {.payload = std::to_string(sent.message), .qos = sent.qos, .id = id, .dup = dup});
    }

    void publish(Qos qos) {
        if (sent_.size() >= 4) {
            return;
        }
        do {
            last_id_ = static_cast<mqtt::PacketId>(last_id_ % 20 + 1);
        } while (sent_.contains(last_id_));
        const Sent& sent = sent_[last_id_] = {.message = next_message_++, .qos = qos};
        send(last_id_, sent, false);
    }

    void answer_publish(Taken taken) {
        if (asked_.empty()) {
            return;
        }
        auto at = asked_.begin();
        std::advance(at, roll(static_cast<std::uint32_t>(asked_.size())));
        const auto [ticket, number] = *at;
        asked_.erase(at);
        if (taken == Taken::accepted) {
            ++accepted_[number];
        } else {
            again_[ticket] = number;
        }
        client_->published(ticket, taken);
    }

    void deliver(int message_number, Qos qos) {
        const std::uint64_t token = roll(2) == 0 ? 0 : static_cast<std::uint64_t>(message_number);
        if (qos != Qos::at_most_once) {
            wanted_[message_number] = qos;
        }
        give(message_number, qos, token);
    }

    void give(int message_number, Qos qos, std::uint64_t token) {
        if (token != 0) {
            REQUIRE(unsettled_.insert(message_number).second);
        }
        client_->deliver(
            {.message = message({.payload = std::to_string(message_number), .qos = qos}),
             .token = DeliveryToken{token},
             .id = static_cast<mqtt::PacketId>(token == 0 ? 0 : 40'000 + token % 3)});
    }

    /// The device answers what it owes, in its order.
    void acknowledge() {
        if (!owed_.empty()) {
            const auto [type, id] = owed_.front();
            owed_.erase(owed_.begin());
            client_->ack(type, id);
        }
    }

    /// What was heard and asked.
    void look() {
        for (std::string asked = client_->asked(), heard = client_->heard();
             !asked.empty() || !heard.empty(); asked = client_->asked(), heard = client_->heard()) {
            each(asked, [this](const std::string& one) { on_asked(one); });
            each(heard, [this](const std::string& one) { on_heard(one); });
        }
    }

    template <class Take>
    static void each(const std::string& all, Take take) {
        for (std::size_t at = 0; at < all.size();) {
            const std::size_t end = std::min(all.find("; ", at), all.size());
            take(all.substr(at, end - at));
            at = end + 2;
        }
    }

    static int quoted(const std::string& text) {
        return std::atoi(text.c_str() + text.find('\'') + 1);
    }
    static mqtt::PacketId number_behind(const std::string& text, std::string_view word) {
        const std::size_t at = text.find(word);
        REQUIRE(at != std::string::npos);
        return static_cast<mqtt::PacketId>(std::atoi(text.c_str() + at + word.size()));
    }

    void on_asked(const std::string& text) {
        if (text.starts_with("publish ")) {
            asked_[number_behind(text, "publish ")] = quoted(text);
        } else if (text.starts_with("republish ")) {
            const auto ticket = number_behind(text, "republish ");
            REQUIRE(again_.contains(ticket));
            asked_[ticket] = again_[ticket];
            again_.erase(ticket);
        } else if (text.starts_with("abandon ")) {
            asked_.erase(number_behind(text, "abandon "));
            again_.erase(number_behind(text, "abandon "));
        } else if (text.starts_with("store ") || text.starts_with("await store") ||
                   text.starts_with("forget incoming")) {
            ++asked_of_store_;
        } else if (text.starts_with("settle ")) {
            const int message_number = number_behind(text, "settle ");
            CHECK(unsettled_.erase(message_number) == 1);  // exactly once
            if (text.ends_with("released")) {
                released_.push_back(message_number);
            }
        }
    }

    void on_heard(const std::string& text) {
        if (text.starts_with("PUBLISH ")) {
            on_delivered(text);
        } else if (text.starts_with("PUBREL ")) {
            const auto id = number_behind(text, "PUBREL ");
            holds_.erase(id);
            owed_.emplace_back(mqtt::PacketType::pubcomp, id);
        } else if (text.starts_with("PUBACK ")) {
            const auto id = number_behind(text, "PUBACK ");
            REQUIRE(sent_.contains(id));
            CHECK(accepted_[sent_[id].message] >= 1);
            sent_.erase(id);
        } else if (text.starts_with("PUBREC ")) {
            const auto id = number_behind(text, "PUBREC ");
            REQUIRE(sent_.contains(id));
            CHECK(accepted_[sent_[id].message] == 1);
            sent_[id].received = true;
            client_->pubrel(id);
        } else if (text.starts_with("PUBCOMP ")) {
            sent_.erase(number_behind(text, "PUBCOMP "));
        }
    }

    void on_delivered(const std::string& text) {
        const int number = quoted(text);
        if (text.find(" q0") != std::string::npos) {
            return;
        }
        const auto id = number_behind(text, "#");
        if (text.find(" q1") != std::string::npos) {
            ++delivered_[number];
            owed_.emplace_back(mqtt::PacketType::puback, id);
            return;
        }
        if (holds_.insert(id).second) {
            ++delivered_[number];
        }
        owed_.emplace_back(mqtt::PacketType::pubrec, id);
    }

    /// All that is open is answered, until nothing is.
    void finish() {
        for (int i = 0; i < 200; ++i) {
            answer_publish(Taken::accepted);
            client_->stored(asked_of_store_);
            acknowledge();
            world_.pass(std::chrono::milliseconds{100});
            client_->tick();
            look();
            if (const std::vector<int> back = std::exchange(released_, {}); !back.empty()) {
                for (const int number : back) {  // the mesh has them still
                    if (wanted_.contains(number)) {
                        give(number, wanted_[number], static_cast<std::uint64_t>(number));
                    }
                }
                look();
            }
            REQUIRE(client_->connection().phase() == Peer::Phase::open);
        }
        CHECK(sent_.empty());
        CHECK(unsettled_.empty());
        CHECK(client_->session().outgoing().in_flight() == 0);
        CHECK(client_->session().outgoing().waiting() == 0);
        CHECK(client_->session().incoming().unfinished() == 0);
        CHECK(client_->session().incoming().received() == 0);
        CHECK(world_.counters.queued_bytes == 0);
        CHECK(world_.counters.dropped_full == 0);
        CHECK(world_.counters.faults == 0);
        for (const auto& [number, qos] : wanted_) {
            CAPTURE(number);
            CHECK(delivered_[number] >= 1);
            CHECK((qos == Qos::at_least_once || delivered_[number] == 1));
        }
    }

    std::mt19937 dice_;
    Version version_;
    World world_{};
    std::unique_ptr<Client> client_{};
    int next_message_ = 1;
    StoreTicket asked_of_store_ = 0;
    // The device.
    mqtt::PacketId last_id_ = 0;
    std::map<mqtt::PacketId, Sent> sent_{};
    std::vector<std::pair<mqtt::PacketType, mqtt::PacketId>> owed_{};
    std::set<mqtt::PacketId> holds_{};  // QoS 2 without PUBREL
    std::map<int, int> delivered_{};    // by message
    // The mesh.
    std::map<std::uint64_t, int> asked_{};  // message by ticket
    std::map<std::uint64_t, int> again_{};  // that it may be asked again
    std::map<int, int> accepted_{};         // by message
    std::map<int, Qos> wanted_{};           // that the device is to get
    std::set<int> unsettled_{};
    std::vector<int> released_{};
};

}  // namespace

TEST_CASE("nothing is lost, and no QoS 2 doubled, whatever is cut when") {
    for (std::uint32_t seed = 1; seed <= 12; ++seed) {
        CAPTURE(seed);
        for (const Version version : {Version::v3_1_1, Version::v5}) {
            Walk{seed, version}.run(150);
        }
    }
}

TEST_SUITE_END();

}  // namespace weft::session
