#include "mqtt-gateway/codec/framer.hpp"
#include "tests/unit/mqtt_codec/reading.hpp"

#include <cstdlib>
#include <new>

namespace {

std::size_t allocations = 0;

}  // namespace

// All that this binary allocates is counted.
void* operator new(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size == 0 ? 1 : size)) {
        return memory;
    }
    throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

namespace weft::mqtt {

TEST_SUITE_BEGIN("mqtt allocations");

TEST_CASE("packets that lie whole in the input cost no allocation, malformed ones neither") {
    const Buffer stream =
        hex("32 19 00 03 'a/b' 00 01 0d 23 00 01 26 00 03 'key' 00 02 'va' 'text' "
            "40 02 00 01 62 03 00 01 92 c0 00 82 0a 00 01 00 00 04 'a/+/' 01 "
            "36 06 00 01 'a' 00 01 00");
    const std::size_t before = allocations;
    Framer framer{1000};
    Bytes in = stream;
    std::size_t packets = 0;
    std::size_t faults = 0;
    for (Bytes packet = framer.next(in); !packet.empty(); packet = framer.next(in)) {
        const Packet read = decode(packet, kFromClient5);
        faults += std::holds_alternative<Fault>(read) ? 1U : 0U;
        ++packets;
    }
    const std::size_t made = allocations - before;
    CHECK(made == 0);
    CHECK(packets == 6);
    CHECK(faults == 1);
    CHECK_FALSE(framer.failed());
}

TEST_SUITE_END();

}  // namespace weft::mqtt
