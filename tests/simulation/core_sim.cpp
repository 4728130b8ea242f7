#include "tests/simulation/core_audit.hpp"
#include "tests/simulation/core_sim_links.hpp"
#include "tests/simulation/core_sim_receivers.hpp"
#include "tests/simulation/core_sim_senders.hpp"
#include "tests/simulation/core_sim_world.hpp"
#include "tests/simulation/seeds.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

/// A core between peers that do at random whatever the protocol lets them do. After each step the
/// core's books are audited, and every message's fate is compared with what it may be.
///
/// seeds.hpp says which seeds run.
namespace weft::router {
namespace {

constexpr int kSteps = 250;

class Simulation {
public:
    explicit Simulation(std::uint64_t seed) : world_{seed} {}

    /// What went wrong; empty if nothing did.
    std::string run() {
        for (step_ = 0; step_ < kSteps && world_.ledger.fault.empty(); ++step_) {
            act();
            if (world_.chance(40)) {
                work();
                note_stalled();
            }
            look();
        }
        settle_all();
        if (world_.ledger.fault.empty()) {
            world_.ledger.check_fates();
        }
        detach_all();
        return world_.ledger.fault.empty()
                   ? ""
                   : "step " + std::to_string(step_) + ": " + world_.ledger.fault;
    }

private:
    void act() {
        switch (world_.below(19)) {
            case 0:
                links_.attach_producer();
                break;
            case 1:
                links_.attach_consumer();
                break;
            case 2:
                if (world_.chance(25)) {
                    links_.detach_some();
                }
                break;
            case 3:
            case 4:
                receivers_.give_credit();
                break;
            case 5:
            case 6:
            case 7:
            case 8:
            case 9:
                senders_.send();
                break;
            case 10:
            case 11:
            case 12:
                receivers_.answer();
                break;
            case 13:
                senders_.settle_some();
                break;
            case 14:
                change_room();
                break;
            case 17:
                change_window();
                break;
            case 15:
                links_.change_relay();
                break;
            case 18:
                links_.change_asker();
                break;
            default:
                pass_time();
                break;
        }
    }

    void change_room() {
        FakePort& port = *world_.ports[world_.below(world_.ports.size())];
        if (world_.chance(40)) {
            port.room = world_.below(200);
        } else {
            port.make_room(world_.chance(50) ? FakePort::kEndless : world_.below(300));
        }
    }

    /// A client's session takes a few frames.
    void change_window() {
        world_.some_client().set_window(
            static_cast<std::uint16_t>(world_.below(CoreSimWorld::kSessions)), world_.below(4));
    }

    void pass_time() {
        world_.now += world_.chance(10) ? std::chrono::seconds(11)
                                        : std::chrono::milliseconds(world_.below(1500));
        world_.core.tick(world_.now);
        note_stalled();
        for (const CoreSimWorld::Place& place : world_.peers(CoreSimWorld::produces)) {
            if (place.peer->asked_to_drain && world_.chance(50)) {
                place.port->give_back(*place.peer);
            }
        }
    }

    // --- what came of it ---------------------------------------------------------------------

    void look() {
        for (const auto& port : world_.ports) {
            port->check_contexts();
            if (!port->faults.empty()) {
                world_.ledger.expect(false, port->faults.front());
            }
            for (const auto& peer : port->peers()) {
                world_.ledger.look_at_arrivals(*peer);
            }
        }
        for (const auto& port : world_.ports) {
            for (const auto& peer : port->peers()) {
                world_.ledger.look_at_outcomes(*peer);
            }
        }
        for (const std::string& fault : audit(world_.core)) {
            world_.ledger.expect(false, fault);
        }
        for (const CoreSimWorld::Place& place : world_.peers(CoreSimWorld::produces)) {
            const Peer& producer = *place.peer;
            const ProducerAccount& account = producer.link->account;
            const bool relay = CoreSimWorld::is_relay(producer);
            const std::uint32_t claimed =
                producer.may_send + (relay ? account.undelivered() : account.outstanding());
            // Credit that comes back on receipt does so at the end of a delivery.
            const bool receives =
                producer.sending && producer.link->connection.traits.credit_on_receipt;
            const bool limited =
                !producer.link->granted || relay || producer.link->on_demand || receives;
            world_.ledger.expect(
                limited ? claimed <= producer.capacity : claimed == producer.capacity,
                "credit leaks");
        }
    }

    void note_stalled() {
        for (const CoreSimWorld::Place& place : world_.peers(CoreSimWorld::consumes)) {
            if (place.peer->link->stalled) {
                world_.ledger.note_stalled(*place.peer);
            }
        }
    }

    /// A slice. What waits for a consumer whose session is over may come back.
    bool work() {
        world_.core.addresses().visit([this](const Address& address) {
            const auto deserted = [](const Link& link) { return link.is_deserted(); };
            if (std::ranges::any_of(address.consumers(), deserted)) {
                address.for_each_line(
                    [this](const WaitingLine& line) { world_.ledger.excuse(line); });
            }
        });
        return world_.core.work(world_.now);
    }

    void finish_work() {
        while (work()) {
        }
        note_stalled();
    }

    /// Everybody finishes what they began, takes all and answers all.
    void settle_all() {
        for (int round = 0; round < 8 && world_.ledger.fault.empty(); ++round) {
            for (const auto& port : world_.ports) {
                port->make_room(FakePort::kEndless);
                for (std::uint16_t session = 0; session < CoreSimWorld::kSessions; ++session) {
                    port->set_window(session, FakePort::kEndless);
                }
            }
            for (const CoreSimWorld::Place& place : world_.peers(CoreSimWorld::produces)) {
                senders_.finish(place);
            }
            for (const CoreSimWorld::Place& place : world_.peers(CoreSimWorld::consumes)) {
                receivers_.finish(place);
            }
            finish_work();
            look();
        }
        world_.ledger.expect(world_.core.deliveries().in_use() == 0,
                             "deliveries are left though all is settled");
        world_.ledger.expect(world_.core.deliveries().held_bytes() == 0,
                             "bytes are left though all is settled");
    }

    void detach_all() {
        for (const CoreSimWorld::Place& place : world_.peers([](const Peer&) { return true; })) {
            place.port->detach(*place.peer);
        }
        finish_work();
        world_.ledger.expect(world_.core.addresses().size() == 0, "an address is left");
        world_.ledger.expect(world_.core.deliveries().in_use() == 0, "deliveries are left");
        world_.ledger.expect(world_.core.deliveries().held_bytes() == 0, "bytes are left");
        world_.ledger.expect(world_.core.counters().stuck == 0, "stuck deliveries are left");
        for (const auto& port : world_.ports) {
            if (!port->faults.empty()) {
                world_.ledger.expect(false, port->faults.front());
            }
        }
    }

    CoreSimWorld world_;
    CoreSimLinks links_{world_};
    CoreSimSenders senders_{world_};
    CoreSimReceivers receivers_{world_};
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
