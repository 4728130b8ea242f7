// A stream of MQTT packets: the same packets and faults whole and cut into pieces of the size in
// byte 1; what was read is written so that it reads the same again, and never past its end.
//
// Byte 0: 3 the version (3.1, 3.1.1, 5), 4 a server wrote it. A CONNECT sets the version, as in a
// session.
#include "common/base/assert.hpp"
#include "mqtt-gateway/codec/answer.hpp"
#include "mqtt-gateway/codec/decode.hpp"
#include "mqtt-gateway/codec/framer.hpp"
#include "tests/support/mqtt_again.hpp"

#include <algorithm>
#include <vector>

namespace weft::mqtt {
namespace {

constexpr std::size_t kStreamPacketMax = 1024;

struct Heard {
    std::vector<Buffer> packets;  // each as it is written again
    std::vector<Fault> faults;
    bool operator==(const Heard&) const = default;
};

/// All that lists hold is read, too.
void walk(const Properties& properties) {
    std::size_t size = 0;
    for (auto all = properties.all(); const auto property = all.next();) {
        WEFT_CHECK(properties.has(property->id));
        size += 1 + property->name.size() + property->value.size();
    }
    WEFT_CHECK(size <= properties.encoded().size());
}

void walk(const Packet& packet) {
    std::visit(
        [](const auto& one) {
            if constexpr (requires { one.properties; }) {
                walk(one.properties);
            }
            if constexpr (requires { one.entries; }) {
                std::size_t count = 0;
                for (auto entries = one.entries; entries.next();) {
                    ++count;
                }
                WEFT_CHECK(count == one.entries.count());
            }
            if constexpr (requires { one.will; }) {
                walk(one.will ? one.will->properties : Properties{});
            }
        },
        packet);
}

void hear(Bytes packet, Dialect& dialect, Heard& heard) {
    // Of a size of its own, so that a sanitizer sees what is read past its end.
    const Buffer alone{packet.begin(), packet.end()};
    const Packet read = decode(alone, dialect);
    if (const Fault* fault = std::get_if<Fault>(&read)) {
        WEFT_CHECK(is_failure(fault->reason) && !fault->field.empty() && !fault->what.empty());
        WEFT_CHECK(fault->at <= packet.size());
        Buffer answer;
        append_answer(answer, *fault, kStreamPacketMax);
        WEFT_CHECK(answer.empty() ||
                   !std::holds_alternative<Fault>(
                       decode(answer, {.version = fault->version, .from = Sender::server})));
        heard.faults.push_back(*fault);
        return;
    }
    if (const auto* connect = std::get_if<Connect>(&read)) {
        dialect.version = connect->version;
    }
    walk(read);
    const Buffer once = written_again(read, dialect.version);
    const Packet again = decode(once, dialect);
    WEFT_CHECK(!std::holds_alternative<Fault>(again));
    WEFT_CHECK(again.index() == read.index());
    WEFT_CHECK(written_again(again, dialect.version) == once);
    heard.packets.push_back(once);
}

Heard hear_stream(Bytes stream, std::size_t piece, Dialect dialect) {
    Framer framer{kStreamPacketMax};
    framer.speak(dialect.version, kStreamPacketMax);
    Heard heard;
    while (!stream.empty() && !framer.failed()) {
        Bytes in = stream.first(std::min(piece, stream.size()));
        stream = stream.subspan(in.size());
        for (Bytes packet = framer.next(in); !packet.empty(); packet = framer.next(in)) {
            WEFT_CHECK(packet.size() <= kStreamPacketMax);
            hear(packet, dialect, heard);
        }
        WEFT_CHECK(framer.kept() <= kStreamPacketMax);
    }
    if (framer.failed()) {
        heard.faults.push_back(framer.fault());
    }
    return heard;
}

}  // namespace
}  // namespace weft::mqtt

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weft::mqtt;
    if (size < 2) {
        return 0;
    }
    const Dialect dialect{.version = static_cast<Version>(3 + (data[0] & 3) % 3),
                          .from = (data[0] & 4) != 0 ? Sender::server : Sender::client};
    const weft::Bytes stream{data + 2, size - 2};
    const Heard whole = hear_stream(stream, stream.size() + 1, dialect);
    WEFT_CHECK(hear_stream(stream, 1U + data[1], dialect) == whole);
    WEFT_CHECK(hear_stream(stream, 1, dialect) == whole);
    return 0;
}
