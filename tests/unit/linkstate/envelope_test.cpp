#include "router/annotations/annotations.hpp"
#include "tests/unit/linkstate/samples.hpp"

#include <doctest/doctest.h>

#include <numeric>

using namespace weft;
using namespace weft::linkstate;
using wire::hex;
using wire::shown;
using Routers = std::vector<std::string_view>;

namespace {

/// A header, annotations, properties with `to` only, and a content that nobody looks into.
const std::string kHeader = "00 53 70 c0 02 01 42 ";
const std::string kIngress = "a3 10 'x-opt-qd.ingress' a1 03 '0/A' ";
const std::string kTrace = "a3 0e 'x-opt-qd.trace' c0 0b 02 a1 03 '0/A' a1 03 '0/B' ";
const std::string kProperties = "00 53 73 c0 07 03 40 40 a1 02 'to' ";
const std::string kContent = "00 53 74 c1 01 00 00 53 77 45";

Buffer message(const std::string& map) {
    return hex(kHeader + "00 53 72 " + map + kProperties + kContent);
}

/// One map8 with the two annotations.
Buffer complete() {
    return message("c1 35 04 " + kIngress + kTrace);
}

Error refused_envelope(Bytes bytes) {
    const auto envelope = read_envelope(bytes);
    REQUIRE_FALSE(envelope.has_value());
    return envelope.error();
}

Error refused_trace(const std::vector<std::string>& routers) {
    wire::Message sample;
    wire::List trace(routers.begin(), routers.end());
    sample.message_annotations = {{wire::Symbol{"x-opt-qd.trace"}, std::move(trace)}};
    sample.to = "to";
    Buffer bytes;
    wire::encode_message(bytes, sample);
    const auto envelope = read_envelope(bytes);
    return envelope ? Error{} : envelope.error();
}

const Error kNoRouters{"amqp:invalid-field",
                       "x-opt-qd.trace has an element that is not a string "
                       "0/<router>"};

}  // namespace

