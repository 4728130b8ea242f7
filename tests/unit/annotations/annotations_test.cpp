#include "router/annotations/annotations.hpp"

#include "common/wire/message.hpp"
#include "common/wire/reader.hpp"
#include "common/wire/sections.hpp"
#include "common/wire/writer.hpp"
#include "tests/unit/wire/hex.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <random>
#include <string>
#include <string_view>

namespace weft::annotations {
namespace {

using wire::decode_message;
using wire::encode_message;
using wire::Facts;
using wire::hex;
using wire::Message;
using wire::Reader;
using wire::scan;
using wire::shown;
using wire::Symbol;
using wire::Until;
using wire::Writer;

std::string stripped(Bytes section) {
    Buffer out{0xee};  // what is there already stays
    strip_router_annotations(out, section);
    CHECK(out.front() == 0xee);
    return shown(Bytes(out).subspan(1));
}

/// A section of the entries given in hex, with the head that fits them.
Buffer section(std::size_t values, std::string_view entries) {
    const Buffer body = hex(entries);
    Buffer out = hex("00 53 72 c1");
    REQUIRE(body.size() < 255);
    out.push_back(static_cast<std::uint8_t>(body.size() + 1));
    out.push_back(static_cast<std::uint8_t>(values));
    append(out, body);
    return out;
}

constexpr std::string_view kTraceKey = "a3 0e 'x-opt-qd.trace' ";
constexpr std::string_view kPhaseKey = "a3 0e 'x-opt-qd.phase' ";
constexpr std::string_view kStreamKey = "a3 0f 'x-opt-qd.stream' ";
constexpr std::string_view kToKey = "a3 0b 'x-opt-qd.to' ";
constexpr std::string_view kIngressKey = "a3 10 'x-opt-qd.ingress' ";

std::string joined(std::initializer_list<std::string_view> parts) {
    std::string out;
    for (const std::string_view part : parts) {
        out += std::string(part) + " ";
    }
    return out;
}

/// What read_router_annotations() says of one entry, given in hex.
std::string fault(std::string_view key, std::string_view value) {
    const auto result = read_router_annotations(section(2, joined({key, value})));
    if (result) {
        return "";
    }
    CHECK(result.error().condition == "amqp:invalid-field");
    return result.error().text;
}

Buffer written(Bytes from, const RouterAnnotations& ours, std::string_view self) {
    Buffer out{0xee};
    write_router_annotations(out, from, ours, self);
    CHECK(out.front() == 0xee);
    out.erase(out.begin());
    return out;
}

/// Names of a trace, each with a space behind it.
std::string names(Bytes trace) {
    Reader reader(trace);
    std::uint32_t count = 0;
    Reader routers = reader.list(count);
    std::string out;
    for (; count > 0; --count) {
        out += std::string(routers.string().value_or("?")) + " ";
    }
    CHECK(routers.done());
    CHECK(reader.ok());
    return out;
}

TEST_SUITE("router annotations") {
    TEST_CASE("only the routers' keys go, the others keep bytes and order") {
        const Buffer section =
            hex("00 53 72 d1 00 00 00 3a 00 00 00 08 a3 01 'b' 70 00 00 00 05 a3 0e "
                "'x-opt-qd.phase' 54 01 "
                "a3 01 'a' 45 a3 0e 'x-opt-qd.trace' c0 06 01 a1 03 '0/A'");
        CHECK(may_have_router_annotations(section));
        CHECK(stripped(section) ==
              shown(hex("00 53 72 c1 0d 04 a3 01 'b' 70 00 00 00 05 a3 01 'a' 45")));
    }

    TEST_CASE("the section goes when nothing is left of it") {
        CHECK(stripped(hex("00 53 72 c1 13 02 a3 0e 'x-opt-qd.phase' 54 01")).empty());
        CHECK(stripped(hex("00 53 72 c1 12 02 a1 0d 'x-opt-qd.text' 54 01")).empty());
        CHECK(stripped(hex("00 53 72 c1 01 00")).empty());
    }

    TEST_CASE("a message without annotations has nothing to strip") {
        CHECK_FALSE(may_have_router_annotations({}));
        CHECK_FALSE(may_have_router_annotations(hex("00 53 72 c1 0d 02 a3 08 'x-opt-qd' 54 01")));
        CHECK(stripped({}).empty());
    }

    TEST_CASE("a mere mention of the prefix is kept") {
        const Buffer section = hex("00 53 72 c1 10 02 a3 01 'k' a1 0a 'x-opt-qd.x'");
        CHECK(may_have_router_annotations(section));
        CHECK(stripped(section) == shown(section));
        const Buffer other_key = hex("00 53 72 c1 03 02 44 41");
        CHECK(stripped(other_key) == shown(other_key));
    }

    TEST_CASE("sections too long for the short form and symbolic descriptors are stripped too") {
        Message message;
        message.message_annotations = {{Symbol{"k"}, std::string(300, 'v')},
                                       {Symbol{"x-opt-qd.to"}, "a"}};
        Buffer bytes;
        encode_message(bytes, message);
        const Facts facts = scan(bytes, /*complete=*/true, Until::bare_message);
        Buffer out;
        strip_router_annotations(out, facts.message_annotations.of(bytes));
        const auto result = decode_message(out);
        REQUIRE(result.has_value());
        message.message_annotations.pop_back();
        CHECK(result->message_annotations == message.message_annotations);
        CHECK(stripped(hex("00 a3 1c 'amqp:message-annotations:map' c1 03 02 44 41")) ==
              "005372c103024441");
    }

    TEST_CASE("what routers tell one another is read, other entries are skipped") {
        const Buffer bytes = section(
            16, joined({"a3 01 'k' a1 01 'v'", kPhaseKey, "54 02", "70 00 00 00 07 41", kStreamKey,
                        "54 01", kToKey, "a1 02 'to'", kIngressKey, "a1 03 '0/a'",
                        "a3 0e 'x-opt-qd.class' a1 01 'c'", kTraceKey, "c0 06 01 a1 03 '0/a'"}));
        const auto result = read_router_annotations(bytes);
        REQUIRE(result.has_value());
        CHECK(result->to == "to");
        CHECK(result->ingress == "0/a");
        CHECK(shown(result->trace) == shown(hex("c0 06 01 a1 03 '0/a'")));
        CHECK(result->phase == 2);
        CHECK(result->stream);
    }

    TEST_CASE("a message without routers' entries has none of theirs") {
        for (const Buffer& bytes : {Buffer{}, section(0, ""), section(2, "a3 01 'k' 40")}) {
            const auto result = read_router_annotations(bytes);
            REQUIRE(result.has_value());
            CHECK(result->to.empty());
            CHECK(result->ingress.empty());
            CHECK(result->trace.empty());
            CHECK(result->phase == 0);
            CHECK_FALSE(result->stream);
        }
    }

    TEST_CASE("strings and symbols are taken for one another, and forms of any width") {
        const Buffer bytes =
            section(6, joined({"a1 0b 'x-opt-qd.to' b3 00 00 00 01 't'",
                               "b1 00 00 00 10 'x-opt-qd.ingress' a3 01 'i'",
                               "b3 00 00 00 0e 'x-opt-qd.trace'",
                               "d0 00 00 00 0d 00 00 00 02 a3 01 'a' b1 00 00 00 01 'b'"}));
        const auto result = read_router_annotations(bytes);
        REQUIRE(result.has_value());
        CHECK(result->to == "t");
        CHECK(result->ingress == "i");
        CHECK(trace_lists(result->trace, "a"));
        CHECK(trace_lists(result->trace, "b"));
    }

    TEST_CASE("numbers are integers of any type") {
        for (const std::string_view nine :
             {"50 09", "51 09", "52 09", "53 09", "54 09", "55 09", "60 00 09", "61 00 09",
              "70 00 00 00 09", "71 00 00 00 09", "80 00 00 00 00 00 00 00 09",
              "81 00 00 00 00 00 00 00 09"}) {
            const auto result = read_router_annotations(section(2, joined({kPhaseKey, nine})));
            REQUIRE(result.has_value());
            CHECK(result->phase == 9);
        }
        const auto stream = [](std::string_view value) {
            return read_router_annotations(section(2, joined({kStreamKey, value}))).value().stream;
        };
        CHECK_FALSE(stream("43"));
        CHECK_FALSE(stream("71 00 00 00 00"));
        CHECK(stream("71 00 01 00 00"));
        CHECK(stream("54 ff"));
    }

    TEST_CASE("an entry of the wrong type is an error that names its key") {
        CHECK(fault(kToKey, "a0 01 'b'") == "x-opt-qd.to is not a string");
        CHECK(fault(kToKey, "40") == "x-opt-qd.to is not a string");
        CHECK(fault(kIngressKey, "54 01") == "x-opt-qd.ingress is not a string");
        CHECK(fault(kStreamKey, "41") == "x-opt-qd.stream is not an integer");
        CHECK(fault(kStreamKey, "40") == "x-opt-qd.stream is not an integer");
        CHECK(fault(kTraceKey, "a1 03 '0/a'") == "x-opt-qd.trace is not a list of strings");
        CHECK(fault(kTraceKey, "c0 03 01 54 01") == "x-opt-qd.trace is not a list of strings");
        CHECK(fault(kTraceKey, "40") == "x-opt-qd.trace is not a list of strings");
        CHECK(fault(kTraceKey, "45") == "");
        for (const std::string_view value :
             {"54 0a", "54 ff", "55 ff", "61 ff ff", "71 ff ff ff ff", "71 00 00 01 00",
              "81 ff ff ff ff ff ff ff ff", "80 ff ff ff ff ff ff ff ff", "a1 01 '1'", "40",
              "82 00 00 00 00 00 00 00 00"}) {
            CHECK(fault(kPhaseKey, value) ==
                  "x-opt-qd.phase is not an integer from 0 to 9, or that of a fallback");
        }
        CHECK(fault(kPhaseKey, "54 16") == "");  // 'F' - '0'
        CHECK(fault(kPhaseKey, "54 15") != "");
    }

    TEST_CASE("an entry given twice is an error: routers must not differ in which one counts") {
        const auto twice = [](std::string_view key, std::string_view value) {
            const auto result =
                read_router_annotations(section(4, joined({key, value, key, value})));
            REQUIRE_FALSE(result.has_value());
            return result.error().text;
        };
        CHECK(twice(kToKey, "a1 01 'a'") == "x-opt-qd.to is given twice");
        CHECK(twice(kToKey, "a1 00") == "x-opt-qd.to is given twice");
        CHECK(twice(kIngressKey, "a1 01 'a'") == "x-opt-qd.ingress is given twice");
        CHECK(twice(kTraceKey, "45") == "x-opt-qd.trace is given twice");
        CHECK(twice(kPhaseKey, "54 00") == "x-opt-qd.phase is given twice");
        CHECK(twice(kStreamKey, "54 01") == "x-opt-qd.stream is given twice");
    }

    TEST_CASE("a trace has an end") {
        RouterAnnotations ours;
        Buffer bytes;
        for (std::uint32_t hop = 0; hop < kTraceMax; ++hop) {
            bytes = written(bytes, ours, "0/r" + std::to_string(hop));
            const auto result = read_router_annotations(bytes);
            REQUIRE(result.has_value());
            ours = *result;
        }
        CHECK(trace_lists(ours.trace, "0/r255"));
        CHECK(ours.ingress == "0/r0");
        const Facts facts = scan(bytes, /*complete=*/true, Until::bare_message);
        CHECK(facts.message_annotations.size == bytes.size());
        const auto result = read_router_annotations(written(bytes, ours, "0/one-more"));
        REQUIRE_FALSE(result.has_value());
        CHECK(result.error().text == "x-opt-qd.trace lists too many routers");
    }

    TEST_CASE("a trace lists whole names only, and none if it is not one") {
        const Buffer trace = hex("c0 0c 02 a1 03 '0/a' a1 04 '0/bc'");
        CHECK(trace_lists(trace, "0/a"));
        CHECK(trace_lists(trace, "0/bc"));
        CHECK_FALSE(trace_lists(trace, "0/b"));
        CHECK_FALSE(trace_lists(trace, "a"));
        CHECK_FALSE(trace_lists(trace, ""));
        CHECK_FALSE(trace_lists({}, "0/a"));
        CHECK_FALSE(trace_lists(hex("45"), "0/a"));
        CHECK_FALSE(trace_lists(hex("54 01"), "0/a"));
        CHECK_FALSE(trace_lists(hex("c0 08 02 54 01 a1 03 '0/a'"), "0/a"));
    }

    TEST_CASE("the first router is the ingress and begins the trace") {
        CHECK(shown(written({}, {}, "0/a")) ==
              shown(section(
                  4, joined({kIngressKey, "a1 03 '0/a'", kTraceKey, "c0 06 01 a1 03 '0/a'"}))));
    }

    TEST_CASE("the next router's section: others' entries first, then ours in the usual order") {
        const Buffer from =
            section(10, joined({"a3 01 'b' 70 00 00 00 05", kPhaseKey, "54 01", "a3 01 'a' 40",
                                "a1 0b 'x-opt-qd.xx' 41", kTraceKey, "c0 06 01 a1 03 '0/a'"}));
        const Buffer trace = hex("c0 06 01 a1 03 '0/a'");
        const RouterAnnotations ours{
            .to = "to", .ingress = "0/a", .trace = trace, .phase = 3, .stream = true};
        CHECK(shown(written(from, ours, "0/b")) ==
              shown(section(
                  14, joined({"a3 01 'b' 70 00 00 00 05 a3 01 'a' 40", kPhaseKey, "54 03",
                              kStreamKey, "54 01", kToKey, "a1 02 'to'", kIngressKey, "a1 03 '0/a'",
                              kTraceKey, "c0 0b 02 a1 03 '0/a' a1 03 '0/b'"}))));
    }

    TEST_CASE("symbols in a trace go on as strings, which stricter routers ask for") {
        const Buffer trace = hex("c0 0f 02 a3 03 '0/a' b3 00 00 00 04 '0/bc'");
        const Buffer bytes = written({}, {.trace = trace}, "0/d");
        CHECK(names(read_router_annotations(bytes).value().trace) == "0/a 0/bc 0/d ");
    }

    TEST_CASE("a trace that was not read ends where it stops to be one") {
        const Buffer trace = hex("c0 0a 03 a1 03 '0/a' 54 01 a1 00");
        const Buffer bytes = written({}, {.trace = trace}, "0/d");
        CHECK(names(read_router_annotations(bytes).value().trace) == "0/a 0/d ");
        const Buffer no_list = written({}, {.trace = hex("54 01")}, "0/d");
        CHECK(names(read_router_annotations(no_list).value().trace) == "0/d ");
    }

    TEST_CASE("long texts, traces and sections take the long forms") {
        for (const std::size_t size : {100U, 180U, 190U, 200U, 254U, 255U, 256U, 300U, 60'000U}) {
            Message message;
            message.message_annotations = {{Symbol{"k"}, std::string(size, 'v')},
                                           {Symbol{"x-opt-qd.to"}, "old"}};
            Buffer bytes;
            encode_message(bytes, message);
            const std::string to(size, 't');
            const std::string router = "0/" + std::string(size, 'r');
            Buffer trace;
            Writer writer(trace);
            const auto mark = writer.begin_list();
            writer.string(router);
            writer.end(mark);
            const Buffer next = written(bytes, {.to = to, .trace = trace}, "0/self");
            const auto result = read_router_annotations(next);
            REQUIRE(result.has_value());
            CHECK(result->to == to);
            CHECK(result->ingress == "0/self");
            CHECK(names(result->trace) == router + " 0/self ");
            CHECK((result->trace[0] == 0xc0) == (result->trace.size() <= 257));
            message.message_annotations.pop_back();
            Buffer others;
            strip_router_annotations(others, next);
            CHECK(decode_message(others).value().message_annotations ==
                  message.message_annotations);
        }
    }

    TEST_CASE("a section whose count outgrows the short form takes the long one") {
        std::string pairs;
        for (int i = 0; i < 63; ++i) {
            pairs += "44 40 ";
        }
        const Buffer next = written(section(126, pairs), {.to = "t"}, "0/a");
        CHECK(next[3] == 0xc1);
        for (int i = 63; i < 126; ++i) {
            pairs += "44 40 ";
        }
        const Buffer longer = written(section(252, pairs), {}, "0/a");
        CHECK(longer[3] == 0xd1);
        CHECK(scan(longer, /*complete=*/true, Until::bare_message).message_annotations.size ==
              longer.size());
    }

    TEST_CASE("a section that is no map is an error and adds nothing") {
        for (const std::string_view text :
             {"00 53 72", "00 53 72 45", "00 53 72 c1 05 02 a3 09 'x'", "ff",
              "00 53 72 c1 04 02 a3 01 'k'"}) {
            const auto result = read_router_annotations(hex(text));
            REQUIRE_FALSE(result.has_value());
            CHECK(result.error().text == "message-annotations is not a well-formed map");
            CHECK(shown(written(hex(text), {}, "0/a")) == shown(written({}, {}, "0/a")));
        }
    }

    TEST_CASE("any section that scan() accepts is stripped to one that it accepts") {
        std::mt19937 random(3);
        const Buffer seed =
            hex("00 53 72 c1 2f 06 a3 01 'b' 70 00 00 00 05 a3 0e 'x-opt-qd.phase' 54 01 "
                "a3 0a 'x-opt-qd.t' c0 06 01 a1 03 '0/A'");
        int accepted = 0;
        for (int i = 0; i < 20'000; ++i) {
            Buffer bytes = seed;
            for (auto changes = random() % 3; changes > 0; --changes) {
                bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
            }
            const Facts facts = scan(bytes, /*complete=*/true, Until::bare_message);
            Buffer out;
            strip_router_annotations(out, facts.message_annotations.of(bytes));
            CHECK(out.size() <= bytes.size());
            const Bytes given = facts.message_annotations.of(bytes);
            if (const auto ours = read_router_annotations(given)) {
                const Buffer next = written(given, *ours, "0/self");
                const auto again = read_router_annotations(next);
                REQUIRE(again.has_value());
                CHECK(again->to == ours->to);
                CHECK(again->phase == ours->phase);
                CHECK(again->stream == ours->stream);
                CHECK(trace_lists(again->trace, "0/self"));
                CHECK(stripped(next) == shown(out));
            }
            if (facts.status == Facts::Status::complete && !out.empty()) {
                ++accepted;
                const Facts after = scan(out, /*complete=*/true, Until::bare_message);
                CHECK(after.status == Facts::Status::complete);
                CHECK(after.message_annotations.size == out.size());
            }
        }
        CHECK(accepted > 1000);
    }
}

}  // namespace
}  // namespace weft::annotations
