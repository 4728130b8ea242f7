#include "common/wire/message.hpp"

#include "router/fardemand/demand_message.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>

using namespace weft;
using namespace weft::fardemand;
using wire::List;
using wire::Map;
using wire::Value;

namespace {

using Kind = DemandMessage::Kind;

Buffer demand_content(Value opcode, Value body) {
    wire::Message message;
    message.application_properties = {{"opcode", std::move(opcode)}};
    message.body = std::move(body);
    Buffer out;
    wire::encode_message(out, message);
    return out;
}

std::string condition_of(const char* kind, List addresses) {
    const Buffer content =
        demand_content("WEFT-DEMAND", Map{{"kind", kind}, {"addresses", std::move(addresses)}});
    const auto message = read_demand_message(content);
    return message ? "" : std::string(message.error().condition);
}

/// A list of that alone.
List one(Value entry) {
    List all;
    all.push_back(std::move(entry));
    return all;
}

}  // namespace

TEST_SUITE("demand messages") {
    TEST_CASE("what is written is read the same") {
        for (const DemandMessage& message :
             {DemandMessage{.kind = Kind::ask},
              DemandMessage{.kind = Kind::ask,
              .entries = {{.key = "M1a", .wanted = true}, {.key = "M1b"}}},
              DemandMessage{.kind = Kind::tell,
              .entries = {{.key = "M1a", .limit = kCountMax, .taken = 7},
                          {.key = "M1b", .drain = UINT32_MAX}}},
              DemandMessage{.kind = Kind::rest, .entries = {{.key = "M1a", .drain = 3}}}}) {
            Buffer content;
            write_demand_message(content, message);
            CHECK(is_demand_message(content));
            CHECK(read_demand_message(content) == Result<DemandMessage>{message});
        }
    }

    TEST_CASE("what is not as it should be is refused") {
        const std::string invalid = "amqp:invalid-field";
        CHECK(condition_of("ask", one(List{"M1a", true, "more"})).empty());
        CHECK(condition_of("ask", one(List{"M1a"})) == invalid);
        CHECK(condition_of("ask", one("M1a")) == invalid);
        CHECK(condition_of("ask", one(List{"", true})) == invalid);
        CHECK(condition_of("ask", one(List{std::string(kKeyMax + 1, 'k'), true})) == invalid);
        CHECK(condition_of("tell", one(List{"M1a", 1, 2})) == invalid);
        CHECK(condition_of("tell", one(List{"M1a", -1, 2, 0})) == invalid);
        CHECK(condition_of("tell", one(List{"M1a", 1, 2, std::int64_t{1} << 33U})) == invalid);
        CHECK(condition_of("rest", one(List{"M1a", "1"})) == invalid);
        CHECK(condition_of("ask", List(kEntriesMax + 1, List{"M1a", true})) == invalid);
        CHECK(condition_of("other", {}) == "amqp:not-implemented");
        CHECK_FALSE(read_demand_message(demand_content("OTHER", Map{{"kind", "ask"}})));
        CHECK_FALSE(read_demand_message(Buffer(kDemandMessageMax + 1)));
        CHECK_FALSE(is_demand_message(demand_content("WEFT-SETTINGS", Map{})));
    }
}
