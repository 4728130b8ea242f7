#include "tests/unit/mqtt_session/world.hpp"

#include <algorithm>
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

TEST_SUITE_BEGIN("mqtt outgoing kill");

namespace {

constexpr int kQueueIds = 5;  // of messages in the queue

/// A session with a queue, and messages that nobody but it has; a device that goes on whatever
/// happens; and a gateway that is killed at any time. What of its requests was carried out is all
/// that the next one knows.
class IdWalk {
public:
    explicit IdWalk(std::uint32_t seed) : dice_{seed} {
        world_.stores = false;
        world_.settings.in_flight_max = 4;
        world_.on_action = [this](const Action& action) { on_action(action); };
        connect();
        client_->subscribe(1, {{.filter = "a", .qos = Qos::exactly_once}});
        commit(1000);
        look();
    }

    void run(int steps) {
        for (int i = 0; i < steps; ++i) {
            step();
            look();
        }
        for (int i = 0; i < 400; ++i) {
            read_queue();
            commit(1000);
            acknowledge();
            look();
        }
        CHECK(queue_.empty());
        CHECK(outgoing_.empty());
        for (const int message : queued_) {
            CAPTURE(message);
            CHECK(had_[message] == 1);
        }
    }

private:
    struct Queued {  // a message comes to the queue
        int number = 0;
        int message = 0;
    };
    using Change = std::variant<Queued, StoreOutgoing, ForgetOutgoing, AwaitStore, StoreTicket>;

    std::uint32_t roll(std::uint32_t sides) {
        return std::uniform_int_distribution<std::uint32_t>{0, sides - 1}(dice_);
    }

    void step() {
        switch (roll(12)) {
            case 0:
                kill();
                break;
            case 1:
                connect();
                break;
            case 2:
            case 3:
            case 4:
                commit(1 + roll(3));
                break;
            case 5:
            case 6:
                queue();
                break;
            case 7:
                client_->deliver({.message = message_of(++last_message_)});
                break;
            case 8:
                read_queue();
                break;
            default:
                acknowledge();
                break;
        }
    }

    static MessagePtr message_of(int number) {
        return message({.payload = std::to_string(number), .qos = Qos::exactly_once});
    }

    /// One for the queue; at once to its device if nothing is before it.
    void queue() {
        const bool at_once = read_ == last_;
        queued_.insert(++last_message_);
        pending_.emplace_back(Queued{++last_, last_message_});
        if (at_once) {
            read_ = last_;
            give(last_, last_message_);
        }
    }

