#include "tests/simulation/core_audit.hpp"
#include "tests/simulation/core_ledger.hpp"
#include "tests/simulation/seeds.hpp"
#include "tests/unit/core/fake_port.hpp"

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

/// A core between peers that do at random whatever the protocol lets them do. After each step the
/// core's books are audited, and every message's fate is compared with what it may be.
///
/// seeds.hpp says which seeds run.
namespace weft::router {
namespace {

constexpr int kSteps = 250;
constexpr std::size_t kClients = 4;
constexpr std::size_t kSessions = 3;  // of a client
constexpr std::size_t kLoops = 2;     // other ones of the same router
// Of a consumer that does not take more.
constexpr std::uint64_t kSizeMax = 60;

class Simulation {
public:
    explicit Simulation(std::uint64_t seed) : random_{seed}, has_limits_{seed % 3 == 0} {
        for (std::size_t i = 0; i < kAddresses.size(); ++i) {
            const Treatment treatment = treatment_of(i);
            auto pattern = AddressPattern::parse(AddressPattern::Grammar::address, kAddresses[i]);
            static_cast<void>(
                core_.rules().add({.name = {}, .pattern = *pattern, .treatment = treatment}));
        }
        for (std::size_t i = 0; i < kClients; ++i) {
            ports_.push_back(std::make_unique<FakePort>(core_, now_));
        }
        for (std::size_t i = 0; i < kLoops; ++i) {
            ports_.push_back(std::make_unique<FakePort>(core_, now_, Traits::of_loop()));
        }
    }

    /// What went wrong; empty if nothing did.
    std::string run() {
        for (step_ = 0; step_ < kSteps && ledger_.fault.empty(); ++step_) {
            act();
            if (chance(40)) {
                work();
                note_stalled();
            }
            look();
        }
        settle_all();
        if (ledger_.fault.empty()) {
            ledger_.check_fates();
        }
        detach_all();
        return ledger_.fault.empty() ? "" : "step " + std::to_string(step_) + ": " + ledger_.fault;
    }

private:
    std::size_t below(std::size_t bound) { return random_() % bound; }
    bool chance(std::size_t percent) { return below(100) < percent; }
    void expect(bool condition, const std::string& what) { ledger_.expect(condition, what); }

    static Treatment treatment_of(std::size_t address) {
        Treatment treatment;
        treatment.distribution = address >= kFirstMulticast ? Distribution::multicast
                                 : address == 2             ? Distribution::closest
                                                            : Distribution::balanced;
        treatment.slow_consumer = address == 4 ? SlowConsumer::drop : SlowConsumer::block;
        return treatment;
    }

    FakePort& some_client() { return *ports_[below(kClients)]; }
    FakePort& some_loop() { return *ports_[kClients + below(kLoops)]; }
    static bool is_relay(const Peer& peer) { return peer.link->connection.traits.is_loop; }

    struct Place {
        FakePort* port = nullptr;
        Peer* peer = nullptr;
    };

    template <class Fits>
    std::vector<Place> peers(Fits fits) {
        std::vector<Place> found;
        for (const auto& port : ports_) {
            for (const auto& peer : port->peers()) {
                if (peer->link != nullptr && fits(*peer)) {
                    found.push_back({port.get(), peer.get()});
                }
            }
        }
        return found;
    }
    template <class Fits>
    std::optional<Place> some(Fits fits) {
        const std::vector<Place> found = peers(fits);
        return found.empty() ? std::nullopt : std::optional(found[below(found.size())]);
    }
    static bool consumes(const Peer& peer) { return peer.link->direction == Direction::out; }
    static bool produces(const Peer& peer) { return peer.link->direction == Direction::in; }

