#include "tests/simulation/core_audit.hpp"
#include "tests/simulation/mesh_sim_messages.hpp"
#include "tests/simulation/mesh_sim_node.hpp"
#include "tests/simulation/seeds.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

/// Routers joined by wires that take their time, and clients that do at random what clients do. Of
/// each three seeds one leaves the mesh alone, one lets clients come and go, and one breaks wires
/// too.
///
/// seeds.hpp says which seeds run.
namespace weft::router {
namespace {

constexpr int kSteps = 1200;
constexpr std::size_t kReply = 3;  // the address of a dynamic consumer; those before are by name
constexpr std::array<const char*, kReply> kNames{"any", "near", "many"};
constexpr std::size_t kMany = 2;

enum class Mood : std::uint8_t { calm, restless, broken };

class Simulation {
public:
    explicit Simulation(std::uint64_t seed) : random_{seed}, mood_{static_cast<Mood>(seed % 3)} {
        truth_.size = 3 + below(6);
        for (std::size_t i = 0; i < truth_.size; ++i) {
            nodes_.push_back(std::make_unique<Node>(i, truth_.size, now_));
            rule(nodes_[i]->core, "near", Distribution::closest);
            rule(nodes_[i]->core, "many", Distribution::multicast);
        }
        for (std::size_t i = 1; i < truth_.size; ++i) {
            connect(below(i), i);
        }
        for (std::size_t more = below(truth_.size); more > 0; --more) {
            connect(below(truth_.size), below(truth_.size));
        }
        for (std::size_t i = 0; i < 6; ++i) {
            attach_consumer();
        }
        come_to_rest();
        for (std::size_t i = 0; i < 6; ++i) {
            attach_producer();
        }
    }

    /// What went wrong; empty if nothing did.
    std::string run() {
        for (step_ = 0; step_ < kSteps && ledger_.fault.empty(); ++step_) {
            act();
            look(step_ % 8 == 0);
        }
        settle_all();
        if (ledger_.fault.empty()) {
            ledger_.check_fates();
        }
        part();
        return ledger_.fault.empty() ? "" : "step " + std::to_string(step_) + ": " + ledger_.fault;
    }

private:
    struct Client {
        std::size_t node = 0;
        Peer* peer = nullptr;
        std::size_t address = 0;
        std::uint8_t priority = 0;
        bool streams = false;
        MeshMessage* current = nullptr;
    };

    std::size_t below(std::size_t bound) { return random_() % bound; }
    bool chance(std::size_t percent) { return below(100) < percent; }

    static void rule(Core& core, const char* address, Distribution distribution) {
        auto pattern = AddressPattern::parse(AddressPattern::Grammar::address, address);
        Treatment treatment;
        treatment.distribution = distribution;
        static_cast<void>(
            core.rules().add({.name = {}, .pattern = *pattern, .treatment = treatment}));
    }

    // --- the mesh ------------------------------------------------------------------------------

    bool at_rest() const {
        return std::ranges::all_of(
            nodes_, [this](const auto& node) { return node->knows(truth_, nodes_); });
    }
    void come_to_rest() {
        for (const auto& node : nodes_) {
            node->learn(truth_, nodes_);
        }
    }

    void connect(std::size_t one, std::size_t other) {
        const std::pair ends = std::minmax(one, other);
        if (one == other || truth_.links.contains(ends)) {
            return;
        }
        WireEnd::Options options;
        options.room_bytes = chance(50) ? 300 + below(3000) : 100'000;
        options.frame_bytes_max = chance(50) ? 64 + below(500) : 16'384;
        options.accepts_streams = chance(80);
        for (std::size_t more = below(4); more > 0; --more) {
            options.priorities.insert(static_cast<std::uint8_t>(below(kPriorities)));
        }
        Node& first = *nodes_[ends.first];
        Node& second = *nodes_[ends.second];
        first.ends[ends.second] = std::make_unique<WireEnd>(first.core, now_, options);
        second.ends[ends.first] = std::make_unique<WireEnd>(second.core, now_, options);
        WireEnd::join(*first.ends[ends.second], *second.ends[ends.first]);
        truth_.links[ends] = static_cast<std::uint32_t>(1 + below(3));
        first.learn(truth_, nodes_);
        second.learn(truth_, nodes_);
        ledger_.disturb();
    }

