#include "tests/unit/mqtt_mapping/messages.hpp"

#include <cstdlib>
#include <new>

namespace {

std::size_t allocated = 0;

}  // namespace

// All that this binary allocates is counted.
void* operator new(std::size_t size) {
    ++allocated;
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

namespace weft::mqtt_mapping {

TEST_SUITE_BEGIN("mqtt mapping allocations");

TEST_CASE("once all has grown, a message costs no allocation, neither way") {
    const AddressSpace space = plant();
    MessageWriter writer{space};
    MessageReader reader{space};
    Buffer properties;
    mqtt::PropertyWriter to{properties};
    REQUIRE(to.text(PropertyId::content_type, "application/json; charset=utf-8"));
    REQUIRE(to.text(PropertyId::response_topic, "telemetry/a/longer/topic/for/replies"));
    REQUIRE(to.user("a-key-of-some-length", "a value of some length as well"));
    const mqtt::Publish publish{.qos = Qos::at_least_once,
                                .id = 1,
                                .topic = "telemetry/room-1/sensor-77/temperature",
                                .properties = to.written(),
                                .payload = properties};
    Buffer out;
    std::string path;
    std::size_t before = 0;
    bool good = true;
    for (int i = 0; i < 3; ++i) {
        before = allocated;
        out.clear();
        const auto where = space.resolve(publish.topic, path);
        good = good && where && !writer.append(out, {.publish = publish, .to = *where});
        good = good && reader.read(out, "telemetry", kNow);
    }
    const std::size_t made = allocated - before;
    CHECK(good);
    CHECK(made == 0);
}

TEST_SUITE_END();

}  // namespace weft::mqtt_mapping
