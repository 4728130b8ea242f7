#include "common/wire/delivery_state.hpp"
#include "tests/unit/amqp/frames.hpp"
#include "tests/unit/amqp/recorder.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

namespace weft::amqp::test {

TEST_SUITE_BEGIN("engine session");

TEST_CASE("channels of both sides are their own and are used again after end") {
    Fixture f{server_options()};
    f.give({header(0), open()});
    CHECK(f.give(begin(7)) == Lines{"begin 0 remote 7"});
    CHECK(f.give(begin(3)) == Lines{"begin 1 remote 3"});
    CHECK(f.give(end(7)) == Lines{"end"});
    CHECK(f.give(begin(7)) == Lines{"begin 0 remote 7"});
    CHECK(f.give(attach(3, {.name = "x"})) == Lines{"attach 0 receiver x"});
}

TEST_CASE("a session of our own") {
    Fixture f{server_options()};
    f.give({header(0), open()});
    Session* session = f.engine.begin();
    REQUIRE(session != nullptr);
    CHECK(f.output() == Lines{"begin 0"});
    CHECK(f.give(begin(9, {.remote_channel = 0, .incoming_window = 55})).empty());
    CHECK(f.handler.take() == Lines{"open peer", "begin"});
    CHECK(session->remote_channel() == 9);
    CHECK(session->remote_window() == 55);
    session->end(ErrorView{"x:bad"});
    CHECK(f.output() == Lines{"end x:bad"});
    CHECK(f.give(end(9)).empty());
    CHECK(f.handler.take().empty());
    CHECK(f.engine.begin()->channel() == 0);
}

TEST_CASE("a session that was ended before the peer answered its begin") {
    Fixture f{server_options()};
    f.give({header(0), open()});
    f.handler.take();
    f.engine.begin()->end(std::nullopt);
    CHECK(f.output() == Lines{"begin 0", "end"});
    CHECK(f.give({begin(4, {.remote_channel = 0}), attach(4, {.name = "x"}), end(4)}).empty());
    CHECK(f.handler.take().empty());
    CHECK(f.engine.is_open());
}

TEST_CASE("the peer's channel-max limits our sessions") {
    Fixture f{server_options()};
    f.give({header(0), open({.container_id = "p", .channel_max = 1})});
    CHECK(f.engine.begin() != nullptr);
    CHECK(f.engine.begin() != nullptr);
    CHECK(f.engine.begin() == nullptr);
    f.output();
    SUBCASE("and a begin that cannot be answered ends the connection") {
        CHECK(f.give(begin(0)) == Lines{"close amqp:resource-limit-exceeded"});
    }
}

TEST_CASE("a connection has its share of the sessions of all") {
    Census census{{.sessions = 4, .text_bytes = 1000}};
    {
        Fixture f{server_options(), &census};
        f.give({header(0), open(), begin(0), begin(1)});
        CHECK(census.sessions() == 2);
        SUBCASE("one that ends makes room") {
            f.give(end(1));
            CHECK(census.sessions() == 1);
            CHECK(f.give(begin(1)).size() == 1);
        }
        SUBCASE("none of its own is begun then") {
            CHECK(f.engine.begin() == nullptr);
            CHECK(census.counters().sessions == 1);
            f.give(end(0));
            CHECK(f.engine.begin() != nullptr);
        }
        SUBCASE("who begins one more is closed, and others are served") {
            CHECK(f.give(begin(2)) == Lines{"close amqp:resource-limit-exceeded"});
            CHECK(census.counters().sessions == 1);
            Fixture other{server_options(), &census};
            CHECK(other.give({header(0), open(), begin(0)}).size() == 3);
        }
    }
    CHECK(census.sessions() == 0);
}

TEST_CASE("a connection has its share of the names and addresses of all links") {
    Census census{{.sessions = 4, .text_bytes = 1000}};
    Fixture f{server_options(), &census};
    f.begin_session();
    const auto ask = [&](Fixture& by, std::uint32_t handle) {
        return by
            .give(attach(
                0, {.name = std::string(200, 'n') + std::to_string(handle), .handle = handle}))
            .size();
    };
    CHECK(ask(f, 0) == 1);
    CHECK(ask(f, 1) == 1);
    CHECK(ask(f, 2) == 2);  // refused
    CHECK(census.counters().links == 1);
    Fixture other{server_options(), &census};
    other.begin_session();
    CHECK(ask(other, 0) == 1);
    f.give({detach(0, {.handle = 0, .closed = true}), detach(0, {.handle = 1, .closed = true})});
    CHECK(census.text_bytes() == 203);  // a name of 201 and an address of 2
    CHECK(ask(f, 0) == 1);
}

TEST_CASE("a session with very many links ends at once, and they are freed in slices") {
    constexpr std::uint32_t kLinks = 2 * kBuriedAtOnce;
    Census census;
    Fixture f{server_options(), &census};
    f.handler.sees_to_all = true;
    f.give({header(0), open()});
    std::vector<Buffer> parts{begin(0)};
    for (std::uint32_t i = 0; i < kLinks; ++i) {
        parts.push_back(attach(0, {.name = "link" + std::to_string(i), .handle = i}));
    }
    f.give(parts);
    CHECK(f.handler.links.size() == kLinks);
    const std::size_t texts = census.text_bytes();
    CHECK_FALSE(f.engine.has_work());
    f.give(end(0));
    CHECK(census.sessions() == 0);
    CHECK(census.text_bytes() > texts / 3);
    CHECK(f.engine.has_work());
    f.give(parts);  // their names are free at once, and so are their places
    CHECK(f.handler.links.size() == 2 * kLinks);
    while (f.engine.has_work()) {
        f.engine.receive({}, f.now);
    }
    CHECK(census.text_bytes() == texts);
    f.give({detach(0, {.handle = 5, .closed = true}), attach(0, {.name = "link5", .handle = 5})});
    CHECK(f.handler.links.size() == 2 * kLinks);
    CHECK(f.handler.links.back()->handle() == 5);
    CHECK(f.engine.is_open());
}

TEST_CASE("what is left of a connection may outlive it, and is freed in slices") {
    constexpr std::uint32_t kLinks = 100;
    BlockPool pool;
    Recorder handler;
    auto engine =
        std::make_unique<Engine>(std::make_shared<const Options>(server_options()), handler, pool);
    handler.engine = engine.get();
    engine->start({});
    engine->receive(join({header(0), open({.container_id = "peer"}), begin(0), begin(1)}), {});
    for (std::uint32_t i = 0; i < kLinks; ++i) {
        const std::string name = std::to_string(i);
        engine->receive(attach(i % 2 == 0 ? 0 : 1, {.name = name, .handle = i}), {});
    }
    engine->abandon(nullptr);
    Remains remains = Remains::of(*engine);
    engine.reset();
    std::size_t seen = 0;
    std::size_t slices = 0;
    for (; !remains.empty(); ++slices) {
        std::size_t left = 10;
        remains.free(left, [&](const Link&) { ++seen; });
    }
    CHECK(seen == kLinks);
    CHECK(slices == (kLinks + 2) / 10 + 1);  // and the two sessions
}

TEST_CASE("no session begins before open") {
    Fixture f{server_options()};
    CHECK(f.engine.begin() == nullptr);
    f.give(header(0));
    CHECK(f.engine.begin() == nullptr);
}

TEST_CASE("errors of begin end the connection") {
    Options options = server_options();
    options.channel_max = 5;
    Fixture f{options};
    f.give({header(0), open(), begin(5)});
    SUBCASE("a channel above channel-max") {
        CHECK(f.give(begin(6)) == Lines{"close amqp:connection:framing-error"});
    }
    SUBCASE("a channel in use") {
        CHECK(f.give(begin(5)) == Lines{"close amqp:not-allowed"});
    }
    SUBCASE("an answer to nothing") {
        CHECK(f.give(begin(1, {.remote_channel = 3})) == Lines{"close amqp:not-found"});
    }
    SUBCASE("a second answer") {
        CHECK(f.give(begin(1, {.remote_channel = 0})) == Lines{"close amqp:not-found"});
    }
    SUBCASE("an end on an unknown channel") {
        CHECK(f.give(end(4)) == Lines{"close amqp:not-found"});
    }
}

TEST_CASE("the peer ends a session with deliveries under way") {
    Fixture f{server_options()};
    f.begin_session();
    f.incoming_link(5, "in");
    f.give(attach(0, {.name = "out", .handle = 1, .receiver = true}));
    f.give(flow(0, {.incoming_window = 9, .handle = 1, .link_credit = 5}));
    Link& out = *f.handler.links.back();
    out.send({.context = 1}, as_bytes("half"), true);
    out.send({}, {}, true);
    f.give(transfer(0, first_of(0), "x"));
    f.handler.take();
    CHECK(f.give(end(0, ErrorView{"x:bad"})) == Lines{"end"});
    CHECK(f.handler.take() == Lines{"detach in x:bad", "detach out x:bad", "end x:bad"});
    CHECK(f.give(begin(0)) == Lines{"begin 0 remote 0"});
    CHECK(f.give(attach(0, {.name = "in"})) == Lines{"attach 0 receiver in"});
}

TEST_CASE("a handler that sees to all links of a session hears of none of them") {
    Fixture f{server_options()};
    f.begin_session();
    f.incoming_link(10, "in");
    f.handler.sees_to_all = true;
    f.handler.take();
    SUBCASE("and their names are free once the peer has ended it") {
        CHECK(f.give(end(0)) == Lines{"end"});
        CHECK(f.handler.take() == Lines{"end"});
        CHECK(f.give({begin(0), attach(0, {.name = "in"})}).back() == "attach 0 receiver in");
    }
    SUBCASE("and their names are free once it has failed, and calls for them do nothing") {
        Link& link = *f.handler.links.front();
        f.give({flow(0, {.handle = 77}), begin(1), attach(1, {.name = "in"})});
        CHECK(f.handler.take() ==
              Lines{"end amqp:session:unattached-handle", "begin", "attach in"});
        link.grant(5);
        link.detach(true, std::nullopt);
        CHECK(f.output().empty());
    }
    SUBCASE("nor if the connection is over") {
        f.engine.abandon(nullptr);
        CHECK(f.handler.take() == Lines{"end", "close"});
    }
}

TEST_CASE("frames under way after our end are dropped until the peer's end") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.incoming_link(5);
    f.give(transfer(0, first_of(0)));
    link.update(0, wire::kAccepted, true);
    link.session().end(std::nullopt);
    CHECK(f.output() == Lines{"disposition receiver 0..0 settled accepted", "end"});
    f.handler.take();
    CHECK(f.give({transfer(0, first_of(1)), flow(0, {.echo = true}), attach(0, {.name = "y"})})
              .empty());
    CHECK(f.handler.take().empty());
    f.give(end(0));
    CHECK(f.handler.take().empty());
    CHECK(f.give(flow(0, {})) == Lines{"close amqp:not-found"});
}

