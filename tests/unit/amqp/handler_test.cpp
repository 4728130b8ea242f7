#include "common/amqp/handler.hpp"

#include "common/amqp/engine.hpp"
#include "tests/unit/amqp/frames.hpp"

#include <doctest/doctest.h>

namespace weft::amqp::test {
namespace {

/// An engine whose handler overrides nothing.
struct DefaultsWorld {
    explicit DefaultsWorld(Options options)
        : engine{std::make_shared<const Options>(std::move(options)), handler, pool} {
        engine.start(Instant{});
    }

    Lines give_all(const std::vector<Buffer>& parts) {
        engine.receive(join(parts), Instant{});
        engine.flush();
        Lines result = lines(engine.output().pending());
        engine.output().consume(engine.output().size());
        return result;
    }

    BlockPool pool;
    Handler handler;
    Engine engine;
};

}  // namespace

TEST_SUITE_BEGIN("handler");

TEST_CASE("a handler that overrides nothing refuses an attach, and that alone") {
    DefaultsWorld f{{.container_id = "me"}};
    CHECK(f.give_all({header(0), open(), begin(0)}) ==
          Lines{"header 0", "open me", "begin 0 remote 0"});
    CHECK(f.give_all({attach(0, {.name = "in"})}) ==
          Lines{"attach 0 receiver in no-source no-target", "detach 0 closed amqp:not-allowed"});
    CHECK(f.engine.is_open());
    CHECK(f.give_all({close()}) == Lines{"close"});
}

TEST_CASE("a handler that overrides nothing leaves the answer to an attach of its own alone") {
    DefaultsWorld f{{.server = false, .container_id = "me"}};
    Session* session = f.engine.begin();
    Link* link = session->attach({.name = "out"});
    f.give_all({header(0), open(), begin(0, {.remote_channel = 0, .incoming_window = 9})});
    CHECK(f.give_all({attach(0, {.name = "out", .receiver = true})}).empty());
    CHECK_FALSE(link->awaits_answer());
}

TEST_CASE("a handler that overrides nothing refuses every SASL mechanism") {
    DefaultsWorld f{{.container_id = "me", .sasl_mechanisms = {"ANONYMOUS"}}};
    const auto init =
        sasl(Performative::sasl_init, [](wire::Writer& out) { out.symbol("ANONYMOUS"); });
    CHECK(f.give_all({header(3), init}) == Lines{"header 3", "sasl 64", "sasl 68"});
    CHECK(f.engine.finished());
}

TEST_SUITE_END();

}  // namespace weft::amqp::test
