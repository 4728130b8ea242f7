#include "common/amqp/frame_output.hpp"

#include "tests/unit/amqp/frames.hpp"

#include <doctest/doctest.h>

namespace weft::amqp::test {

TEST_SUITE_BEGIN("frame output");

TEST_CASE("it counts what was ever written") {
    BlockPool pool;
    FrameOutput output{pool};
    output.write_header(ProtocolId::sasl);
    CHECK(output.written() == kProtocolHeaderSize);
    output.bytes().consume(kProtocolHeaderSize);
    output.write(FrameType::amqp, 0, {});
    CHECK(output.size() == kFrameHeaderSize);
    CHECK(output.written() == kProtocolHeaderSize + kFrameHeaderSize);
    CHECK(lines(output.bytes().pending()) == std::vector<std::string>{"empty"});
}

TEST_CASE("an error is cut to what fits the peer's frames: first its info, then its text") {
    BlockPool pool;
    FrameOutput output{pool};
    const std::string text(300, 'x');
    const Buffer info(300, 0x40);
    output.write_ending(3, Detach{7, true, ErrorView{"a:b", text, info}});
    CHECK(output.size() > 300);
    CHECK(output.size() <= kFrameSizeMin);
    CHECK(lines(output.bytes().pending()) == std::vector<std::string>{"detach 7 closed a:b"});
    output.bytes().consume(output.size());
    const std::string longer(kFrameSizeMin, 'x');
    output.write_ending(Performative::close, 0, ErrorView{"a:b", longer, {}});
    CHECK(output.size() < 100);
    CHECK(lines(output.bytes().pending()) == std::vector<std::string>{"close a:b"});
    output.bytes().consume(output.size());
    output.write_ending(Performative::end, 0, ErrorView{longer, longer, {}});
    CHECK(output.size() <= kFrameSizeMin);
}

TEST_SUITE_END();

}  // namespace weft::amqp::test
