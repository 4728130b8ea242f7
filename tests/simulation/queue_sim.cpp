#include "tests/simulation/queue_sim_store.hpp"
#include "tests/simulation/seeds.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <iterator>
#include <random>
#include <set>

namespace weft::queue::sim {
namespace {

constexpr Limits kSmall{.window_messages = 8,
                        .window_bytes = 100,
                        .unsettled_max = 5,
                        .refused_max = 3,
                        .browse_messages = 3,
                        .dispatched_at_once_max = 4,
                        .swept_at_once = 3,
                        .sweep_pause = 20};
constexpr Settings kPlain{.messages_max = 60, .overflow = Overflow::reject, .deliveries_max = 3};
constexpr Settings kDropping{
    .messages_max = 20, .overflow = Overflow::drop_oldest, .deliveries_max = 3};
constexpr Settings kTimed{.messages_max = 60,
                          .overflow = Overflow::reject,
                          .deliveries_max = 5,
                          .ttl_default = 400,
                          .redelivery = {.delay = 30}};

/// What pickers want.
bool is_picked(MessageId id) {
    return id % 3 == 0;
}

Choice picked_by_number(const Record& record) {
    return is_picked(record.id) ? Choice::wanted : Choice::passed_over;
}

/// A queue under random events, beside what everybody may rely on, in the simplest words.
class QueueWalk {
public:
    QueueWalk(std::uint32_t seed, const Settings& settings) : dice_{seed}, settings_{settings} {}