    void act() {
        switch (below(18)) {
            case 0:
                attach_producer();
                break;
            case 1:
                attach_consumer();
                break;
            case 2:
                if (chance(25)) {
                    detach_some();
                }
                break;
            case 3:
            case 4:
                give_credit();
                break;
            case 5:
            case 6:
            case 7:
            case 8:
            case 9:
                send();
                break;
            case 10:
            case 11:
            case 12:
                answer();
                break;
            case 13:
                settle_sent();
                break;
            case 14:
                change_room();
                break;
            case 17:
                change_window();
                break;
            case 15:
                change_relay();
                break;
            default:
                pass_time();
                break;
        }
    }

    void attach_producer() {
        if (peers(produces).size() >= 6) {
            return;
        }
        const std::size_t address = below(kAddresses.size() + 1);
        const bool anonymous = address == kAddresses.size();
        Peer& peer =
            some_client().attach({.direction = Direction::in,
                                  .address = anonymous ? "" : kAddresses[address],
                                  .capacity = static_cast<std::uint16_t>(1 + below(6)),
                                  .session = static_cast<std::uint16_t>(below(kSessions))});
        ledger_.address_of[&peer] = address;
    }

    /// Another loop announces or withdraws consumers, or gets producers.
    void change_relay() {
        const std::size_t address = below(kAddresses.size());
        FakePort& loop = some_loop();
        const auto known = some([&](const Peer& peer) {
            return &peer.link->port() == &loop && consumes(peer) &&
                   ledger_.address_of[&peer] == address;
        });
        if (chance(30)) {
            if (peers([](const Peer& peer) { return is_relay(peer) && produces(peer); }).size() <
                3) {
                Peer& peer = loop.relay(Direction::in, kAddresses[address], treatment_of(address));
                ledger_.address_of[&peer] = address;
            }
        } else if (!known) {
            Peer& peer = loop.relay(Direction::out, kAddresses[address], treatment_of(address));
            ledger_.address_of[&peer] = address;
        } else if (!known->peer->link->is_active()) {
            core_.activate(*known->peer->link, now_);
        } else {
            const Address& used = *known->peer->link->address;
            if (used.active_consumers == 1) {
                ledger_.excuse(used.waiting);
            }
            forget_spread_to(*known->peer);
            core_.deactivate(*known->peer->link, now_);
            known->peer->credit = 0;
        }
    }

    /// It need not get what consumers are given in slices, and it has not got yet.
    void forget_spread_to(const Peer& consumer) {
        const Spread* const spread = consumer.link->address->spread.get();
        if (spread == nullptr) {
            return;
        }
        for (const Branch& branch : spread->messages) {
            if (Message* message = ledger_.of(*branch.delivery)) {
                message->targets.erase(&consumer);
            }
        }
    }

    void attach_consumer() {
        if (peers(consumes).size() >= 8) {
            return;
        }
        const std::size_t address = below(kAddresses.size());
        const bool limited = has_limits_ && chance(40);
        Peer& peer =
            some_client().attach({.direction = Direction::out,
                                  .address = kAddresses[address],
                                  .presettles = chance(20),
                                  .max_message_size = limited ? kSizeMax : 0,
                                  .session = static_cast<std::uint16_t>(below(kSessions))});
        ledger_.address_of[&peer] = address;
    }

    void detach_some() {
        const auto place = some([](const Peer&) { return true; });
        if (!place) {
            return;
        }
        if (!is_relay(*place->peer) && chance(30)) {
            end_session(*place->port, place->peer->session);
            return;
        }
        note_departure(*place->peer);
        place->port->detach(*place->peer);
    }

    void end_session(FakePort& port, std::uint16_t session) {
        for (const auto& peer : port.peers()) {
            if (peer->link != nullptr && peer->session == session) {
                note_departure(*peer);
                excuse_waiting_for(*peer->link);  // the session's others may be all there were
            }
        }
        core_.end(port.connection(), session);
        port.forget(session);
    }

    void excuse_waiting_for(const Link& link) {
        if (link.direction == Direction::out) {
            link.address->for_each_line([this](const WaitingLine& line) { ledger_.excuse(line); });
        }
    }

