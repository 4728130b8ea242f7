#include "common/wire/delivery_state.hpp"
#include "tests/simulation/engine_sim_plain_side.hpp"
#include "tests/simulation/proton_peer.hpp"
#include "tests/simulation/seeds.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

namespace weft::amqp::test {
namespace {

constexpr int kRounds = 3;
constexpr int kMessages = 60;
constexpr int kMovesMax = 200000;

/// Our engine and Proton's, and the wire between them.
struct Pair {
    explicit Pair(std::uint32_t seed)
        : random{seed},
          we_serve{seed % 2 == 0},
          sasl{seed % 4 < 2},
          ours{our_options(), pool},
          proton{proton_options()} {
        ours.engine.start(now);
        if (we_serve) {
            proton.open();
        }
    }

    Options our_options() {
        Options options;
        options.server = we_serve;
        options.container_id = "ours";
        options.max_frame_size = 512 + random.below(20000);
        options.session_window = 2 + random.below(100);
        options.output_limit = 1000 + random.below(50000);
        if (sasl && we_serve) {
            options.sasl_mechanisms = {"ANONYMOUS"};
        } else if (sasl) {
            options.sasl_choices = {sasl_at_once("ANONYMOUS")};
        }
        return options;
    }

    ProtonPeer::Options proton_options() {
        ProtonPeer::Options options;
        options.server = !we_serve;
        options.sasl = sasl;
        options.max_frame_size = 512 + random.below(20000);
        options.credit = 1 + random.below(30);
        return options;
    }

    /// Moves some bytes both ways; false if there were none.
    bool move() {
        ours.engine.flush();
        const std::uint32_t most = random.one_in(3) ? 20 : 30000;
        OutBuffer& out = ours.engine.output();
        bool moved = false;
        if (!out.empty()) {
            const auto size = std::min<std::size_t>(out.size(), 1 + random.below(most));
            proton.receive(out.pending().first(size));
            out.consume(size);
            ours.engine.output_drained();
            moved = true;
        }
        if (const Bytes bytes = proton.output(); !bytes.empty()) {
            const auto size = std::min<std::size_t>(bytes.size(), 1 + random.below(most));
            const Buffer copy{bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)};
            proton.consume(size);
            ours.engine.receive(copy, now);
            while (ours.engine.has_work()) {
                ours.engine.flush();  // as an owner does between turns: else nothing is freed
                ours.engine.receive({}, now);
            }
            moved = true;
        }
        return moved;
    }

    /// Lets everything arrive, `each` being called now and then.
    template <class Each>
    bool settle(Each each) {
        for (int moves = 0; moves < kMovesMax; ++moves) {
            each();
            if (!move()) {
                return true;
            }
        }
        return false;
    }
    bool settle() {
        return settle([] {});
    }

    void attach_links(int round) {
        const std::string name = "link-" + std::to_string(round % 2);
        if (we_serve) {
            proton.attach_sender(name);
            proton.attach_receiver(name);
        } else {
            if (round == 0) {
                ours.begin();
            }
            ours.attach(name, true);
            ours.attach(name, false);
        }
    }

    void detach_links() {
        const bool closed = random.one_in(2);
        if (random.one_in(2)) {
            ours.detach_all(closed);
        } else {
            proton.detach_all(closed);
        }
    }

    /// Every message of first … last to the other side, in both directions, with drains between.
    void exchange(MessageNumber first, MessageNumber last) {
        for (MessageNumber number = first; number <= last; ++number) {
            ours.enqueue(number);
            proton.enqueue(number);
        }
        const auto act = [this, last] {
            ours.pump();
            proton.pump();
            if (random.one_in(100)) {
                ours.drain();
            }
            if (random.one_in(100)) {
                proton.drain(random.below(3));
            }
            if (random.one_in(100)) {
                ours.abort_one(last + 1000);
            }
            if (ours.drained()) {
                ours.refill();
            }
            if (proton.drained()) {
                proton.refill();
            }
        };
        // A drain may end with nothing moving: then credit is given anew.
        for (int i = 0; i < 100 && !(ours.queue_empty() && proton.queue_empty()); ++i) {
            REQUIRE(settle(act));
        }
        REQUIRE(settle());
    }

