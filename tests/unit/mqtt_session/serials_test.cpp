#include "mqtt-gateway/session/serials.hpp"

#include "tests/unit/mqtt_session/world.hpp"

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace weft::session {

TEST_SUITE_BEGIN("mqtt serials");

namespace {

constexpr mqtt::PacketId kIds = 150;  // more than rows of free ids are kept
constexpr std::size_t kUnderWay = 4;

/// A device that sends again what it must, and a gateway that is killed at any time: what of its
/// requests was carried out is all that the next one knows.
class KillWalk {
public:
    explicit KillWalk(std::uint32_t seed) : dice_{seed} {
        world_.publishes = false;
        world_.stores = false;
        world_.settings.receive_maximum = 2 * kUnderWay;
        world_.on_action = [this](const Action& action) { on_action(action); };
        connect(/*clean=*/false);
    }

    void run(int steps) {
        for (int i = 0; i < steps; ++i) {
            step();
            look();
        }
        CHECK(commits_ > 0);
    }
    int shortened() const { return shortened_; }

private:
    struct Sent {
        int message = 0;
        bool received = false;  // PUBREC came
    };
    struct Asked {
        Action action;
        SessionRow row{};  // of StoreSession
    };

    std::uint32_t roll(std::uint32_t sides) {
        return std::uniform_int_distribution<std::uint32_t>{0, sides - 1}(dice_);
    }

    void step() {
        switch (roll(16)) {
            case 0:
                kill();
                break;
            case 1:
                connect(/*clean=*/roll(8) == 0);
                break;
            case 2:
            case 3:
            case 4:
            case 5:
                answer();
                break;
            case 6:
            case 7:
            case 8:
            case 9:
                commit(1 + roll(4));
                break;
            default:
                publish();
                break;
        }
    }

    void publish() {
        if (sent_.size() >= kUnderWay) {
            return;
        }
        do {
            last_id_ = static_cast<mqtt::PacketId>(last_id_ % kIds + 1);
        } while (sent_.contains(last_id_));
        sent_[last_id_] = {.message = ++last_message_};
        send(last_id_, false);
    }

    void send(mqtt::PacketId id, bool dup) {
        client_->publish({.payload = std::to_string(sent_[id].message),
                          .qos = Qos::exactly_once,
                          .id = id,
                          .dup = dup});
    }

    /// The mesh decides, or does not know.
    void answer() {
        if (open_.empty()) {
            return;
        }
        const std::uint64_t ticket = *open_.begin();
        open_.erase(open_.begin());
        static constexpr Taken kAnswers[]{Taken::accepted, Taken::accepted, Taken::accepted,
                                          Taken::unauthorized, Taken::late};
        const Taken taken = kAnswers[roll(5)];
        if (taken == Taken::late) {
            open_.insert(ticket);
        }
        client_->published(ticket, taken);
        look();
        if (client_->connection().phase() != Peer::Phase::open) {
            connect(/*clean=*/false);
        }
    }

    void commit(std::size_t most) {
        StoreTicket through = 0;
        for (; most > 0 && !pending_.empty(); --most) {
            const Asked asked = std::move(pending_.front());
            pending_.pop_front();
            through = std::max(through, apply(asked));
            ++commits_;
        }
        client_->stored(through);
    }

    StoreTicket apply(const Asked& asked) {
        if (std::holds_alternative<EraseSession>(asked.action)) {
            rows_.clear();
        } else if (const auto* session = std::get_if<StoreSession>(&asked.action)) {
            life_ = asked.row.life;
            base_ = asked.row.serial_base;
            return session->ticket;
        } else if (const auto* in = std::get_if<StoreIncoming>(&asked.action)) {
            rows_[in->use.id] = {.use = in->use, .taken = in->taken};
            return in->ticket;
        } else if (const auto* serials = std::get_if<StoreSerials>(&asked.action)) {
            base_ = serials->base;
            std::erase_if(rows_, [](const auto& row) { return !row.second.taken; });
            for (const Use& use : serials->under_way) {
                rows_.try_emplace(use.id, SessionRow::Incoming{.use = use});
            }
            CHECK(rows_.size() <= 2 * kUnderWay);
            return serials->ticket;
        }
        CHECK(rows_.size() <= Serials::kFreeMax + 4 * kUnderWay);
        return 0;
    }

    void on_action(const Action& action) {
        const Session* session =
            world_.sessions.contains("dev") ? world_.sessions["dev"].get() : nullptr;
        if (const auto* publish = std::get_if<Publish>(&action)) {
            const int message = std::stoi(std::string{as_text(publish->payload)});
            const auto name = std::pair{publish->use.id, publish->use.serial};
            CHECK(names_.try_emplace(name, message).first->second == message);  // N1
            CHECK(messages_.try_emplace(message, name).first->second == name);
            open_.insert(static_cast<std::uint64_t>(publish->ticket));
        } else if (const auto* gone = std::get_if<Abandon>(&action)) {
            open_.erase(static_cast<std::uint64_t>(gone->ticket));
        } else if (std::holds_alternative<StoreSession>(action)) {
            pending_.push_back({.action = action_of(action),
                                .row = {.life = session->life(),
                                        .serial_base = session->incoming().serials().base()}});
        } else if (std::holds_alternative<StoreIncoming>(action) ||
                   std::holds_alternative<StoreSerials>(action) ||
                   std::holds_alternative<EraseSession>(action)) {
            shortened_ += std::holds_alternative<StoreSerials>(action) ? 1 : 0;
            pending_.push_back({.action = action_of(action)});
        }
    }

    /// A copy: actions that have wills are not copied.
    static Action action_of(const Action& action) {
        if (const auto* session = std::get_if<StoreSession>(&action)) {
            return *session;
        }
        if (const auto* in = std::get_if<StoreIncoming>(&action)) {
            return *in;
        }
        if (const auto* serials = std::get_if<StoreSerials>(&action)) {
            return *serials;
        }
        return EraseSession{};
    }

    void look() {
        client_->asked();
        const std::string heard = client_->heard();
        for (std::size_t at = 0; at < heard.size();) {
            const std::size_t end = std::min(heard.find("; ", at), heard.size());
            on_heard(heard.substr(at, end - at));
            at = end + 2;
        }
    }

    void on_heard(const std::string& text) {
        const std::size_t space = text.find(' ');
        const auto id = space == std::string::npos
                            ? mqtt::PacketId{0}
                            : static_cast<mqtt::PacketId>(std::atoi(text.c_str() + space));
        if (text.starts_with("PUBREC ") && sent_.contains(id)) {
            if (text.find("not authorized") != std::string::npos) {
                sent_.erase(id);  // it is done, and the id is the device's again
                return;
            }
            sent_[id].received = true;
            client_->pubrel(id);
        } else if (text.starts_with("PUBCOMP ")) {
            sent_.erase(id);
        }
    }

    void kill() {
        client_->lose();
        pending_.clear();
        open_.clear();
        world_.sessions.clear();
        SessionRow row{.life = life_, .serial_base = base_};
        for (const auto& [id, each] : rows_) {
            row.incoming.push_back(each);
        }
        if (life_.epoch != 0) {
            world_.sessions["dev"] = std::make_unique<Session>(
                "dev", world_.settings, world_.counters, std::move(row), world_.now);
        }
        connect(/*clean=*/false);
    }

    void connect(bool clean) {
        if (client_) {
            client_->lose();
            look();
        }
        if (clean) {
            sent_.clear();
        }
        client_ = std::make_unique<Client>(world_, Version::v5);
        client_->connect(
            {.clean = clean, .properties = {{PropertyId::session_expiry_interval, 1000, {}}}});
        commit(1000);
        REQUIRE(client_->connection().phase() == Peer::Phase::open);
        look();
        std::vector<mqtt::PacketId> ids;
        for (const auto& [id, sent] : sent_) {
            ids.push_back(id);
        }
        for (const mqtt::PacketId id : ids) {
            if (sent_.contains(id)) {
                sent_[id].received ? client_->pubrel(id) : send(id, true);
            }
        }
        look();
    }

    std::mt19937 dice_;
    World world_{};
    // The device.
    mqtt::PacketId last_id_ = 0;
    int last_message_ = 0;
    std::map<mqtt::PacketId, Sent> sent_{};
    // The mesh.
    std::set<std::uint64_t> open_{};  // tickets
    std::map<std::pair<mqtt::PacketId, std::uint64_t>, int> names_{};
    std::map<int, std::pair<mqtt::PacketId, std::uint64_t>> messages_{};
    // The store.
    std::deque<Asked> pending_{};
    Life life_{};
    std::uint64_t base_ = 0;
    std::map<mqtt::PacketId, SessionRow::Incoming> rows_{};
    int commits_ = 0;
    int shortened_ = 0;
    std::unique_ptr<Client> client_{};  // the first to go: it asks until it is gone
};

}  // namespace

TEST_CASE("an id has the serial of its use until it is free, and then the next one") {
    Serials serials;
    CHECK(serials.use_of(7) == Use{7, 0});
    CHECK(serials.free(7) == Use{7, 1});
    CHECK(serials.use_of(7) == Use{7, 1});
    CHECK(serials.free(7) == Use{7, 2});
    CHECK(serials.use_of(8) == Use{8, 0});
}

TEST_CASE("rows of free ids are few: all get a serial that none of them had") {
    Serials serials;
    for (mqtt::PacketId id = 1; id <= Serials::kFreeMax; ++id) {
        serials.free(id);
    }
    serials.free(3);
    CHECK_FALSE(serials.is_long(true));
    serials.free(1000);
    CHECK(serials.is_long(true));
    CHECK_FALSE(serials.is_long(false));
    const std::vector<mqtt::PacketId> under_way{2, 3, 2000};
    serials.compact(under_way);
    CHECK_FALSE(serials.is_long(true));
    CHECK(serials.base() == 3);
    CHECK(serials.use_of(1) == Use{1, 3});
    CHECK(serials.use_of(2) == Use{2, 1});
    CHECK(serials.use_of(3) == Use{3, 2});
    CHECK(serials.use_of(2000) == Use{2000, 0});
    CHECK(serials.free(2000) == Use{2000, 1});
    serials.compact({});
    CHECK(serials.base() == 4);
    CHECK(serials.use_of(3) == Use{3, 4});
}

TEST_CASE("while serials begin anew nothing is published: after a kill it had another name") {
    World world;
    Client client{world, Version::v5};
    client.join({.clean = false, .properties = {{PropertyId::session_expiry_interval, 60, {}}}});
    const auto publish = [&](mqtt::PacketId id) {
        client.publish({.qos = Qos::exactly_once, .id = id});
        client.pubrel(id);
    };
    for (mqtt::PacketId id = 1; id <= Serials::kFreeMax; ++id) {
        publish(id);
    }
    client.heard();
    world.stores = false;
    client.publish({.qos = Qos::exactly_once, .id = 1000});
    client.stored(1000);
    client.pubrel(1000);
    CHECK_FALSE(client.connection().is_reading());
    client.asked();
    client.publish({.qos = Qos::exactly_once, .id = 1});
    CHECK(client.asked() == "");
    client.stored(1000);
    CHECK(client.connection().is_reading());
    CHECK(client.asked() == "publish 66 a q2 'x'; store incoming 1");
}

TEST_CASE("what comes again keeps its name, whatever is freed before it comes") {
    World world;
    SessionRow row{.life = {.birth = 17, .epoch = 5, .expiry_seconds = 60}};
    constexpr mqtt::PacketId kTaken = 200;
    for (mqtt::PacketId id = 1; id <= kTaken; ++id) {
        row.incoming.push_back({.use = {.id = id, .serial = 1}, .taken = true});
    }
    world.sessions["dev"] =
        std::make_unique<Session>("dev", world.settings, world.counters, std::move(row), world.now);
    std::vector<Use> uses;
    world.on_action = [&uses](const Action& action) {
        if (const auto* publish = std::get_if<Publish>(&action)) {
            uses.push_back(publish->use);
        }
    };
    Client client{world, Version::v5};
    client.join({.clean = false, .properties = {{PropertyId::session_expiry_interval, 60, {}}}});
    for (mqtt::PacketId id = 1; id < kTaken; ++id) {
        client.pubrel(id);
    }
    CHECK(client.asked().find("serials") == std::string::npos);
    client.publish({.qos = Qos::exactly_once, .id = 1000, .dup = true});
    client.publish({.qos = Qos::exactly_once, .id = 1001});
    CHECK(uses == std::vector<Use>{{1000, 0}, {1001, 0}});
    client.pubrel(kTaken);
    CHECK(client.asked().find("serials 3") != std::string::npos);
}

TEST_CASE("a name is one message's, and a message has one name, whoever is killed when") {
    int shortened = 0;
    for (std::uint32_t seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        KillWalk walk{seed};
        walk.run(1500);
        shortened += walk.shortened();
    }
    CHECK(shortened > 0);
}

TEST_SUITE_END();

}  // namespace weft::session