TEST_SUITE("the envelope of control messages") {
    TEST_CASE("tells where to, from whom, over whom, and what") {
        const Buffer bytes = complete();
        const auto envelope = read_envelope(bytes);
        REQUIRE(envelope.has_value());
        CHECK(envelope->to == "to");
        CHECK(envelope->ingress == "A");
        CHECK(routers_passed(*envelope) == Routers{"A", "B"});
        CHECK(has_passed(*envelope, "A"));
        CHECK(has_passed(*envelope, "B"));
        CHECK_FALSE(has_passed(*envelope, "C"));
        CHECK_FALSE(has_passed(*envelope, "0/A"));
        CHECK_FALSE(has_passed(*envelope, ""));
        CHECK(shown(envelope->content) == shown(hex(kContent)));
        CHECK(envelope->content.data() + envelope->content.size() == bytes.data() + bytes.size());
    }

    TEST_CASE("is read as an original writes it: wide lists, the annotations in any order") {
        const std::string head = "00 53 70 d0 00 00 00 05 00 00 00 01 42 ";
        const std::string map =
            "00 53 72 d1 00 00 00 39 00 00 00 04 a3 0e 'x-opt-qd.trace' "
            "d0 00 00 00 09 00 00 00 01 a1 03 '0/A' " +
            kIngress;
        const std::string properties =
            "00 53 73 d0 00 00 00 22 00 00 00 06 40 40 "
            "a1 17 'amqp:/_topo/0/all/qdrou' 40 40 40 ";
        const Buffer bytes = hex(head + map + properties + kContent);
        const auto envelope = read_envelope(bytes);
        REQUIRE(envelope.has_value());
        CHECK(envelope->to == "amqp:/_topo/0/all/qdrou");
        CHECK(envelope->ingress == "A");
        CHECK(routers_passed(*envelope) == Routers{"A"});
        CHECK(shown(envelope->content) == shown(hex(kContent)));
    }

    TEST_CASE("without annotations, header or content it is one still") {
        const Buffer bytes = hex(kProperties);
        const auto envelope = read_envelope(bytes);
        REQUIRE(envelope.has_value());
        CHECK(envelope->ingress.empty());
        CHECK(envelope->trace.empty());
        CHECK(envelope->content.empty());
        CHECK(routers_passed(*envelope).empty());
    }

    TEST_CASE("an empty trace is a trace, other annotations and string keys mean nothing") {
        const Buffer bytes = message(
            "c1 3f 0a a3 01 'k' 45 44 41 a3 0e 'x-opt-qd.trace' 45 a1 10 "
            "'x-opt-qd.ingress' 53 01 a3 0b 'x-opt-qd.to' a1 04 'else' ");
        const auto envelope = read_envelope(bytes);
        REQUIRE(envelope.has_value());
        CHECK(envelope->to == "to");
        CHECK(envelope->ingress.empty());
        CHECK(routers_passed(*envelope).empty());
    }

    TEST_CASE("each router that sends it on adds itself, the first one is the ingress") {
        const Buffer inner = hex(kContent);
        const Envelope fresh{.to = "to", .ingress = {}, .trace = {}, .content = inner};
        Buffer first{0xee};  // what is there already stays
        write_envelope(first, fresh, "A");
        CHECK(shown(first) ==
              shown(hex("ee " + kHeader + "00 53 72 c1 30 04 " + kIngress +
                        "a3 0e 'x-opt-qd.trace' c0 06 01 a1 03 '0/A' " + kProperties + kContent)));
        first.erase(first.begin());
        const auto passed = read_envelope(first);
        REQUIRE(passed.has_value());
        Buffer second;
        write_envelope(second, *passed, "B");
        CHECK(shown(second) == shown(complete()));
    }

    TEST_CASE("a trace that outgrows the short form is written in the long one") {
        const Envelope fresh{.to = "to", .ingress = {}, .trace = {}, .content = {}};
        Buffer bytes;
        write_envelope(bytes, fresh, "A");
        std::vector<std::string> ids;
        for (std::size_t i = 1; i < annotations::kTraceMax; ++i) {
            ids.push_back("router-" + std::to_string(i));
            const auto envelope = read_envelope(bytes);
            REQUIRE(envelope.has_value());
            Buffer next;
            write_envelope(next, *envelope, ids.back());
            bytes = std::move(next);
        }
        const auto last = read_envelope(bytes);
        REQUIRE(last.has_value());
        const Routers passed = routers_passed(*last);
        REQUIRE(passed.size() == annotations::kTraceMax);
        CHECK(passed.front() == "A");
        CHECK(passed.back() == "router-255");
        CHECK(last->ingress == "A");

        Buffer beyond;
        write_envelope(beyond, *last, "one-more");
        CHECK(refused_envelope(beyond) ==
              Error{"amqp:invalid-field", "x-opt-qd.trace is not a list of at most 256 routers"});
    }

    TEST_CASE("a trace holds strings with the area and an id, nothing else") {
        CHECK(refused_trace({"0/A"}) == Error{});
        CHECK(refused_trace({"0/A", "1/B"}) == kNoRouters);
        CHECK(refused_trace({"A"}) == kNoRouters);
        CHECK(refused_trace({"0/"}) == kNoRouters);
        CHECK(refused_trace({""}) == kNoRouters);
        CHECK(refused_trace({"0/\xff"}) == kNoRouters);
        CHECK(refused_trace({"0/" + std::string(kRouterIdMax, 'x')}) == Error{});
        CHECK(refused_trace({"0/" + std::string(kRouterIdMax + 1, 'x')}) == kNoRouters);
        CHECK(refused_envelope(message("c1 19 02 a3 0e 'x-opt-qd.trace' c0 06 01 a3 03 '0/A' ")) ==
              kNoRouters);
        CHECK(refused_envelope(message("c1 13 02 a3 0e 'x-opt-qd.trace' 53 01 ")).text ==
              "x-opt-qd.trace is not a list of at most 256 routers");
    }

    TEST_CASE("an ingress is a string with the area and an id") {
        const std::string text = "x-opt-qd.ingress is not a string 0/<router>";
        CHECK(refused_envelope(message("c1 15 02 a3 10 'x-opt-qd.ingress' 53 01 ")).text == text);
        CHECK(refused_envelope(message("c1 18 02 a3 10 'x-opt-qd.ingress' a1 03 '1/A' ")).text ==
              text);
        CHECK(refused_envelope(message("c1 18 02 a3 10 'x-opt-qd.ingress' a3 03 '0/A' ")).text ==
              text);
        CHECK(refused_envelope(message("c1 17 02 a3 10 'x-opt-qd.ingress' a1 02 '0/' ")).text ==
              text);
    }

    TEST_CASE("what says nowhere to go is refused") {
        const std::string text = "properties.to is missing or not a string";
        CHECK(refused_envelope(hex("00 53 73 45")).text == text);
        CHECK(refused_envelope(hex("00 53 73 c0 03 02 40 40")).text == text);
        CHECK(refused_envelope(hex("00 53 73 c0 04 03 40 40 40")).text == text);
        CHECK(refused_envelope(hex("00 53 73 c0 07 03 40 40 a3 02 'to'")).text == text);
        CHECK(refused_envelope(hex("00 53 73 c1 01 00")).text == text);
        const Error none{"amqp:invalid-field",
                         "the message has no properties, which must say where it goes"};
        CHECK(refused_envelope({}) == none);
        CHECK(refused_envelope(hex(kHeader)) == none);
        CHECK(refused_envelope(hex(kContent)) == none);
    }

    TEST_CASE("sections out of order, repeated, or that are none are refused") {
        CHECK(refused_envelope(hex(kProperties + kHeader)).text ==
              "a section is repeated or out of order");
        CHECK(refused_envelope(hex(kHeader + kHeader)).text ==
              "a section is repeated or out of order");
        CHECK(refused_envelope(hex(kHeader + "00")).text ==
              "the message ends in a section's descriptor");
        CHECK(refused_envelope(hex("00 53 72 45" + kProperties)).text ==
              "the message annotations are not a map");
        CHECK(refused_envelope(hex("00 53 72 c1 02 01 41" + kProperties)).text ==
              "the message annotations are not a map");
        CHECK(refused_envelope(hex("41")).condition == "amqp:invalid-field");
    }

    TEST_CASE("it is refused_envelope if it is cut off anywhere in front of its content") {
        const Buffer bytes = complete();
        const std::size_t content_at = bytes.size() - hex(kContent).size();
        for (std::size_t size = 0; size < content_at; ++size) {
            CAPTURE(size);
            CHECK_FALSE(read_envelope(Bytes(bytes).first(size)).has_value());
        }
        for (std::size_t size = content_at; size <= bytes.size(); ++size) {
            CAPTURE(size);
            const bool ends_in_descriptor = size == content_at + 1 || size == content_at + 2;
            const auto envelope = read_envelope(Bytes(bytes).first(size));
            CHECK(envelope.has_value() != ends_in_descriptor);
            CHECK((!envelope || envelope->content.size() == size - content_at));
        }
    }

    TEST_CASE("a message beyond the limit is not looked at") {
        const Buffer bytes(kControlMessageMax + 1);
        CHECK(refused_envelope(bytes) ==
              Error{"amqp:invalid-field", "the message has more than 67108864 bytes"});
    }
}