    void note_departure(Peer& peer) {
        if (consumes(peer)) {
            const Address& address = *peer.link->address;
            for (Message& message : ledger_.messages()) {
                message.targets.erase(&peer);
            }
            if (!is_multicast(address)) {
                ledger_.excuse(peer.link->queue);
                ledger_.excuse(peer.link->unsettled);
                if (address.consumers().size() == 1 ||
                    (peer.link->is_active() && address.active_consumers == 1)) {
                    ledger_.excuse(address.waiting);
                }
                if (!is_relay(peer) && address.active_here == 1 && address.relayed() != nullptr) {
                    ledger_.excuse(*address.relayed());
                }
            }
        }
        for (Message& message : ledger_.messages()) {
            if (message.producer == &peer) {
                message.cut_off |= !message.whole;
                message.deserted = true;
            }
        }
    }

    static bool is_multicast(const Address& address) {
        return address.treatment.distribution == Distribution::multicast;
    }

    void give_credit() {
        if (const auto place =
                some([](const Peer& peer) { return consumes(peer) && peer.link->is_active(); })) {
            place->port->give_credit(*place->peer, static_cast<std::uint32_t>(below(5)),
                                     chance(20));
        }
    }

    Message& begin(Peer& producer) {
        Message& message = ledger_.add(producer);
        message.settled = chance(50);
        const std::size_t of = ledger_.address_of[&producer];
        const bool anonymous = of == kAddresses.size();
        message.address = anonymous ? below(kAddresses.size()) : of;
        std::string body = std::string(Ledger::kMark) + std::to_string(message.number) + ".";
        body.append(chance(10) ? 1000 + below(3000) : below(60),
                    static_cast<char>('a' + below(26)));
        if (anonymous) {
            message.bytes = addressed_message(kAddresses[message.address], body, below(20));
            message.expected = message.bytes;
        } else if (chance(30)) {
            message.bytes = annotated_message(body, true);
            message.expected = annotated_message(body, /*routers=*/false);
        } else {
            message.expected = message.bytes = plain_message(body);
        }
        message.large = has_limits_ && message.expected.size() > kSizeMax;
        message.excused = message.large;
        return message;
    }

    void send() {
        const auto place = some(
            [](const Peer& peer) { return produces(peer) && (peer.sending || peer.may_send > 0); });
        if (!place) {
            return;
        }
        Peer& producer = *place->peer;
        Message& message = producer.sending ? *current_[&producer] : begin(producer);
        current_[&producer] = &message;
        if (chance(3)) {
            message.cut_off = true;
            message.id =
                place->port->send(producer, {}, {.settled = message.settled, .aborted = true});
            return;
        }
        const std::size_t left = message.bytes.size() - message.at;
        const std::size_t size = chance(60) ? left : below(std::min<std::size_t>(left, 90) + 1);
        transmit(*place, message, size, chance(95) ? size < left : true);
    }

    /// The next `size` bytes of a message.
    void transmit(const Place& place, Message& message, std::size_t size, bool more) {
        Peer& producer = *place.peer;
        if (!message.routed) {
            message.targets.clear();
            for (const Place& target : peers(consumes)) {
                const bool loops = is_relay(producer) && is_relay(*target.peer);
                if (ledger_.address_of[target.peer] == message.address &&
                    target.peer->link->is_active() && !loops &&
                    message.expected.size() <= target.peer->link->outlet.bytes_max) {
                    message.targets.insert(target.peer);
                }
            }
        }
        const bool settles = !message.settled && chance(3);
        if (settles) {
            message.deserted = true;  // a later frame may settle, too
        }
        // The core may settle the delivery within the call: its id must be known before.
        message.id = producer.sending ? producer.sending_id : place.port->next_incoming_id();
        const Bytes piece = Bytes(message.bytes).subspan(message.at, size);
        message.at += size;
        message.whole = !more;
        place.port->send(
            producer, piece,
            {.settled = message.settled || settles,
             .more = more,
             .crossings = is_relay(producer) && chance(80) ? std::uint8_t{1} : kCrossingsMax});
        const Delivery* known = producer.link->current;
        if (!message.routed && (known == nullptr || !known->is_headless())) {
            message.routed = true;
            message.excused |= message.targets.empty();
        }
    }