    void walk(int steps) {
        for (int i = 0; i < steps; ++i) {
            step();
            audit();
        }
    }
    /// All that was accepted and not taken out by a consumer comes out: what a picker wants to
    /// that, and the rest in order.
    void drain() {
        while (!taking_.empty()) {
            leave(false);
        }
        drain_to_picker();
        const ConsumerId last{++consumers_made_};
        queue_.attach(last);
        Taker& taker = taking_[last];
        for (int rounds = 0; queue_.depth() > 0; ++rounds) {
            REQUIRE(rounds < 10'000);
            now_ += 50;
            queue_.set_credit(last, 100, false);
            taker.credit = 100;
            settle_down();
            for (const MessageId message : std::exchange(taker.holds, {})) {
                CHECK(queue_.settle(last, message, {}, now_, actions_));
            }
        }
        settle_down();
        CHECK(available_.empty());
        CHECK(std::none_of(accepted_.begin(), accepted_.end(),
                           [this](MessageId id) { return store_.has(id); }));
    }

private:
    void drain_to_picker() {
        const ConsumerId picker{++consumers_made_};
        queue_.attach(picker, picked_by_number);
        Taker& taker = taking_[picker];
        taker.picks = true;
        for (bool more = true; more;) {
            now_ += 50;
            queue_.set_credit(picker, 100, false);
            taker.credit = 100;
            settle_down();
            more = !taker.holds.empty();
            for (const MessageId message : std::exchange(taker.holds, {})) {
                CHECK(queue_.settle(picker, message, {}, now_, actions_));
            }
        }
        settle_down();
        CHECK(std::none_of(available_.begin(), available_.end(), [this](MessageId id) {
            return is_picked(id) && store_.expires(id) > now_ && !waits(id);
        }));
        leave(false);
    }

    struct Taker {
        bool picks = false;
        std::uint32_t credit = 0;
        std::set<MessageId> holds{};
        std::set<MessageId> refused{};
    };

    std::uint32_t roll(std::uint32_t sides) { return static_cast<std::uint32_t>(dice_()) % sides; }

    void step() {
        now_ += roll(5);
        const std::uint32_t what = roll(100);
        if (what < 25) {
            send();
        } else if (what < 40) {
            store_.work(1 + roll(6));
        } else if (what < 55) {
            answer();
        } else if (what < 60) {
            join();
        } else if (what < 70) {
            give_credit();
        } else if (what < 85) {
            settle();
        } else if (what < 90) {
            hold();
        } else if (what < 95) {
            leave(roll(2) == 0);
        } else if (what == 99 && roll(5) == 0) {
            restart();
        }
        if (roll(3) > 0) {
            queue_.dispatch(now_, actions_);
        }
        carry_out_all();
    }
    void send() {
        const bool full = queue_.is_full() && settings_.overflow == Overflow::reject;
        const auto id =
            queue_.offer(std::make_shared<const Buffer>(Buffer(1 + roll(40))), 0, now_, actions_);
        CHECK(id.has_value() != full);
        offered_ = id.value_or(offered_);
    }
    void answer() {
        const SlowStore::Answer answer = store_.take();
        for (; told_ < answer.stored; ++told_) {
            accepted_.insert(told_ + 1);
            available_.insert(told_ + 1);
        }
        if (answer.give) {
            answer.give(queue_, actions_);
        }
    }
    void join() {
        if (taking_.size() < 4) {
            const ConsumerId id{++consumers_made_};
            const std::uint32_t kind = roll(4);
            if (kind == 0) {
                queue_.attach_browser(id);
                browsing_[id] = 0;
            } else if (kind == 1) {
                queue_.attach(id, picked_by_number);
                taking_[id] = {.picks = true};
            } else {
                queue_.attach(id);
                taking_[id] = {};
            }
        }
    }
    void give_credit() {
        for (auto& [id, taker] : taking_) {
            taker.credit = roll(8);
            queue_.set_credit(id, taker.credit, roll(4) == 0);
        }
        for (auto& [id, seen] : browsing_) {
            queue_.set_credit(id, roll(8), roll(4) == 0);
        }
    }
    void settle() {
        for (auto& [id, taker] : taking_) {
            if (taker.holds.empty()) {
                continue;
            }
            const auto one = std::next(taker.holds.begin(),
                                       roll(static_cast<std::uint32_t>(taker.holds.size())));
            const MessageId message = *one;
            const Outcome outcome{
                .kind = Outcome::Kind(roll(4)), .failed = roll(2) == 0, .elsewhere = roll(3) == 0};
            taker.holds.erase(one);
            if (outcome.kind != Outcome::Kind::accepted) {
                available_.insert(message);  // unless it dies: then the queue says so
            }
            if (outcome.kind == Outcome::Kind::modified && outcome.elsewhere) {
                taker.refused.insert(message);
            }
            delay_if(message, outcome.kind == Outcome::Kind::modified && outcome.failed);
            CHECK(queue_.settle(id, message, outcome, now_, actions_));
            CHECK_FALSE(queue_.settle(id, message, outcome, now_, actions_));
        }
    }
    void hold() {
        for (const auto& [id, taker] : taking_) {
            queue_.hold(id, roll(3) == 0);
        }
    }
    void leave(bool failed) {
        if (!taking_.empty()) {
            const auto [id, taker] = *taking_.begin();
            for (const MessageId message : taker.holds) {
                available_.insert(message);
                delay_if(message, failed);
            }
            queue_.detach(id, failed, now_, actions_);
            taking_.erase(id);
        } else if (!browsing_.empty()) {
            queue_.detach(browsing_.begin()->first, failed, now_, actions_);
            browsing_.erase(browsing_.begin());
        }
        carry_out_all();
    }
    /// A kill: what is in no store is gone, and was accepted by nobody.
    void restart() {
        store_.kill();
        actions_.clear();
        taking_.clear();
        browsing_.clear();
        queue_ = Queue{settings_, store_.stored(), kSmall};
        delayed_.clear();
        available_.clear();
        for (const MessageId id : accepted_) {
            const bool gone = removed_.contains(id);
            if (store_.has(id)) {
                available_.insert(id);
                removed_.erase(id);  // what was not committed is not done
            } else {
                CHECK(gone);
            }
        }
        // What was stored, and the kill came before anybody heard.
        for (MessageId id = 1; id <= store_.stored().last; ++id) {
            if (store_.has(id)) {
                accepted_.insert(id);
                available_.insert(id);
            }
        }
        told_ = offered_ = store_.stored().last;
    }
    void settle_down() {
        for (bool more = true; more || !store_.is_idle();) {
            more = queue_.dispatch(now_, actions_);
            carry_out_all();
            store_.work(100);
            more = more || !store_.is_idle();  // what an answer brings is given out
            answer();
        }
    }

    void carry_out_all() {
        while (!actions_.empty()) {
            for (const Action& action : std::exchange(actions_, {})) {
                std::visit([this](const auto& one) { carry_out(one); }, action);
            }
        }
    }
    template <class Asked>
    void carry_out(const Asked& asked) {
        store_.ask(asked);
    }
    void carry_out(const Remove& remove) {
        CHECK(removed_.insert(remove.id).second);
        store_.ask(remove);
    }
    void carry_out(const Bury& bury) {
        CHECK(removed_.insert(bury.id).second);
        CHECK(available_.erase(bury.id) == 1);
        CHECK((bury.death != Death::expired || store_.expires(bury.id) <= now_));
        store_.ask(bury);
    }
    void carry_out(const Drop& drop) {
        CHECK(removed_.insert(drop.id).second);
        CHECK(available_.erase(drop.id) == 1);
        store_.ask(drop);
    }
    void carry_out(const Drained& drained) {
        if (const auto taker = taking_.find(drained.consumer); taker != taking_.end()) {
            taker->second.credit = 0;
        }
    }
    void carry_out(const Room&) {}
    void carry_out(const Deliver& deliver) {
        if (const auto browser = browsing_.find(deliver.consumer); browser != browsing_.end()) {
            CHECK(deliver.id > browser->second);  // each once, in order
            browser->second = deliver.id;
            return;
        }
        Taker& taker = taking_.at(deliver.consumer);
        REQUIRE(deliver.payload);
        CHECK(taker.credit-- > 0);
        CHECK(store_.has(deliver.id));
        CHECK(store_.expires(deliver.id) > now_);
        if (taker.picks) {
            CHECK(is_picked(deliver.id));
            CHECK_FALSE(taker.refused.contains(deliver.id));
            CHECK_FALSE(waits(deliver.id));
            CHECK(available_.erase(deliver.id) == 1);
            taker.holds.insert(deliver.id);
            return;
        }
        const auto oldest = std::find_if(available_.begin(), available_.end(), [&](MessageId id) {
            return !taker.refused.contains(id) && !waits(id);
        });
        REQUIRE(oldest != available_.end());
        // Nothing that nobody has is older.
        CHECK(*oldest == deliver.id);
        available_.erase(deliver.id);
        taker.holds.insert(deliver.id);
    }
    void audit() {
        std::size_t held = 0;
        for (const auto& [id, taker] : taking_) {
            held += taker.holds.size();
            CHECK(taker.holds.size() <= kSmall.unsettled_max);
        }
        CHECK(queue_.unsettled() == held);
        CHECK(queue_.depth() == available_.size() + held + (offered_ - told_));
        CHECK(queue_.ready().size() <= kSmall.window_messages * 2 + kSmall.unsettled_max * 4);
    }

    /// A failure delays the next delivery.
    void delay_if(MessageId message, bool failed) {
        if (failed && settings_.redelivery.delay > 0) {
            delayed_[message] = now_ + settings_.redelivery.delay;
        }
    }
    bool waits(MessageId message) const {
        const auto delayed = delayed_.find(message);
        return delayed != delayed_.end() && delayed->second > now_;
    }

    std::mt19937 dice_;
    WallTime now_ = 1000;
    std::map<MessageId, WallTime> delayed_;  // not before
    Settings settings_;
    Queue queue_{settings_, {}, kSmall};
    Actions actions_;
    SlowStore store_;
    std::uint64_t consumers_made_ = 0;
    std::map<ConsumerId, Taker> taking_;
    std::map<ConsumerId, MessageId> browsing_;  // the last that each saw
    MessageId offered_ = 0;
    MessageId told_ = 0;             // all up to here are durable
    std::set<MessageId> accepted_;   // durable, and the queue was told
    std::set<MessageId> available_;  // accepted, and nobody has it
    std::set<MessageId> removed_;    // processed or dead
};

}  // namespace

TEST_SUITE("queue simulation") {
    TEST_CASE("nothing accepted is lost or given out twice, and the oldest goes first") {
        test::for_seeds({.count = 70}, [](std::uint32_t seed) {
            CAPTURE(test::replay(seed, "weft_queue_sim", "nothing accepted*"));
            QueueWalk queue{seed, kPlain};
            queue.walk(2000);
            queue.drain();
        });
    }

    TEST_CASE("the same where the oldest make room for the younger ones") {
        test::for_seeds({.count = 70}, [](std::uint32_t seed) {
            CAPTURE(test::replay(seed, "weft_queue_sim", "the same where*"));
            QueueWalk queue{seed, kDropping};
            queue.walk(2000);
            queue.drain();
        });
    }

    TEST_CASE("the same with messages that expire, and wait after failures") {
        test::for_seeds({.count = 70}, [](std::uint32_t seed) {
            CAPTURE(test::replay(seed, "weft_queue_sim", "the same with*"));
            QueueWalk queue{seed, kTimed};
            queue.walk(2000);
            queue.drain();
        });
    }
}

}  // namespace weft::queue::sim