    void give(int number, int message) {
        tokens_[number] = number;
        client_->deliver({.message = message_of(message),
                          .token = DeliveryToken{static_cast<std::uint64_t>(number)},
                          .id = static_cast<mqtt::PacketId>(40'000 + number % kQueueIds),
                          .again = number <= known_});
    }

    /// What is on disk and was not given.
    void read_queue() {
        for (const auto& [number, message] : queue_) {
            if (number > read_ && client_->session().credit() > 0) {
                read_ = number;
                if (!tokens_.contains(number)) {
                    give(number, message);
                }
            }
        }
    }

    void commit(std::size_t most) {
        StoreTicket through = 0;
        for (; most > 0 && !pending_.empty(); --most) {
            const Change change = pending_.front();
            pending_.pop_front();
            if (const auto* queued = std::get_if<Queued>(&change)) {
                queue_[queued->number] = queued->message;
            } else if (const auto* store = std::get_if<StoreOutgoing>(&change)) {
                outgoing_.insert(store->id);
                queue_.erase(static_cast<int>(store->token));
                through = store->ticket;
            } else if (const auto* forget = std::get_if<ForgetOutgoing>(&change)) {
                outgoing_.erase(forget->id);
            } else if (const auto* wait = std::get_if<AwaitStore>(&change)) {
                through = wait->ticket;
            } else {
                through = std::get<StoreTicket>(change);
            }
        }
        client_->stored(through);
    }

    void on_action(const Action& action) {
        if (const auto* store = std::get_if<StoreOutgoing>(&action)) {
            pending_.emplace_back(*store);
        } else if (const auto* forget = std::get_if<ForgetOutgoing>(&action)) {
            pending_.emplace_back(*forget);
        } else if (const auto* wait = std::get_if<AwaitStore>(&action)) {
            pending_.emplace_back(*wait);
        } else if (const auto* session = std::get_if<StoreSession>(&action)) {
            pending_.emplace_back(session->ticket);
        } else if (const auto* subscription = std::get_if<StoreSubscription>(&action)) {
            pending_.emplace_back(subscription->ticket);
        } else if (const auto* settle = std::get_if<Settle>(&action)) {
            const int number = static_cast<int>(settle->token);
            tokens_.erase(number);
            if (settle->settlement == Settlement::released) {
                read_ = std::min(read_, number - 1);
            }
        }
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
        if (text.starts_with("PUBREL ")) {
            const auto id = static_cast<mqtt::PacketId>(std::stoi(text.substr(7)));
            holds_.erase(id);
            owed_.emplace_back(mqtt::PacketType::pubcomp, id);
        } else if (text.starts_with("PUBLISH ")) {
            const auto id = static_cast<mqtt::PacketId>(std::stoi(text.substr(text.find('#') + 1)));
            const int message = std::stoi(text.substr(text.find('\'') + 1));
            const auto [place, fresh] = holds_.try_emplace(id, message);
            CHECK(place->second == message);  // D4
            had_[message] += fresh ? 1 : 0;
            owed_.emplace_back(mqtt::PacketType::pubrec, id);
        }
    }

    void acknowledge() {
        if (!owed_.empty()) {
            const auto [type, id] = owed_.front();
            owed_.pop_front();
            client_->ack(type, id);
        }
    }

    /// Messages that were not on disk come again: nobody was told that the gateway has them.
    void kill() {
        client_->lose();
        look();
        std::vector<int> again;
        for (const auto& change : pending_) {
            if (const auto* queued = std::get_if<Queued>(&change)) {
                again.insert(again.begin() + roll(static_cast<std::uint32_t>(again.size()) + 1),
                             queued->message);
            }
        }
        pending_.clear();
        tokens_.clear();
        read_ = 0;
        last_ = known_ = queue_.empty() ? 0 : queue_.rbegin()->first;
        SessionRow row{.life = {.birth = 1, .epoch = 1, .expiry_seconds = 1000},
                       .outgoing = {outgoing_.begin(), outgoing_.end()}};
        row.subscriptions = {{.filter = "a", .qos = Qos::exactly_once}};
        world_.sessions["dev"] = std::make_unique<Session>("dev", world_.settings, world_.counters,
                                                           std::move(row), world_.now);
        connect();
        for (const int message : again) {
            pending_.emplace_back(Queued{++last_, message});
        }
    }

    void connect() {
        if (client_) {
            client_->lose();
            look();
        }
        owed_.clear();
        client_ = std::make_unique<Client>(world_, Version::v5);
        client_->connect(
            {.clean = false, .properties = {{PropertyId::session_expiry_interval, 1000, {}}}});
        commit(1000);
        REQUIRE(client_->connection().phase() == Peer::Phase::open);
        look();
    }

    std::mt19937 dice_;
    World world_{};
    int last_message_ = 0;
    std::set<int> queued_{};
    // The device.
    std::map<mqtt::PacketId, int> holds_{};  // messages without PUBREL
    std::map<int, int> had_{};
    std::deque<std::pair<mqtt::PacketType, mqtt::PacketId>> owed_{};
    // The gateway.
    std::map<int, int> tokens_{};  // numbers that the session has
    int read_ = 0;
    int last_ = 0;
    int known_ = 0;
    // The store.
    std::deque<Change> pending_{};
    std::map<int, int> queue_{};
    std::set<mqtt::PacketId> outgoing_{};
    std::unique_ptr<Client> client_{};  // the first to go
};

}  // namespace

TEST_CASE("an identifier means one message to the device, whoever is killed when") {
    for (std::uint32_t seed = 1; seed <= 25; ++seed) {
        CAPTURE(seed);
        IdWalk{seed}.run(800);
    }
}

TEST_SUITE_END();

}  // namespace weft::session