    void disconnect() {
        auto at = truth_.links.begin();
        std::advance(at, static_cast<std::ptrdiff_t>(below(truth_.links.size())));
        const auto [one, other] = at->first;
        truth_.links.erase(at);
        ledger_.disturb();
        nodes_[one]->lose(other, truth_);
        nodes_[other]->lose(one, truth_);
        forget(one, other);
        forget(other, one);
    }
    void forget(std::size_t node, std::size_t neighbour) {
        keep_faults(*nodes_[node]->ends.at(neighbour));
        nodes_[node]->ends.erase(neighbour);
    }

    void change_mesh() {
        if (mood_ != Mood::broken) {
            return;
        }
        if (chance(50) && !truth_.links.empty()) {
            disconnect();
        } else if (chance(20) && !truth_.links.empty()) {
            auto at = truth_.links.begin();
            std::advance(at, static_cast<std::ptrdiff_t>(below(truth_.links.size())));
            at->second = static_cast<std::uint32_t>(1 + below(5));
            ledger_.disturb();
        } else {
            connect(below(truth_.size), below(truth_.size));
        }
    }

    WireEnd* some_end() {
        Node& node = *nodes_[below(nodes_.size())];
        if (node.ends.empty()) {
            return nullptr;
        }
        auto at = node.ends.begin();
        std::advance(at, static_cast<std::ptrdiff_t>(below(node.ends.size())));
        return at->second.get();
    }

    // --- clients -------------------------------------------------------------------------------

    FakePort& port_of(const Client& client) { return nodes_[client.node]->clients; }

    void attach_consumer() {
        Client client;
        client.node = below(nodes_.size());
        client.address = below(kReply + 1);
        const bool dynamic = client.address == kReply;
        client.peer = &port_of(client).attach(
            {.direction = Direction::out,
             .address = dynamic ? std::string_view{} : std::string_view(kNames[client.address]),
             .dynamic = dynamic,
             .presettles = chance(20)});
        if (dynamic) {
            client.address = kReply + replies_.size();
            replies_.push_back(client.peer->address);
        }
        consumers_.push_back(client);
        ledger_.disturb();
    }

    void attach_producer() {
        Client client;
        client.node = below(nodes_.size());
        client.address = below(kReply + replies_.size());
        client.streams = chance(20) && client.address != kMany;
        client.priority = static_cast<std::uint8_t>(below(kPriorities));
        client.peer =
            &port_of(client).producer(client.address < kReply ? std::string(kNames[client.address])
                                                              : replies_[client.address - kReply],
                                      static_cast<std::uint16_t>(1 + below(12)));
        producers_.push_back(client);
    }

    void change_clients() {
        if (mood_ == Mood::calm) {
            return;
        }
        if (chance(40) && consumers_.size() < 12) {
            attach_consumer();
        } else if (chance(40) && producers_.size() < 10) {
            attach_producer();
        } else if (chance(60) && !consumers_.empty()) {
            const std::size_t which = below(consumers_.size());
            ledger_.disturb();
            port_of(consumers_[which]).detach(*consumers_[which].peer);
            consumers_.erase(consumers_.begin() + static_cast<std::ptrdiff_t>(which));
        } else if (!producers_.empty()) {
            const std::size_t which = below(producers_.size());
            detach_producer(producers_[which]);
            producers_.erase(producers_.begin() + static_cast<std::ptrdiff_t>(which));
        }
    }

    void detach_producer(const Client& client) {
        look(false);
        for (MeshMessage& message : ledger_.messages()) {
            if (message.producer == client.peer) {
                message.deserted = true;
                message.cut_off = message.cut_off || !message.whole;
            }
        }
        port_of(client).detach(*client.peer);
    }

    MeshMessage& begin(Client& producer) {
        MeshMessage& message = ledger_.add(*producer.peer);
        message.settled = chance(50);
        message.multicast = producer.address == kMany;
        message.streamed = producer.streams;
        const Tree tree = shortest_paths(truth_, producer.node);
        bool reachable = false;
        for (const Client& consumer : consumers_) {
            if (consumer.address == producer.address && tree.reaches(consumer.node)) {
                reachable = true;
                if (message.multicast) {
                    message.targets.insert(consumer.peer);
                }
            }
        }
        message.restless = !at_rest() || !reachable;
        std::string body = std::string(MeshLedger::kMark) + std::to_string(message.number) + ".";
        body.append(producer.streams ? 60'000 + below(60'000)
                    : chance(15)     ? below(5000)
                                     : below(80),
                    static_cast<char>('a' + below(26)));
        message.bytes = {0x00, 0x53, 0x70, 0xc0, 0x04, 0x02, 0x40, 0x50, producer.priority};
        append(message.bytes, chance(30) ? annotated_message(body, false) : plain_message(body));
        return message;
    }