    std::vector<std::string> faults() const {
        std::vector<std::string> all = ours.faults;
        all.insert(all.end(), proton.faults.begin(), proton.faults.end());
        return all;
    }

    BlockPool pool;
    Random random;
    bool we_serve;
    bool sasl;
    Instant now{};
    PlainSide ours;
    ProtonPeer proton;
};

void check_outcomes(const std::map<MessageNumber, wire::Outcome>& outcomes, MessageNumber last) {
    for (MessageNumber number = 1; number <= last; ++number) {
        CAPTURE(number);
        const auto found = outcomes.find(number);
        REQUIRE((found == outcomes.end()) == message_presettled(number));
        if (found != outcomes.end()) {
            CHECK(found->second == message_outcome(number));
        }
    }
}

}  // namespace

TEST_SUITE_BEGIN("engine against Proton");

TEST_CASE("our engine and Proton's exchange messages in both roles") {
    weft::test::for_seeds({.count = 40}, [](std::uint32_t seed) {
        INFO(weft::test::replay(seed, "weft_engine_proton_sim", "our engine*"));
        Pair pair{seed};
        REQUIRE(pair.settle());
        REQUIRE(pair.ours.engine.is_open());
        for (int round = 0; round < kRounds; ++round) {
            CAPTURE(round);
            pair.attach_links(round);
            REQUIRE(pair.settle());
            REQUIRE(pair.ours.links() == 2);
            REQUIRE(pair.proton.links() == 2);
            const auto first = static_cast<MessageNumber>(round) * kMessages + 1;
            pair.exchange(first, first + kMessages - 1);
            CHECK(pair.ours.unsettled() == 0);
            pair.detach_links();
            REQUIRE(pair.settle());
            CHECK(pair.ours.links() == 0);
            CHECK(pair.proton.links() == 0);
        }
        const std::string fault = pair.faults().empty() ? "" : pair.faults().front();
        REQUIRE(fault == "");

        const MessageNumber last = kRounds * kMessages;
        std::vector<MessageNumber> all(last);
        std::iota(all.begin(), all.end(), 1);
        CHECK(pair.ours.received == all);
        CHECK(pair.proton.received == all);
        check_outcomes(pair.ours.outcomes, last);
        check_outcomes(pair.proton.outcomes, last);

        if (pair.random.one_in(2)) {
            pair.ours.engine.close(std::nullopt);
        } else {
            pair.proton.close();
        }
        CHECK(pair.settle());
        CHECK(pair.ours.engine.finished());
        CHECK(pair.proton.finished());
    });
}

TEST_CASE("a drain is answered between our engine and Proton's") {
    weft::test::for_seeds({.count = 20}, [](std::uint32_t seed) {
        INFO(weft::test::replay(seed, "weft_engine_proton_sim", "a drain*"));
        Pair pair{seed};
        REQUIRE(pair.settle());
        pair.attach_links(0);
        REQUIRE(pair.settle());
        pair.ours.drain();
        pair.proton.drain(5);
        CHECK_FALSE(pair.ours.drained());
        CHECK_FALSE(pair.proton.drained());
        REQUIRE(pair.settle());
        CHECK(pair.ours.drained());
        CHECK(pair.proton.drained());
        pair.ours.refill();
        pair.proton.refill();
        pair.exchange(1, 10);
        CHECK(pair.ours.received.size() == 10);
        CHECK(pair.proton.received.size() == 10);
        const std::string fault = pair.faults().empty() ? "" : pair.faults().front();
        CHECK(fault == "");
    });
}

TEST_SUITE_END();

}  // namespace weft::amqp::test
