#include "tests/simulation/engine_sim_side.hpp"
#include "tests/simulation/seeds.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace weft::amqp::test {
namespace {

constexpr int kSteps = 3000;
constexpr int kRoundsMax = 10000;

/// Two engines and the wire between them.
struct Connection {
    explicit Connection(std::uint32_t seed)
        : random{seed},
          client{options(false), ledger, random, pool},
          server{options(true), ledger, random, pool} {
        client.engine.start(now);
        server.engine.start(now);
    }

    Options options(bool is_server) {
        Options options;
        options.server = is_server;
        options.container_id = is_server ? "server" : "client";
        options.max_frame_size = 512 + random.below(2000);
        options.session_window = 1 + random.below(20);
        options.output_limit = 600 + random.below(5000);
        options.handle_max = 20;
        options.idle_timeout = std::chrono::seconds(20);
        options.first_id = random.one_in(2) ? 0 : 0xffffffff - random.below(300);
        if (is_server) {
            options.sasl_mechanisms = {"ANONYMOUS"};
        } else if (random.one_in(2)) {
            options.sasl_choices = {sasl_at_once("ANONYMOUS")};
        }
        return options;
    }

    /// Moves up to `most` bytes, cut at random; false if there were none.
    bool move(Side& from, Side& to, std::uint32_t most) {
        OutBuffer& out = from.engine.output();
        if (out.empty()) {
            return false;
        }
        const auto size = std::min<std::size_t>(out.size(), 1 + random.below(most));
        to.engine.receive(out.pending().first(size), now);
        while (to.engine.has_work()) {
            to.engine.flush();  // as an owner does between turns: else nothing is freed
            to.engine.receive({}, now);
        }
        out.consume(size);
        from.engine.output_drained();
        return true;
    }

    void step() {
        Side& side = random.one_in(2) ? client : server;
        Side& other = &side == &client ? server : client;
        side.act();
        if (random.one_in(3)) {
            side.engine.flush();
        }
        for (std::uint32_t moves = random.below(4); moves > 0; --moves) {
            move(side, other, 3000);
            move(other, side, 3000);
        }
        now += std::chrono::milliseconds(random.below(50));
        side.engine.tick(now);
    }

    /// Lets everything arrive; false if it never ends.
    bool settle() {
        for (int round = 0; round < kRoundsMax; ++round) {
            bool busy = client.settle_down();
            busy = server.settle_down() || busy;
            client.engine.flush();
            server.engine.flush();
            busy = move(client, server, 100000) || busy;
            busy = move(server, client, 100000) || busy;
            if (!busy) {
                return true;
            }
        }
        return false;
    }

    BlockPool pool;
    Ledger ledger;
    Random random;
    Instant now{};
    Side client;
    Side server;
};

}  // namespace

TEST_SUITE_BEGIN("engine simulation");

TEST_CASE("two engines keep their promises whatever is done and however bytes are cut") {
    std::size_t delivered = 0;
    weft::test::for_seeds({.count = 60}, [&](std::uint32_t seed) {
        INFO(weft::test::replay(seed, "weft_engine_sim", "two engines*"));
        Connection connection{seed};
        REQUIRE(connection.settle());
        REQUIRE(connection.client.engine.is_open());
        for (int i = 0; i < kSteps && connection.ledger.faults.empty(); ++i) {
            connection.step();
        }
        CHECK(connection.settle());
        CHECK(connection.client.idle());
        CHECK(connection.server.idle());
        const std::string fault =
            connection.ledger.faults.empty() ? "" : connection.ledger.faults.front();
        REQUIRE(fault == "");
        delivered += connection.client.delivered() + connection.server.delivered();

        connection.client.engine.close(std::nullopt);
        CHECK(connection.settle());
        CHECK(connection.client.engine.finished());
        CHECK(connection.server.engine.finished());
        CHECK(connection.client.closed == 1);
        CHECK(connection.server.closed == 1);
    });
    CHECK(delivered > 10000);  // the simulation did something
}

TEST_SUITE_END();

}  // namespace weft::amqp::test