    void send() {
        if (producers_.empty()) {
            return;
        }
        Client& producer = producers_[below(producers_.size())];
        if (producer.peer->sending || producer.peer->may_send > 0) {
            send(producer, chance(60));
        }
    }

    void send(Client& producer, bool rest) {
        FakePort& port = port_of(producer);
        if (!producer.peer->sending) {
            producer.current = &begin(producer);
            ledger_.note_id(*producer.current, port.next_incoming_id());
        }
        MeshMessage& message = *producer.current;
        if (mood_ != Mood::calm && chance(1)) {
            message.cut_off = true;
            port.send(*producer.peer, {}, {.settled = message.settled, .aborted = true});
            return;
        }
        const std::size_t left = message.bytes.size() - message.at;
        const std::size_t most = producer.streams ? 16'000 : left;
        const std::size_t size = rest ? std::min(left, most) : below(std::min(left, most) + 1);
        const Bytes piece = Bytes(message.bytes).subspan(message.at, size);
        message.at += size;
        message.whole = size == left;
        port.send(*producer.peer, piece, {.settled = message.settled, .more = !message.whole});
    }

    void give_credit() {
        if (!consumers_.empty()) {
            const Client& consumer = consumers_[below(consumers_.size())];
            port_of(consumer).give_credit(*consumer.peer, static_cast<std::uint32_t>(below(8)));
        }
    }

    void answer() {
        if (consumers_.empty()) {
            return;
        }
        const Client& consumer = consumers_[below(consumers_.size())];
        for (std::size_t i = 0; i < consumer.peer->got.size(); ++i) {
            const Got& got = consumer.peer->got[i];
            if (!got.known || !got.complete || chance(40)) {
                continue;
            }
            MeshMessage* const message = ledger_.of(got);
            ledger_.expect(message != nullptr, "garbage arrived");
            if (message == nullptr) {
                return;
            }
            if (mood_ != Mood::calm && chance(5)) {
                message->restless = true;
                port_of(consumer).update(*consumer.peer, got.id, kReleased, /*settled=*/true);
            } else {
                message->accepted = true;
                port_of(consumer).update(*consumer.peer, got.id, kAccepted,
                                         /*settled=*/!chance(10));
            }
        }
    }

    /// Producers settle what their consumers decided on but left to them.
    void settle_decided() {
        for (const Client& producer : producers_) {
            const std::map unsettled = producer.peer->unsettled;
            for (const auto& entry : unsettled) {
                const DeliveryId id = entry.first;
                const auto decided = [id](const Told& told) { return told.id == id; };
                if (std::ranges::any_of(producer.peer->told, decided)) {
                    MeshMessage* const message = ledger_.find(*producer.peer, id);
                    ++message->outcomes;
                    message->outcome = Outcome::accepted;
                    port_of(producer).settle_sent(*producer.peer, id, kAccepted);
                }
            }
        }
    }

    void change_room() {
        FakePort& port = nodes_[below(nodes_.size())]->clients;
        if (chance(40)) {
            port.room = below(300);
        } else {
            port.make_room(chance(50) ? FakePort::kEndless : below(3000));
        }
    }

    void pass_time() {
        now_ += std::chrono::milliseconds(below(500));
        for (const auto& node : nodes_) {
            node->core.tick(now_);
        }
        for (const Client& producer : producers_) {
            if (producer.peer->asked_to_drain && chance(50)) {
                port_of(producer).give_back(*producer.peer);
            }
        }
    }

    // --- steps ---------------------------------------------------------------------------------

    void act() {
        const std::size_t choice = below(100);
        if (choice < 35) {
            send();
        } else if (choice < 65) {
            if (WireEnd* end = some_end()) {
                end->carry(1 + below(12));
            }
        } else if (choice < 75) {
            answer();
        } else if (choice < 84) {
            give_credit();
        } else if (choice < 87) {
            settle_decided();
        } else if (choice < 91) {
            if (chance(20)) {
                come_to_rest();
            } else {
                nodes_[below(nodes_.size())]->learn(truth_, nodes_);
            }
        } else if (choice < 93) {
            change_room();
        } else if (choice < 95) {
            pass_time();
        } else if (choice < 98) {
            change_clients();
        } else {
            change_mesh();
        }
    }