    /// A consumer answers one of its deliveries, perhaps before it has it whole.
    void answer() {
        const auto knows = [](const Got& got) { return got.known; };
        const auto place = some([&](const Peer& peer) {
            return consumes(peer) && std::ranges::any_of(peer.got, knows);
        });
        if (!place) {
            return;
        }
        Peer& consumer = *place->peer;
        std::vector<const Got*> open;
        for (const Got& got : consumer.got) {
            if (got.known && (got.complete || chance(10))) {
                open.push_back(&got);
            }
        }
        if (open.empty()) {
            return;
        }
        const Got& got = *open[below(open.size())];
        static const Buffer kNo = rejected("amqp:not-allowed", "no");
        static const Buffer kReceived{0x00, 0x53, 0x23, 0x45};
        const std::array<Bytes, 8> states{kAccepted, kAccepted,       kAccepted, kReleased,
                                          kNo,       kModifiedFailed, kReceived, kAccepted};
        const std::size_t choice = below(states.size());
        const bool settled = choice < 6;
        Message* message = ledger_.of(*reinterpret_cast<const Branch*>(got.context)->delivery);
        expect(message != nullptr, "a consumer has a delivery that nobody sent");
        if (message == nullptr) {
            return;
        }
        if (is_terminal(states[choice])) {
            message->answers.insert(outcome_of(states[choice]));
            if (!got.complete) {
                message->targets.erase(&consumer);
                message->excused |= !message->multicast();
            }
        }
        place->port->update(consumer, got.id, states[choice], settled);
    }

    /// A producer settles, mostly what its consumer decided on.
    void settle_sent() {
        const auto place =
            some([](const Peer& peer) { return produces(peer) && !peer.unsettled.empty(); });
        if (!place) {
            return;
        }
        Peer& producer = *place->peer;
        auto at = producer.unsettled.begin();
        std::advance(at, static_cast<std::ptrdiff_t>(below(producer.unsettled.size())));
        settle_sent(*place, at->first);
    }

    void settle_sent(const Place& place, DeliveryId id) {
        if (Message* message = ledger_.of(*place.peer, id)) {
            message->deserted = true;
        }
        place.port->settle_sent(*place.peer, id, chance(50) ? kAccepted : Bytes{});
    }

    void change_room() {
        FakePort& port = *ports_[below(ports_.size())];
        if (chance(40)) {
            port.room = below(200);
        } else {
            port.make_room(chance(50) ? FakePort::kEndless : below(300));
        }
    }

    /// A client's session takes a few frames.
    void change_window() {
        some_client().set_window(static_cast<std::uint16_t>(below(kSessions)), below(4));
    }

    void pass_time() {
        now_ += chance(10) ? std::chrono::seconds(11) : std::chrono::milliseconds(below(1500));
        core_.tick(now_);
        note_stalled();
        for (const Place& place : peers(produces)) {
            if (place.peer->asked_to_drain && chance(50)) {
                place.port->give_back(*place.peer);
            }
        }
    }

    // --- what came of it ---------------------------------------------------------------------

    void look() {
        for (const auto& port : ports_) {
            port->check_contexts();
            if (!port->faults.empty()) {
                expect(false, port->faults.front());
            }
            for (const auto& peer : port->peers()) {
                ledger_.look_at_arrivals(*peer);
            }
        }
        for (const auto& port : ports_) {
            for (const auto& peer : port->peers()) {
                ledger_.look_at_outcomes(*peer);
            }
        }
        for (const std::string& fault : audit(core_)) {
            expect(false, fault);
        }
        for (const Place& place : peers(produces)) {
            const Peer& producer = *place.peer;
            const ProducerAccount& account = producer.link->account;
            const bool relay = is_relay(producer);
            const std::uint32_t claimed =
                producer.may_send + (relay ? account.undelivered() : account.outstanding());
            expect(!producer.link->granted || relay ? claimed <= producer.capacity
                                                    : claimed == producer.capacity,
                   "credit leaks");
        }
    }

