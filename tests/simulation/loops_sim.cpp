#include "tests/simulation/core_audit.hpp"
#include "tests/simulation/seeds.hpp"
#include "tests/unit/node/loops.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

/// Three loops of a router between clients whose sessions' windows and connections' room open and
/// shut at random, with what crosses between the loops late at random. After each step the cores'
/// books are audited.
namespace weft::node {
namespace {

using router::FakePort;
using router::Got;
using router::Peer;
using wire::Outcome;

constexpr int kSteps = 300;
constexpr std::size_t kLoops = 3;
constexpr std::uint16_t kSessions = 2;
constexpr std::array<const char*, 3> kAddresses{"a", "b", "news"};

struct Message {
    const Peer* producer = nullptr;
    std::size_t address = 0;
    bool settled = false;
    std::set<const Peer*> had_by;
    bool excused = false;  // a consumer left: not all loops may know of another one yet
    int settlements = 0;

    bool is_multicast() const { return address == 2; }
};

class Simulation {
public:
    explicit Simulation(std::uint64_t seed) : random_{seed}, consumers_leave_{seed % 2 == 1} {}

    /// What went wrong; empty if nothing did.
    std::string run() {
        for (int step = 0; step < kSteps && fault_.empty(); ++step) {
            act();
            look();
        }
        for (int round = 0; round < 40 && fault_.empty(); ++round) {
            finish();
        }
        for (const Message& message : messages_) {
            expect(!message.had_by.empty() || message.excused, "a message was lost");
            expect(message.settlements == (message.settled ? 0 : 1), "a message was not settled");
        }
        return fault_;
    }

private:
    std::size_t below(std::size_t bound) { return random_() % bound; }
    bool chance(std::size_t percent) { return below(100) < percent; }
    void expect(bool condition, const std::string& what) {
        if (!condition && fault_.empty()) {
            fault_ = what;
        }
    }
    FakePort& some_client() { return loops_.all[below(kLoops)]->client; }
    std::uint16_t some_session() { return static_cast<std::uint16_t>(below(kSessions)); }

    template <class Visit>
    void for_each(router::Direction direction, Visit visit) {
        for (const auto& one : loops_.all) {
            for (const auto& peer : one->client.peers()) {
                if (peer->link != nullptr && peer->link->direction == direction) {
                    visit(one->client, *peer);
                }
            }
        }
    }
    std::pair<FakePort*, Peer*> some(router::Direction direction) {
        std::vector<std::pair<FakePort*, Peer*>> found;
        for_each(direction, [&](FakePort& port, Peer& peer) { found.push_back({&port, &peer}); });
        return found.empty() ? std::pair<FakePort*, Peer*>{} : found[below(found.size())];
    }

    void act() {
        switch (below(12)) {
            case 0:
                return attach(router::Direction::in, 4);
            case 1:
                return attach(router::Direction::out, 6);
            case 2:
                return consumers_leave_ && chance(30) ? leave() : give_credit();
            case 3:
            case 4:
                return send();
            case 5:
                return accept();
            case 6:
                return some_client().set_window(some_session(), below(4));
            case 7:
                return some_client().make_room(chance(50) ? FakePort::kEndless : below(80));
            default:
                return pass_on();
        }
    }

    void attach(router::Direction direction, std::size_t most) {
        std::size_t count = 0;
        for_each(direction, [&](FakePort&, Peer&) { ++count; });
        if (count < most) {
            const std::size_t address = below(kAddresses.size());
            Peer& peer = some_client().attach({.direction = direction,
                                               .address = kAddresses[address],
                                               .capacity = 20,
                                               .session = some_session()});
            address_of_[&peer] = address;
        }
    }

    void give_credit() {
        if (const auto [port, consumer] = some(router::Direction::out); consumer != nullptr) {
            port->give_credit(*consumer, static_cast<std::uint32_t>(below(12)), chance(10));
        }
    }

    void leave() {
        const auto [port, consumer] = some(router::Direction::out);
        if (consumer == nullptr) {
            return;
        }
        left_.insert(address_of_[consumer]);
        for (Message& message : messages_) {
            message.excused |= message.address == address_of_[consumer];
        }
        port->detach(*consumer);
    }

    /// As many messages as it may, at most a few.
    void send() {
        const auto [port, producer] = some(router::Direction::in);
        for (std::size_t left = below(8); producer != nullptr && left > 0; --left) {
            if (producer->may_send == 0) {
                return;
            }
            Message message;
            message.producer = producer;
            message.address = address_of_[producer];
            message.settled = chance(50);
            message.excused = left_.contains(message.address);
            const std::string text = std::to_string(messages_.size()) + std::string(below(40), '.');
            numbers_[{producer, port->next_incoming_id()}] = messages_.size();
            messages_.push_back(message);
            port->send(*producer, as_bytes(text), {.settled = message.settled});
        }
    }

