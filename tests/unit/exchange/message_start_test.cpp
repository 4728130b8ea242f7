#include "tests/unit/exchange/world.hpp"

#include <doctest/doctest.h>

#include <string>

namespace weft::exchange {
namespace {

using Status = MessageStart::Status;

/// As it leaves an exchange.
Buffer passed(const Marker& marker, Bytes message) {
    const MessageStart start = marker.read(message, /*whole=*/true, 0);
    REQUIRE(start.status == Status::complete);
    Buffer out;
    marker.write(out, message, start);
    return out;
}

}  // namespace

TEST_SUITE_BEGIN("Marker");

TEST_CASE("the subject is found as soon as the properties are there") {
    const Marker marker{"r1", "e"};
    const Buffer message = about("a.b", std::string(200, 'x'));
    CHECK(marker.read(message, true, 0).subject == "a.b");
    const Bytes bytes{message};
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const MessageStart start = marker.read(bytes.first(size), /*whole=*/false, 0);
        CHECK((start.status == Status::incomplete || start.subject == "a.b"));
    }
    CHECK(marker.read(bytes.first(80), false, 0).status == Status::complete);
    CHECK(marker.read(router::plain_message("x"), true, 0).subject.empty());
    CHECK(marker.read({}, true, 0).status != Status::incomplete);
}

TEST_CASE("what can't be read is told apart") {
    const Marker marker{"r1", "e"};
    CHECK(marker.read(about("a"), true, /*format=*/1).status == Status::opaque);
    const Buffer bad{0x00, 0x53, 0x72, 0x40};  // annotations that are no map
    CHECK(marker.read(bad, true, 0).status == Status::malformed);
}

TEST_CASE("a message that comes back to an exchange is known") {
    const Marker one{"r1", "e"};
    const Marker other{"r2", "e"};
    const Buffer message = about("a", "text");
    const Buffer once = passed(one, message);
    CHECK(one.read(once, true, 0).status == Status::looped);
    const Buffer twice = passed(other, once);
    CHECK(other.read(twice, true, 0).status == Status::looped);
    CHECK(one.read(twice, true, 0).status == Status::looped);
    const MessageStart start = Marker{"r3", "e"}.read(twice, true, 0);
    CHECK(start.status == Status::complete);
    CHECK(start.subject == "a");
    const Bytes bare = Bytes{twice}.subspan(start.facts.bare_message_at);
    CHECK(as_text(bare) == as_text(message));
    const auto routers =
        annotations::read_router_annotations(start.facts.message_annotations.of(twice));
    CHECK(routers->ingress == "0/r2");
}

TEST_CASE("a message passes so many exchanges and no more") {
    Buffer message = about("a");
    for (std::size_t i = 0; i < kPassedMax; ++i) {
        message = passed(Marker{"r1", "e" + std::to_string(i)}, message);
    }
    CHECK(Marker("r1", "last").read(message, true, 0).status == Status::looped);
}

TEST_SUITE_END();

}  // namespace weft::exchange