TEST_CASE("a session error ends the session alone") {
    Fixture f{server_options()};
    f.begin_session();
    f.give(begin(1));
    f.incoming_link(5, "a");
    CHECK(f.give(transfer(0, {.handle = 9, .delivery_id = 0})) ==
          Lines{"end amqp:session:unattached-handle"});
    CHECK(f.handler.take() ==
          Lines{"detach a amqp:session:unattached-handle", "end amqp:session:unattached-handle"});
    CHECK(f.give({end(0), attach(1, {.name = "a"})}) == Lines{"attach 0 receiver a"});
}

TEST_CASE("a handler may end the session from within any event") {
    Fixture f{server_options()};
    f.begin_session();
    SUBCASE("a transfer") {
        f.incoming_link(5);
        f.handler.transferred = [&](Link& link, const IncomingTransfer&, Context&) {
            link.session().end(std::nullopt);
        };
        CHECK(f.give({transfer(0, first_of(0)), transfer(0, first_of(1))}) == Lines{"end"});
        CHECK(f.handler.take() == Lines{"transfer 0 first ''"});
    }
    SUBCASE("an update within a range") {
        Link& link = f.outgoing_link(5);
        for (int i = 0; i < 3; ++i) {
            link.send({}, as_bytes("x"), false);
        }
        f.handler.updated = [&](Link& of, const DeliveryUpdate&, Context) {
            of.session().end(std::nullopt);
        };
        f.output();
        CHECK(f.give(disposition(0, {.receiver = true, .first = 0, .last = 2, .settled = true})) ==
              Lines{"end"});
        CHECK(f.handler.take() == Lines{"update 0 settled context 0"});
    }
    SUBCASE("an attach") {
        f.handler.attached = [&](Link& link, const Attach&) { link.session().end(std::nullopt); };
        CHECK(f.give(attach(0, {.name = "x"})) == Lines{"end"});
    }
    SUBCASE("a detach by theft") {
        f.incoming_link(5, "x");
        f.handler.detached = [&](Link& link) { link.session().end(std::nullopt); };
        CHECK(f.give(attach(0, {.name = "x", .handle = 1})) ==
              Lines{"detach 0 closed amqp:link:stolen", "end"});
    }
    CHECK(f.give(end(0)).empty());
    CHECK(f.engine.is_open());
}

TEST_SUITE_END();

}  // namespace weft::amqp::test
