#include "common/wire/delivery_state.hpp"
#include "tests/unit/amqp/frames.hpp"
#include "tests/unit/amqp/recorder.hpp"

#include <doctest/doctest.h>

namespace weft::amqp::test {
namespace {

/// All that a peer says on a busy connection.
Buffer exchange() {
    Transfer more = first_of(1);
    more.more = true;
    const std::string large(700, 'x');
    return join(
        {header(3),
         sasl(Performative::sasl_init, [](wire::Writer& out) { out.symbol("ANONYMOUS"); }),
         header(0), open(), begin(0), attach(0, {.name = "in"}),
         attach(0, {.name = "out", .handle = 1, .receiver = true}),
         flow(0, {.incoming_window = 100, .handle = 1, .link_credit = 3, .echo = true}),
         transfer(0, first_of(0), "one frame"), raw_frame(0, 0, {}), transfer(0, more, large),
         transfer(0, {}, "end"),
         disposition(
             0,
             {.receiver = true, .first = 0, .last = 1, .settled = true, .state = wire::kAccepted}),
         disposition(0, {.first = 0, .last = 1, .settled = true}), detach(0, {.handle = 1}), end(0),
         close(ErrorView{"x:done"})});
}

/// A recorder that grants, sends and accepts, all in reaction to the peer.
struct Busy : Fixture {
    Busy() : Fixture{options()} {
        handler.attached = [this](Link& link, const Attach& attach) {
            CHECK(link.accept({.source = attach.source, .target = attach.target}));
            link.grant(10);
            engine.flush();  // the credit must not wait: the peer is pipelining
        };
        handler.credited = [](Link& link) {
            link.send({.context = 7}, as_bytes("a"), false);
            link.send({.context = 8}, as_bytes("b"), false);
        };
    }
    static Options options() {
        Options options = server_options();
        options.sasl_mechanisms = {"ANONYMOUS"};
        return options;
    }
};

}  // namespace

TEST_SUITE_BEGIN("engine chunking");

TEST_CASE("the stream means the same wherever it is cut") {
    const Buffer stream = exchange();
    Busy whole;
    whole.engine.receive(stream, whole.now);
    const Lines expected = whole.handler.take();
    REQUIRE(expected.size() == 17);
    CHECK(expected.back() == "close by peer x:done");

    for (std::size_t cut = 1; cut < stream.size(); ++cut) {
        CAPTURE(cut);
        Busy f;
        f.engine.receive(Bytes{stream}.first(cut), f.now);
        f.engine.receive(Bytes{stream}.subspan(cut), f.now);
        REQUIRE(f.handler.take() == expected);
    }
    for (std::size_t piece = 1; piece < 40; ++piece) {
        CAPTURE(piece);
        Busy f;
        for (std::size_t at = 0; at < stream.size(); at += piece) {
            f.engine.receive(Bytes{stream}.subspan(at, std::min(piece, stream.size() - at)), f.now);
        }
        REQUIRE(f.handler.take() == expected);
    }
}

TEST_SUITE_END();

}  // namespace weft::amqp::test
