#include "router/config/address_setting.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace weft;
using namespace weft::router;
using namespace weft::router_config;

namespace {

using Grammar = AddressPattern::Grammar;

AddressConfig entry(Grammar grammar, std::string_view text, Treatment treatment, std::string name) {
    return {.name = std::move(name),
            .pattern = *AddressPattern::parse(grammar, text),
            .treatment = treatment,
            .mesh_wide = true};
}

}  // namespace

TEST_SUITE("address_setting") {
    TEST_CASE("an entry is the same after it travelled") {
        const std::array entries{
            entry(Grammar::address, "a/+/#", {.distribution = Distribution::closest}, ""),
            entry(Grammar::prefix, "b.c", {.distribution = Distribution::unavailable}, "of \"b\""),
            entry(Grammar::pattern, "#/c",
                  {.distribution = Distribution::multicast,
                   .slow_consumer = SlowConsumer::drop,
                   .priority = 0},
                  "c"),
            entry(Grammar::address, "d", {.ingress_phase = 2, .egress_phase = 3}, "")};
        for (const AddressConfig& each : entries) {
            const std::string value = setting_value(each);
            CAPTURE(value);
            const auto again = read_address_setting(setting_key(each.pattern), value);
            REQUIRE(again);
            CHECK(again->mesh_wide);
            CHECK(again->name == each.name);
            CHECK(setting_value(*again) == value);
            CHECK(setting_key(again->pattern) == setting_key(each.pattern));
        }
        CHECK(setting_key(entries[0].pattern) == "address a/+/#");
        CHECK(setting_value(entries[0]) == R"({"address":"a/+/#","distribution":"closest"})");
    }

    TEST_CASE("what a file may not say, a setting may not either") {
        const auto refusal = [](const char* value) {
            const auto read = read_address_setting("address a", value);
            REQUIRE_FALSE(read);
            return read.error().text;
        };
        CHECK(refusal(R"({"address": "b"})") == "it is about address b");
        CHECK(refusal(R"({"address": "a", "colour": "red"})").find("colour") != std::string::npos);
        CHECK(refusal(R"({"address": "a", "type": "queue"})").find("queue") != std::string::npos);
        CHECK_FALSE(refusal("").empty());
        CHECK_FALSE(refusal("{").empty());
        CHECK_FALSE(refusal(R"({"address": "a"}, {"address": "b"})").empty());
        CHECK_FALSE(
            refusal(R"({"address": "a"}], "listeners": [{"port": 1}, {"port": 1})").empty());
        CHECK_FALSE(refusal(R"({"address": "a"}], "include": ["/etc/passwd")").empty());
    }
}
