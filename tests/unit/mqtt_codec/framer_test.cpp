#include "mqtt-gateway/codec/framer.hpp"

#include "tests/unit/mqtt_codec/reading.hpp"

#include <algorithm>
#include <vector>

namespace weft::mqtt {
namespace {

struct Cut {
    std::vector<std::string> packets;
    std::string fault;
    bool operator==(const Cut&) const = default;
};

/// What comes of a stream that arrives in pieces of that size.
Cut cut(Bytes stream, std::size_t piece, std::size_t packet_max) {
    Framer framer{packet_max};
    Cut result;
    while (!stream.empty() && !framer.failed()) {
        Bytes in = stream.first(std::min(piece, stream.size()));
        stream = stream.subspan(in.size());
        for (Bytes packet = framer.next(in); !packet.empty(); packet = framer.next(in)) {
            result.packets.push_back(shown(packet));
        }
        CHECK((in.empty() || framer.failed()));
    }
    if (framer.failed()) {
        result.fault = to_string(framer.fault());
    }
    return result;
}

}  // namespace

TEST_SUITE_BEGIN("mqtt Framer");

TEST_CASE("a stream has the same packets however it is cut") {
    Buffer stream = hex("c0 00 30 03 00 01 'a' c0 00 30 c8 01");
    stream.resize(stream.size() + 200, 'x');
    append(stream, hex("e0 80 80 00"));
    const Cut whole = cut(stream, stream.size(), 1000);
    REQUIRE(whole.packets.size() == 5);
    CHECK(whole.packets[1] == "3003000161");
    CHECK(whole.packets[3].size() == 2 * 203);
    CHECK(whole.packets[4] == "e0808000");
    for (std::size_t piece = 1; piece < stream.size(); ++piece) {
        CHECK(cut(stream, piece, 1000) == whole);
    }
}

TEST_CASE("a length that is not valid ends the stream, however it is cut") {
    struct Ended {
        std::string_view stream;
        std::string_view fault;
    };
    for (const Ended& ended :
         {Ended{"c0 00 30 ff ff ff ff 00",
                "PUBLISH, byte 1: remaining length has more than four bytes (malformed packet)"},
          Ended{"c0 00 30 09 00 01 'abcdefg'",
                "PUBLISH, byte 1: remaining length makes the packet larger than is accepted "
                "(packet too large)"}}) {
        const Buffer stream = hex(ended.stream);
        for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
            const Cut result = cut(stream, piece, 10);
            CHECK(result.packets == std::vector<std::string>{"c000"});
            CHECK(result.fault == ended.fault);
        }
    }
}

TEST_CASE("the largest packet is taken, one that is larger by a byte is refused by its length") {
    const Buffer fits = hex("30 08 00 01 'abcdef'");
    CHECK(cut(fits, fits.size(), 10).packets.size() == 1);
    Framer framer{10};
    const Buffer larger = hex("30 09");
    Bytes in = larger;
    CHECK(framer.next(in).empty());
    CHECK(framer.failed());
    CHECK(framer.fault().reason == Reason::packet_too_large);
    CHECK(framer.kept() == 0);
}

TEST_CASE("once the CONNECT was read, limit and version are the session's") {
    Framer framer{10};
    framer.speak(Version::v5, 4);
    const Buffer stream = hex("30 03 00 01 'a'");
    Bytes in = stream;
    CHECK(framer.next(in).empty());
    CHECK(framer.fault().version == Version::v5);
    CHECK(framer.fault().packet == PacketType::publish);
}

TEST_CASE("a packet that lies whole in the input is not copied, one that does not is kept alone") {
    Framer framer{1000};
    const Buffer stream = hex("c0 00 30 03 00 01");
    Bytes in = stream;
    CHECK(framer.next(in).data() == stream.data());
    CHECK(framer.kept() == 0);
    CHECK(framer.next(in).empty());
    CHECK(framer.kept() == 4);
    const Buffer more = hex("'a' c0");
    in = more;
    CHECK(shown(framer.next(in)) == "3003000161");
    CHECK(in.size() == 1);
    CHECK(framer.next(in).empty());
    CHECK(framer.kept() == 1);
}

TEST_SUITE_END();

}  // namespace weft::mqtt