    void keep_faults(WireEnd& end) {
        if (!end.faults.empty()) {
            ledger_.expect(false, end.faults.front());
        }
    }

    void look(bool closely) {
        for (const auto& node : nodes_) {
            for (const auto& entry : node->ends) {
                keep_faults(*entry.second);
            }
            if (closely) {
                node->clients.check_contexts();
                for (const std::string& fault : audit(node->core)) {
                    ledger_.expect(false, fault);
                }
            }
            if (!node->clients.faults.empty()) {
                ledger_.expect(false, node->clients.faults.front());
            }
            for (const auto& peer : node->clients.peers()) {
                ledger_.look_at_arrivals(*peer);
            }
        }
        for (const auto& node : nodes_) {
            for (const auto& peer : node->clients.peers()) {
                ledger_.look_at_outcomes(*peer);
            }
        }
    }

    void carry_all() {
        for (bool moved = true; moved && ledger_.fault.empty();) {
            moved = false;
            for (const auto& node : nodes_) {
                for (const auto& entry : node->ends) {
                    moved = moved || !entry.second->idle();
                    entry.second->carry(entry.second->waiting());
                }
            }
        }
    }

    /// Everybody finishes what they began, takes all and answers all.
    void settle_all() {
        come_to_rest();
        for (int round = 0; round < 24 && ledger_.fault.empty(); ++round) {
            for (const auto& node : nodes_) {
                node->clients.make_room(FakePort::kEndless);
            }
            for (Client& producer : producers_) {
                while (producer.peer->sending) {
                    send(producer, /*rest=*/true);
                }
                if (producer.peer->asked_to_drain) {
                    port_of(producer).give_back(*producer.peer);
                }
            }
            carry_all();
            for (const Client& consumer : consumers_) {
                port_of(consumer).give_credit(*consumer.peer, 10'000);
                for (std::size_t i = 0; i < consumer.peer->got.size(); ++i) {
                    const Got& got = consumer.peer->got[i];
                    MeshMessage* message = got.known && got.complete ? ledger_.of(got) : nullptr;
                    if (message != nullptr) {
                        message->accepted = true;
                        port_of(consumer).accept(*consumer.peer, got.id);
                    }
                }
            }
            carry_all();
            settle_decided();
            pass_time();
            look(true);
        }
        for (const auto& node : nodes_) {
            ledger_.expect(node->core.deliveries().in_use() == 0,
                           "deliveries are left though all is settled");
            ledger_.expect(node->core.deliveries().held_bytes() == 0,
                           "bytes are left though all is settled");
        }
        for (const Client& producer : producers_) {
            const Peer& peer = *producer.peer;
            ledger_.expect(!peer.link->granted || peer.may_send == peer.capacity, "credit leaks");
        }
    }

    void part() {
        while (!truth_.links.empty()) {
            disconnect();
        }
        for (const auto& node : nodes_) {
            for (const auto& peer : node->clients.peers()) {
                if (peer->link != nullptr) {
                    node->clients.detach(*peer);
                }
            }
            node->leave_mesh();
            node->core.tick(now_);
            ledger_.expect(node->core.addresses().size() == 0, "an address is left");
            ledger_.expect(node->core.deliveries().in_use() == 0, "deliveries are left");
        }
    }

    std::mt19937_64 random_;
    Mood mood_;
    Instant now_{std::chrono::hours(1)};
    Graph truth_;
    std::vector<std::unique_ptr<Node>> nodes_;
    std::vector<Client> consumers_;
    std::vector<Client> producers_;
    std::vector<std::string> replies_;
    MeshLedger ledger_;
    int step_ = 0;
};

}  // namespace

TEST_CASE("a mesh loses, doubles, changes and leaks nothing") {
    test::for_seeds({.count = 150}, [](std::uint32_t seed) {
        const std::string fault = Simulation{seed}.run();
        if (!fault.empty()) {
            FAIL(fault << "; " << test::replay(seed, "weft_mesh_sim", "*"));
        }
    });
}

}  // namespace weft::router
