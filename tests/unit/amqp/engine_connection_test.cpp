#include "common/wire/big_endian.hpp"
#include "common/wire/value.hpp"
#include "tests/unit/amqp/frames.hpp"
#include "tests/unit/amqp/recorder.hpp"

#include <doctest/doctest.h>

#include <memory>

namespace weft::amqp::test {

using namespace std::chrono_literals;

TEST_SUITE_BEGIN("engine connection");

TEST_CASE("the peer's close ends links, sessions and the connection, in this order") {
    Fixture f{server_options()};
    f.begin_session();
    f.incoming_link(1, "a");
    CHECK(f.give(close(ErrorView{"x:bad", "", {}})) == Lines{"close"});
    CHECK(f.handler.take() == Lines{"detach a x:bad", "end x:bad", "close by peer x:bad"});
    CHECK(f.engine.finished());
    f.engine.abandon(nullptr);
    CHECK(f.handler.take().empty());
}

TEST_CASE("our close waits for the peer's and drops what is under way") {
    Fixture f{server_options()};
    f.begin_session();
    f.incoming_link(10, "a");
    f.engine.close(ErrorView{"amqp:connection:forced", "", {}});
    CHECK(f.output() == Lines{"close amqp:connection:forced"});
    CHECK_FALSE(f.engine.finished());
    CHECK_FALSE(f.engine.is_open());
    CHECK(f.give(transfer(0, first_of(0), "late")).empty());
    CHECK(f.handler.take().empty());
    CHECK(f.give(close()).empty());
    CHECK(f.handler.take() == Lines{"detach a", "end", "close"});
    CHECK(f.engine.finished());
}

TEST_CASE("our close is not awaited for ever") {
    Fixture f{server_options()};
    f.begin_session();
    f.engine.close(std::nullopt);
    f.now += 1h;
    f.engine.tick(f.now);
    CHECK_FALSE(f.engine.finished());
    CHECK(f.engine.deadline() == f.now + kCloseTimeout);
    f.engine.tick(f.now + kCloseTimeout);
    CHECK(f.engine.finished());
    CHECK(f.handler.take() ==
          Lines{"end amqp:resource-limit-exceeded", "close amqp:resource-limit-exceeded"});
}

TEST_CASE("calls after our close do nothing") {
    Fixture f{server_options()};
    f.begin_session();
    Link& link = f.outgoing_link(10);
    Session& session = link.session();
    f.engine.close(std::nullopt);
    f.output();
    CHECK(f.engine.begin() == nullptr);
    CHECK(session.attach({.name = "x"}) == nullptr);
    CHECK(link.send({}, as_bytes("x"), false).taken == 0);
    link.detach(true, std::nullopt);
    session.end(std::nullopt);
    CHECK(f.output().empty());
}

TEST_CASE("a handler may refuse an open") {
    Fixture f{server_options()};
    f.handler.opened = [&](const Open&) { f.engine.close(ErrorView{"amqp:not-allowed", "", {}}); };
    CHECK(f.give({header(0), open(), begin(0)}) ==
          Lines{"header 0", "open me", "close amqp:not-allowed"});
    CHECK(f.handler.take() == Lines{"open peer"});
}

TEST_CASE("a handler may say what holds for a connection before its open is answered") {
    Fixture f{server_options()};
    auto own = std::make_shared<Options>(server_options());
    own->channel_max = 0;
    f.handler.opening = own;
    f.give({header(0), open(), begin(0)});
    CHECK(f.handler.sessions.size() == 1);
    CHECK(f.give(begin(1)) == Lines{"close amqp:connection:framing-error"});
}

TEST_CASE("a lost transport is reported as the end of all") {
    Fixture f{server_options()};
    f.begin_session();
    f.incoming_link(1, "a");
    const ErrorView error{"amqp:connection:forced", "reset", {}};
    f.engine.abandon(&error);
    CHECK(f.handler.take() == Lines{"detach a amqp:connection:forced", "end amqp:connection:forced",
                                    "close amqp:connection:forced"});
    CHECK(f.engine.finished());
}

TEST_CASE("malformed input ends the connection with the condition the spec names") {
    Fixture f{server_options()};
    f.begin_session();
    Buffer in;
    std::string condition = "amqp:decode-error";
    SUBCASE("a frame larger than max-frame-size") {
        in = {0x00, 0x00, 0x40, 0x01, 2, 0, 0, 0};
        condition = "amqp:connection:framing-error";
    }
    SUBCASE("a frame smaller than its header") {
        in = {0, 0, 0, 7, 2, 0, 0, 0};
        condition = "amqp:connection:framing-error";
    }
    SUBCASE("a data offset inside the header") {
        in = {0, 0, 0, 8, 1, 0, 0, 0};
        condition = "amqp:connection:framing-error";
    }
    SUBCASE("a data offset past the frame") {
        in = {0, 0, 0, 8, 3, 0, 0, 0};
        condition = "amqp:connection:framing-error";
    }
    SUBCASE("an unknown frame type") {
        in = {0, 0, 0, 8, 2, 7, 0, 0};
        condition = "amqp:connection:framing-error";
    }
    SUBCASE("a body that is no described list") {
        in = raw_frame(0, 0, as_bytes("hello"));
    }
    SUBCASE("an unknown performative") {
        in = raw_frame(0, 0, Buffer{0, 0x53, 0x19, 0x45});
    }
    SUBCASE("a SASL performative in an AMQP frame") {
        in = raw_frame(0, 0, Buffer{0, 0x53, 0x41, 0x45});
    }
    SUBCASE("a cut-off list") {
        in = raw_frame(0, 0, Buffer{0, 0x53, 0x12, 0xc0, 9, 1});
    }
    SUBCASE("a field of the wrong type") {
        in = raw_frame(0, 1, Buffer{0, 0x53, 0x11, 0xc0, 3, 1, 0xa1, 0});
    }
    SUBCASE("a missing mandatory field") {
        in = raw_frame(0, 1, Buffer{0, 0x53, 0x11, 0x45});
        condition = "amqp:invalid-field";
    }
    SUBCASE("a transfer whose list is no list") {
        in = raw_frame(0, 0, Buffer{0, 0x53, 0x14, 0xa1, 0});
    }
    SUBCASE("a performative above the limit") {
        Options options = server_options();
        CHECK(options.control_frame_max > options.max_frame_size);
        in = raw_frame(0, 0, Buffer(options.max_frame_size));
        condition = "amqp:connection:framing-error";
    }
    SUBCASE("a frame on a channel without session") {
        in = flow(7, {});
        condition = "amqp:not-found";
    }
    SUBCASE("a second open") {
        in = open();
        condition = "amqp:not-allowed";
    }
    CHECK(f.give(in) == Lines{"close " + condition});
    CHECK(f.handler.take() == Lines{"end " + condition, "close " + condition});
    CHECK(f.engine.finished());
    CHECK(f.give(flow(0, {})).empty());
}

TEST_CASE("a performative above the limit ends the connection, a large payload does not") {
    Options options = server_options();
    options.control_frame_max = 600;
    Fixture f{options};
    f.begin_session();
    f.incoming_link(2);
    const std::string large(1000, 'x');
    CHECK(f.give(transfer(0, first_of(0), large)).empty());
    SUBCASE("of a control frame") {
        CHECK(f.give(attach(0, {.name = large, .handle = 1})) ==
              Lines{"close amqp:resource-limit-exceeded"});
    }
    SUBCASE("of a transfer") {
        Transfer with_state = first_of(1);
        Buffer state{0x00, 0x53, 0x23, 0xd0};
        state.resize(8 + 4 + 3 + 700);
        wire::store_u32(&state[4], 4 + 3 + 700);
        wire::store_u32(&state[8], 1);
        state[12] = 0xb0;
        state.resize(8 + 4 + 5 + 700);
        wire::store_u32(&state[4], 4 + 5 + 700);
        wire::store_u32(&state[13], 700);
        with_state.state = state;
        CHECK(f.give(transfer(0, with_state)) == Lines{"close amqp:resource-limit-exceeded"});
    }
}

TEST_CASE("an open with a frame size below the minimum is refused") {
    Fixture f{server_options()};
    CHECK(f.give({header(0), open({.container_id = "p", .max_frame_size = 511})}) ==
          Lines{"header 0", "open me", "close amqp:invalid-field"});
}

TEST_CASE("a long container id is kept in part") {
    Fixture f{server_options()};
    const std::string id(2000, 'c');
    f.give({header(0), open({.container_id = id})});
    CHECK(f.engine.remote_container() == id.substr(0, kContainerIdMax));
}

TEST_CASE("the handshake has a time-out") {
    Options options = server_options();
    options.handshake_timeout = 10s;
    Fixture f{options};
    CHECK(f.engine.deadline() == f.now + 10s);
    f.give(header(0));
    f.engine.tick(f.now + 9s);
    CHECK_FALSE(f.engine.finished());
    SUBCASE("that ends the connection") {
        f.engine.tick(f.now + 10s);
        CHECK(f.output() == Lines{"open me", "close amqp:resource-limit-exceeded"});
        CHECK(f.engine.finished());
    }
    SUBCASE("that the peer's open stops") {
        f.give(open());
        CHECK(f.engine.deadline() == kNever);
        f.engine.tick(f.now + 10s);
        CHECK(f.engine.is_open());
    }
}

TEST_CASE("a peer that is silent for twice our time-out is given up") {
    Options options = server_options();
    options.idle_timeout = 8s;
    Fixture f{options};
    f.engine.receive(join({header(0), open()}), f.now);
    const Bytes out = f.engine.output().pending();
    CHECK(decode_open(out.subspan(8 + 8 + 3))->idle_timeout_ms == 8000);
    CHECK(f.engine.deadline() == f.now + 16s);

    f.now += 15s;
    f.give(raw_frame(0, 0, {}));
    CHECK(f.engine.deadline() == f.now + 16s);
    f.engine.tick(f.now + 15s);
    CHECK(f.engine.is_open());
    f.handler.take();
    f.engine.tick(f.now + 16s);
    CHECK(f.handler.take() == Lines{"close amqp:resource-limit-exceeded"});
    CHECK(f.output() == Lines{"close amqp:resource-limit-exceeded"});
}

TEST_CASE("an empty frame goes out before half of the peer's time-out has passed without output") {
    Fixture f{server_options()};
    f.give({header(0), open({.container_id = "p", .idle_timeout_ms = 100})});
    CHECK(f.engine.lateness_max() == 10ms);
    int empty = 0;
    Duration quiet{};
    for (Duration at{}; at < 1s; at += 1ms) {
        f.now += 1ms;
        quiet += 1ms;
        if (f.engine.deadline() <= f.now) {
            f.engine.tick(f.now);
        }
        if (f.output() == Lines{"empty"}) {
            ++empty;
            quiet = {};
        }
        CHECK(quiet < 50ms);
    }
    CHECK(empty == 25);
    SUBCASE("and none while there is other output") {
        f.give({begin(0), attach(0, {.name = "x"})});
        for (Duration at{}; at < 1s; at += 30ms) {
            f.now += 30ms;
            f.engine.tick(f.now);
            CHECK(f.give(flow(0, {.handle = 0, .echo = true})).size() == 1);
        }
    }
}

TEST_CASE("a peer that asks for frames more often than every 100 ms is refused") {
    Fixture f{server_options()};
    CHECK(f.give({header(0), open({.container_id = "p", .idle_timeout_ms = 99})}) ==
          Lines{"header 0", "open me", "close amqp:not-implemented"});
    CHECK(f.engine.finished());
}

TEST_CASE("an open fits the frames of a peer whose open came first, and else the smallest") {
    Buffer properties;
    wire::Map map;
    for (int i = 0; i < 20; ++i) {
        map.emplace_back(wire::Symbol{"key-" + std::to_string(i)}, std::string(40, 'v'));
    }
    wire::encode(properties, map);
    Options options = server_options();
    options.properties = properties;
    const auto sent_to = [&](std::uint32_t peers_max) {
        Fixture f{options};
        f.engine.receive(
            join({header(0), open({.container_id = "p", .max_frame_size = peers_max})}), f.now);
        return f.engine.output().size() - kProtocolHeaderSize;
    };
    CHECK(sent_to(512) <= 512);
    CHECK(sent_to(512) > 450);
    CHECK(sent_to(700) > 512);
    CHECK(sent_to(700) <= 700);
    CHECK(sent_to(4096) > 1000);
    options.server = false;
    Fixture client{options};
    CHECK(client.engine.output().size() - kProtocolHeaderSize <= 512);
}

TEST_CASE("the error of a close fits the peer's frames") {
    Fixture f{server_options()};
    f.give({header(0), open({.container_id = "p", .max_frame_size = 512})});
    const std::string description(1000, 'd');
    f.engine.close(ErrorView{"amqp:internal-error", description, {}});
    CHECK(f.engine.output().size() <= 512);
    CHECK(f.output() == Lines{"close amqp:internal-error"});
}

TEST_SUITE_END();

}  // namespace weft::amqp::test
