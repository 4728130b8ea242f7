#include "common/amqp/frame_trace.hpp"

#include "common/amqp/sasl.hpp"
#include "common/wire/delivery_state.hpp"
#include "tests/unit/amqp/frames.hpp"
#include "tests/unit/amqp/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace weft::amqp::test {
namespace {

Lines traced(Bytes stream, std::size_t piece) {
    FrameTrace trace{"<-"};
    Lines lines;
    while (!stream.empty()) {
        const Bytes in = stream.first(std::min(piece, stream.size()));
        trace.take(in, [&](const std::string& line) { lines.push_back(line); });
        stream = stream.subspan(in.size());
    }
    return lines;
}

std::string traced(const Buffer& frame) {
    const Lines lines = traced(frame, frame.size());
    return lines.size() == 1 ? lines.front() : std::to_string(lines.size()) + " lines";
}

}  // namespace

TEST_SUITE_BEGIN("frame_trace");

TEST_CASE("headers and performatives are named, with the fields that are there") {
    CHECK(traced(header(0)) == " <- AMQP 1.0.0");
    CHECK(traced(header(3)) == " <- SASL 1.0.0");
    CHECK(traced(open({.container_id = "me", .max_frame_size = 512, .channel_max = 7})) ==
          "0 <- @open(16) [container-id=\"me\", max-frame-size=512, channel-max=7]");
    CHECK(traced(begin(3, {.incoming_window = 9})) ==
          "3 <- @begin(17) [next-outgoing-id=0, incoming-window=9, outgoing-window=0, "
          "handle-max=4294967295]");
    CHECK(traced(close(ErrorView{"amqp:not-found", "no \"q\"", {}})) ==
          "0 <- @close(24) [error=@error(29) [condition=\"amqp:not-found\", "
          "description=\"no \\\"q\\\"\"]]");
    CHECK(traced(raw_frame(0, 0, {})) == "0 <- (EMPTY FRAME)");
    CHECK(traced(disposition(1, {.receiver = true,
                                 .first = 2,
                                 .last = 3,
                                 .settled = true,
                                 .state = wire::kAccepted})) ==
          "1 <- @disposition(21) [role=true, first=2, last=3, settled=true, "
          "state=@accepted(36) []]");
}

TEST_CASE("the start of a payload is shown, and how long it is") {
    Transfer first;
    first.delivery_id = 4;
    const std::string head =
        "0 <- @transfer(20) [handle=0, delivery-id=4, more=false, "
        "resume=false, aborted=false, batchable=false] ";
    CHECK(traced(transfer(0, first, "a\"\xff")) == head + "(3) \"a\\x22\\xff\"");
    CHECK(traced(transfer(0, first, std::string(100'000, 'x'))) ==
          head + "(100000) \"" + std::string(kPayloadShownMax, 'x') + "\"... (truncated)");
}

TEST_CASE("what SASL mechanisms exchange is not shown") {
    const Buffer init = raw_frame(
        1, 0, sasl_init_body("PLAIN", as_bytes(std::string_view("\0me\0secret", 10)), "h"));
    CHECK(traced(init) ==
          "0 <- @sasl-init(65) [mechanism=\"PLAIN\", initial-response=(hidden), hostname=\"h\"]");
    Buffer by_symbol;
    wire::Writer out{by_symbol};
    out.descriptor("amqp:sasl-init:list");
    const auto list = out.begin_list();
    out.symbol("PLAIN");
    out.binary(as_bytes("secret"));
    out.end(list);
    CHECK(traced(raw_frame(1, 0, by_symbol)) ==
          "0 <- @sasl-init(65) [mechanism=\"PLAIN\", initial-response=(hidden)]");
    CHECK(traced(raw_frame(1, 0, sasl_challenge_body(as_bytes("secret")))).find("secret") ==
          std::string::npos);
    CHECK(traced(raw_frame(1, 0, as_bytes("secret"))) == "0 <- ? (malformed)");
    Buffer cut_off = sasl_init_body("PLAIN", as_bytes("secret"), {});
    cut_off.pop_back();
    cut_off.pop_back();
    CHECK(traced(raw_frame(1, 0, cut_off)) == "0 <- @sasl-init(65) (malformed)");
}

TEST_CASE("a performative that is too long is named") {
    const std::string name(kFrameShownMax, 'n');
    const std::string line = traced(open({.container_id = name}));
    CHECK(line.starts_with("0 <- @open(16) (too long to be shown) ("));
    CHECK(line.size() < 300);
    // An array of 65,535 nulls would be eleven bytes: it is none.
    const Buffer nulls =
        raw_frame(0, 0, Buffer{0x00, 0x53, 0x10, 0xf0, 0, 0, 0, 5, 0, 0, 0xff, 0xff, 0x40});
    CHECK(traced(nulls).starts_with("0 <- @open(16) (malformed)"));
}

TEST_CASE("frames that are none are told, and after an impossible size nothing is") {
    Buffer short_header = raw_frame(0, 0, as_bytes("x"));
    short_header[4] = 1;
    CHECK(traced(short_header).starts_with("0 <- (malformed frame) (9) \"\\x00\\x00\\x00\\x09"));
    const Buffer impossible{0, 0, 0, 7, 2, 0, 0, 0};
    CHECK(traced(join({header(0), impossible, header(0)}), 100) ==
          Lines{" <- AMQP 1.0.0", " <- (a frame of 7 bytes can't be: what follows is not shown)"});
}

TEST_CASE("however a stream is cut, it reads the same") {
    Transfer first;
    const Buffer stream =
        join({header(3),
              sasl(Performative::sasl_init, [](wire::Writer& out) { out.symbol("ANONYMOUS"); }),
              header(0), open(), begin(0), transfer(0, first, "payload"),
              transfer(0, first, std::string(10'000, 'p')), close()});
    const Lines whole = traced(stream, stream.size());
    CHECK(whole.size() == 8);
    for (const std::size_t piece : {1U, 2U, 3U, 7U, 8U, 9U, 100U, 4096U, 5000U}) {
        CAPTURE(piece);
        CHECK(traced(stream, piece) == whole);
    }
}

TEST_CASE("any bytes give lines of bounded length") {
    for (unsigned seed = 1; seed <= 300; ++seed) {
        CAPTURE(seed);
        Random random{seed};
        Buffer bytes = join({open(), transfer(0, first_of(1), "payload"), close()});
        for (int i = 0; i < 5; ++i) {
            bytes[random.below(static_cast<std::uint32_t>(bytes.size()))] =
                static_cast<std::uint8_t>(random.below(256));
        }
        for (const std::string& line : traced(bytes, 1 + random.below(50))) {
            CHECK(line.size() < 8 * kFrameShownMax);
        }
    }
}

TEST_SUITE_END();

}  // namespace weft::amqp::test