    void accept() {
        if (const auto [port, consumer] = some(router::Direction::out); consumer != nullptr) {
            port->accept_all(*consumer);
        }
    }

    /// Some loop does a turn of work, or what another handed over arrives, in order for each pair.
    void pass_on() {
        if (loops_.on_the_way.empty() || chance(30)) {
            Loops::One& one = *loops_.all[below(kLoops)];
            one.core.work(loops_.now);
            one.relay.hand_over(loops_.now);
            return;
        }
        const auto& some = loops_.on_the_way[below(loops_.on_the_way.size())];
        const auto oldest = std::ranges::find_if(loops_.on_the_way, [&](const auto& each) {
            return each.from == some.from && each.to == some.to;
        });
        note_crossings(oldest->slab);
        loops_.arrive(static_cast<std::size_t>(oldest - loops_.on_the_way.begin()));
    }

    void note_crossings(const Slab& slab) {
        std::size_t at = 0;
        for (const Record& record : slab.records) {
            const Bytes bytes = Bytes(slab.bytes).subspan(at, record.size);
            at += record.size;
            if (record.kind == Record::Kind::transfer && record.first && !bytes.empty()) {
                expect(record.provenance.crossings <= router::kCrossingsMax, "tossed about");
                if (record.provenance.crossings > 1) {
                    went_on_.insert(number_in(as_text(bytes)));
                }
            }
        }
    }

    static std::size_t number_in(std::string_view text) {
        return std::strtoul(std::string(text).c_str(), nullptr, 10);
    }

    /// All windows open, all take and answer all.
    void finish() {
        for (const auto& one : loops_.all) {
            one->client.make_room(FakePort::kEndless);
            for (std::uint16_t session = 0; session < kSessions; ++session) {
                one->client.set_window(session, FakePort::kEndless);
            }
        }
        for_each(router::Direction::out, [](FakePort& port, Peer& consumer) {
            port.give_credit(consumer, 1000);
            port.accept_all(consumer);
        });
        for (int turn = 0; turn < 40; ++turn) {
            pass_on();
        }
        look();
    }

    void look() {
        for (const auto& one : loops_.all) {
            expect(one->client.faults.empty(), "a client got what it should not");
            for (const std::string& fault : router::audit(one->core)) {
                expect(false, fault);
            }
        }
        for_each_peer([this](Peer& peer) {
            look_at_arrivals(peer);
            look_at_outcomes(peer);
        });
    }
    template <class Visit>
    void for_each_peer(Visit visit) {
        for (const auto& one : loops_.all) {
            for (const auto& peer : one->client.peers()) {
                visit(*peer);
            }
        }
    }

    void look_at_arrivals(const Peer& consumer) {
        std::size_t& seen = seen_[&consumer];
        for (; seen < consumer.got.size() && consumer.got[seen].complete; ++seen) {
            const std::size_t number = number_in(consumer.got[seen].text());
            Message& message = messages_.at(number);
            expect(message.is_multicast() || message.had_by.empty(), "a message came twice");
            expect(message.had_by.insert(&consumer).second, "a message came twice to one consumer");
            if (!went_on_.contains(number)) {
                std::size_t& last = last_[{message.producer, &consumer}];
                expect(last <= number, "messages overtook one another");
                last = number;
            }
        }
    }

    void look_at_outcomes(const Peer& producer) {
        std::size_t& seen = told_seen_[&producer];
        for (; seen < producer.told.size(); ++seen) {
            const auto& told = producer.told[seen];
            Message& message = messages_.at(numbers_.at({&producer, told.id}));
            message.settlements += told.settled ? 1 : 0;
            const bool lost =
                told.outcome() == Outcome::released || told.outcome() == Outcome::modified;
            expect(told.outcome() == Outcome::accepted || (lost && message.excused),
                   "an outcome without need of message " +
                       std::to_string(numbers_.at({&producer, told.id})) + " to " +
                       kAddresses[message.address]);
        }
    }

    std::mt19937_64 random_;
    bool consumers_leave_;
    Loops loops_{kLoops};
    std::vector<Message> messages_;
    std::map<const Peer*, std::size_t> address_of_;
    std::map<std::pair<const Peer*, wire::DeliveryId>, std::size_t> numbers_;
    std::set<std::size_t> left_;     // addresses that a consumer has left
    std::set<std::size_t> went_on_;  // more than once from loop to loop
    std::map<const Peer*, std::size_t> seen_;
    std::map<const Peer*, std::size_t> told_seen_;
    std::map<std::pair<const Peer*, const Peer*>, std::size_t> last_;
    std::string fault_;
};

}  // namespace

TEST_CASE("nothing is lost, doubled or tossed about between loops, whoever takes nothing") {
    test::for_seeds({.count = 150}, [](std::uint32_t seed) {
        const std::string fault = Simulation{seed}.run();
        if (!fault.empty()) {
            FAIL(fault << "; " << test::replay(seed, "weft_loops_sim", "*"));
        }
    });
}

}  // namespace weft::node
