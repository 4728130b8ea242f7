#include "broker/forwarding/trail.hpp"

#include "broker/forwarding/envelope.hpp"
#include "common/wire/message.hpp"
#include "common/wire/sections.hpp"
#include "common/wire/value.hpp"

#include <doctest/doctest.h>

#include <string>

namespace weft::forwarding {
namespace {

Buffer marked(wire::Map annotations = {}) {
    wire::Message message;
    message.message_annotations = std::move(annotations);
    message.message_id = wire::Value{"id"};
    message.body = wire::Value{"b"};
    Buffer out;
    wire::encode_message(out, message);
    return out;
}

/// As it leaves there.
Buffer left(const Buffer& message, const std::string& queue) {
    Envelope made = envelope_of(message, {.from = queue}, 1'000);
    made.head.insert(made.head.end(), message.begin() + static_cast<std::ptrdiff_t>(made.skip),
                     message.end());
    return made.head;
}

Buffer rest_of(const Buffer& message) {
    const wire::Facts facts = wire::scan(message, true, wire::Until::bare_message);
    REQUIRE(facts.status == wire::Facts::Status::complete);
    return {message.begin() + static_cast<std::ptrdiff_t>(facts.bare_message_at), message.end()};
}

}  // namespace

TEST_SUITE("trail") {
    TEST_CASE("a message says where it was forwarded from, the first first") {
        const Buffer first = marked();
        CHECK(trail_of(first).empty());
        const Buffer second = left(first, "b1/orders");
        CHECK(trail_of(second) == Trail{"b1/orders"});
        const Buffer third = left(second, "b2/central");
        CHECK(trail_of(third) == Trail{"b1/orders", "b2/central"});
        CHECK(rest_of(third) == rest_of(first));
    }

    TEST_CASE("its other annotations stay") {
        const Buffer sent =
            left(marked({{wire::Symbol{"x-opt-site"}, wire::Value{"s1"}}}), "b1/orders");
        CHECK(trail_of(sent) == Trail{"b1/orders"});
        const wire::Facts facts = wire::scan(sent, true, wire::Until::bare_message);
        Bytes section = facts.message_annotations.of(sent);
        section = section.subspan(wire::section_start(section).size);
        const auto value = wire::decode(section);
        const wire::Value* const kept = wire::find(*value->as<wire::Map>(), "x-opt-site");
        REQUIRE(kept != nullptr);
        CHECK(*kept->text() == "s1");
    }

    TEST_CASE("what is no list of texts is no trail") {
        const wire::Symbol name{std::string{kTrail}};
        CHECK(trail_of(marked({{name, wire::Value{"text"}}})).empty());
        CHECK(trail_of(marked({{name, wire::List{std::int64_t{1}, "b1/x"}}})) == Trail{"b1/x"});
        CHECK(trail_of(left(marked({{name, wire::Value{"text"}}}), "b1/x")) == Trail{"b1/x"});
        CHECK(trail_of(Buffer{0, 1, 2}).empty());
    }

    TEST_CASE("no message leaves a queue twice, nor goes on for ever") {
        CHECK(why_no_further({}, "b1/a").empty());
        CHECK(why_no_further({"b1/a", "b1/b"}, "b2/a").empty());
        CHECK(why_no_further({"b1/a", "b1/b"}, "b1/a") ==
              "it goes in a circle: b1/a -> b1/b -> b1/a");
        Trail longest;
        while (longest.size() < kTrailMost) {
            CHECK(why_no_further(longest, "last").empty());
            longest.push_back("b1/" + std::to_string(longest.size()));
        }
        CHECK(why_no_further(longest, "last") == "it was forwarded 16 times, as often as may be");
    }
}

}  // namespace weft::forwarding