    void note_stalled() {
        for (const Place& place : peers(consumes)) {
            if (place.peer->link->stalled) {
                ledger_.note_stalled(*place.peer);
            }
        }
    }

    /// A slice. What waits for a consumer whose session is over may come back.
    bool work() {
        core_.addresses().visit([this](const Address& address) {
            const auto deserted = [](const Link& link) { return link.is_deserted(); };
            if (std::ranges::any_of(address.consumers(), deserted)) {
                address.for_each_line([this](const WaitingLine& line) { ledger_.excuse(line); });
            }
        });
        return core_.work(now_);
    }

    void finish_work() {
        while (work()) {
        }
        note_stalled();
    }

    /// Everybody finishes what they began, takes all and answers all.
    void settle_all() {
        for (int round = 0; round < 8 && ledger_.fault.empty(); ++round) {
            for (const auto& port : ports_) {
                port->make_room(FakePort::kEndless);
                for (std::uint16_t session = 0; session < kSessions; ++session) {
                    port->set_window(session, FakePort::kEndless);
                }
            }
            for (const Place& place : peers(produces)) {
                if (place.peer->sending) {
                    Message& message = *current_[place.peer];
                    transmit(place, message, message.bytes.size() - message.at, false);
                }
                const std::map unsettled = place.peer->unsettled;
                for (const auto& entry : unsettled) {
                    const DeliveryId id = entry.first;
                    const auto decided = [id](const Told& told) { return told.id == id; };
                    if (std::ranges::any_of(place.peer->told, decided)) {
                        settle_sent(place, id);
                    }
                }
                if (place.peer->asked_to_drain) {
                    place.port->give_back(*place.peer);
                }
            }
            for (const Place& place : peers(consumes)) {
                if (!place.peer->link->is_active()) {
                    core_.activate(*place.peer->link, now_);
                }
                place.port->give_credit(*place.peer, 10'000);
                ledger_.note_acceptance(*place.peer);
                place.port->accept_all(*place.peer);
            }
            finish_work();
            look();
        }
        expect(core_.deliveries().in_use() == 0, "deliveries are left though all is settled");
        expect(core_.deliveries().held_bytes() == 0, "bytes are left though all is settled");
    }

    void detach_all() {
        for (const Place& place : peers([](const Peer&) { return true; })) {
            place.port->detach(*place.peer);
        }
        finish_work();
        expect(core_.addresses().size() == 0, "an address is left");
        expect(core_.deliveries().in_use() == 0, "deliveries are left");
        expect(core_.deliveries().held_bytes() == 0, "bytes are left");
        expect(core_.counters().stuck == 0, "stuck deliveries are left");
        for (const auto& port : ports_) {
            if (!port->faults.empty()) {
                expect(false, port->faults.front());
            }
        }
    }

    std::mt19937_64 random_;
    bool has_limits_;  // some consumers take messages up to a size only
    Instant now_{std::chrono::hours(1)};
    // Every other seed has an index of each address that has a few consumers, and every other one
    // does what can be put off in slices of two steps.
    Core core_{{.router_id = "sim",
                .limits = {.indexed_from = below(2) == 0 ? 2 : kIndexedFrom,
                           .slice = below(2) == 0 ? std::size_t{2} : std::size_t{500}}},
               nullptr};
    std::vector<std::unique_ptr<FakePort>> ports_;
    Ledger ledger_;
    std::map<Peer*, Message*> current_;
    int step_ = 0;
};

}  // namespace

TEST_CASE("no message is lost, doubled, changed or left, whatever peers do") {
    test::for_seeds({.count = 150}, [](std::uint32_t seed) {
        const std::string fault = Simulation{seed}.run();
        if (!fault.empty()) {
            FAIL(fault << "; " << test::replay(seed, "weft_core_sim", "*"));
        }
    });
}

}  // namespace weft::router
