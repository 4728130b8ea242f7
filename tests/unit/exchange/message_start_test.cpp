#include "tests/unit/exchange/world.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace weft::exchange {
namespace {

using Status = MessageStart::Status;

/// As it leaves an exchange.
Buffer passed(const Marker& marker, Bytes message) {
    const MessageStart start = marker.read(message, /*whole=*/true, 0);
    REQUIRE(start.status == Status::complete);
    Buffer out(3, 0xff);  // of the message before
    const wire::Facts said = marker.write(out, message, start);
    const wire::Facts found = wire::scan(out, /*complete=*/true, wire::Until::bare_message);
    CHECK(said.status == found.status);
    CHECK(said.header == found.header);
    CHECK(said.delivery_annotations == found.delivery_annotations);
    CHECK(said.message_annotations == found.message_annotations);
    CHECK(said.bare_message_at == found.bare_message_at);
    CHECK(said.durable == found.durable);
    CHECK(said.priority == found.priority);
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

TEST_CASE("what stands before the bare message stays, but for what routers wrote") {
    const Marker marker{"r1", "e"};
    const Buffer header{0x00, 0x53, 0x70, 0xc0, 0x04, 0x02, 0x41, 0x50, 0x07};  // durable, urgent
    Buffer message = header;
    append(message, router::annotated_message("text", /*routers=*/true));
    const Buffer out = passed(marker, message);
    const wire::Facts facts = wire::scan(out, /*complete=*/true, wire::Until::bare_message);
    CHECK(as_text(facts.header.of(out)) == as_text(header));
    CHECK(facts.durable);
    CHECK(facts.priority == 7);
    const Bytes section = facts.message_annotations.of(out);
    CHECK(as_text(section).find("x-opt-mine") != std::string_view::npos);
    const auto routers = annotations::read_router_annotations(section);
    REQUIRE(routers);
    CHECK(routers->ingress == "0/r1");
    CHECK(annotations::routers_in(routers->trace) ==
          std::vector<std::string_view>{"exchange/r1/e"});
    const Buffer plain = passed(marker, router::plain_message("text"));
    const wire::Facts alone = wire::scan(plain, /*complete=*/true, wire::Until::bare_message);
    const auto same = annotations::read_router_annotations(alone.message_annotations.of(plain));
    REQUIRE(same);
    CHECK(same->ingress == routers->ingress);
    CHECK(as_text(same->trace) == as_text(routers->trace));
}

TEST_CASE("marks are kept of exchanges alone") {
    const Buffer once = passed(Marker{"r1", "e"}, about("a"));
    CHECK_FALSE(Marker("r2", "e").read(once, true, 0).marks.empty());
    Buffer message;
    annotations::write_router_annotations(message, {}, {.ingress = "0/r9"}, "0/r9");
    append(message, about("a"));
    const MessageStart start = Marker{"r1", "e"}.read(message, true, 0);
    CHECK(start.status == Status::complete);
    CHECK(start.marks.empty());
}

TEST_CASE("the marks of all exchanges are one entry of the trace, which originals allow for") {
    const Marker one{"r1", "e"};
    const Marker odd{"r 1", "e/r2 %20"};
    Buffer message = passed(Marker{"r2", "e"}, passed(odd, passed(one, about("a"))));
    const auto trace_of = [](const Buffer& bytes) {
        const wire::Facts facts = wire::scan(bytes, /*complete=*/true, wire::Until::bare_message);
        const auto routers =
            annotations::read_router_annotations(facts.message_annotations.of(bytes));
        std::vector<std::string> trace;
        for (const std::string_view each : annotations::routers_in(routers->trace)) {
            trace.emplace_back(each);
        }
        return trace;
    };
    CHECK(trace_of(message) == std::vector<std::string>{"exchange/r1/e r%201/e%2Fr2%20%2520 r2/e"});
    CHECK(one.read(message, true, 0).status == Status::looped);
    CHECK(odd.read(message, true, 0).status == Status::looped);
    CHECK(Marker("r", "1/e").read(message, true, 0).status == Status::complete);
    CHECK(Marker("r1", "e/r2").read(message, true, 0).status == Status::complete);
    message = passed(Marker{"r3", "e"}, message);
    CHECK(trace_of(message).size() == 1);
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
