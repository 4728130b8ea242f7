#include "router/config/address_setting.hpp"

#include "tests/unit/router_config/fixture.hpp"

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

    TEST_CASE("an entry with wildcards passes links on, also after it travelled") {
        for (const char* rule :
             {R"("address": "q/#")", R"("prefix": "q")", R"("pattern": "q.*")"}) {
            CAPTURE(rule);
            const auto loaded =
                router_config::test::load(R"({"addresses": [{)" + std::string(rule) +
                                          R"(, "type": "topic", "brokers": ["b1"]}]})");
            REQUIRE(loaded.config);
            const AddressConfig& address = loaded.config->addresses.front();
            REQUIRE(address.storage);
            CHECK(address.storage->passes_links);
            const auto read =
                read_address_setting(setting_key(address.pattern), setting_value(address));
            REQUIRE(read);
            CHECK(read->storage->passes_links);
            CHECK(read->storage->properties == address.storage->properties);
        }
    }

    TEST_CASE("what brokers are told of an entry is the entry, and the same after it travelled") {
        const auto loaded = router_config::test::load(R"({"addresses": [
            {"address": "q", "type": "queue", "brokers": ["b1", "b2"], "priority": 3,
             "distribution": "closest", "ttlSeconds": {"default": 1.5, "max": 9},
             "maxDeliveries": 5, "maxBytes": "1KiB", "overflow": "block"}]})");
        REQUIRE(loaded.config);
        const AddressConfig& address = loaded.config->addresses.front();
        REQUIRE(address.storage);
        CHECK(address.storage->kind == Storage::Kind::queue);
        CHECK(address.storage->brokers == std::vector<std::string>{"b1", "b2"});
        CHECK(address.treatment.distribution == Distribution::closest);
        CHECK(address.treatment.ingress_phase == 0);
        CHECK(address.treatment.egress_phase == 1);
        const wire::Map entry{{"address", "q"},
                              {"type", "queue"},
                              {"distribution", "closest"},
                              {"brokers", wire::List{"b1", "b2"}},
                              {"priority", std::int64_t{3}},
                              {"ttlSeconds", wire::Map{{"default", 1.5}, {"max", std::int64_t{9}}}},
                              {"maxDeliveries", std::int64_t{5}},
                              {"maxBytes", std::int64_t{1024}},
                              {"overflow", "block"}};
        CHECK(address.storage->entry == entry);
        Bytes told{address.storage->properties};
        CHECK(wire::decode(told) == wire::Value{wire::Map{{wire::Symbol{"weft.address"}, entry}}});
        const std::string value = setting_value(address);
        const auto again = read_address_setting("address q", value);
        REQUIRE(again);
        CHECK(setting_value(*again) == value);
        REQUIRE(again->storage);
        CHECK(again->storage->properties == address.storage->properties);
    }

    TEST_CASE("what a file may not say, a setting may not either") {
        const auto refusal = [](const char* value) {
            const auto read = read_address_setting("address a", value);
            REQUIRE_FALSE(read);
            return read.error().text;
        };
        CHECK(refusal(R"({"address": "b"})") == "it is about address b");
        CHECK(refusal(R"({"address": "a", "colour": "red"})").find("colour") != std::string::npos);
        CHECK(refusal(R"({"address": "a", "type": "heap"})").find("heap") != std::string::npos);
        CHECK_FALSE(refusal("").empty());
        CHECK_FALSE(refusal("{").empty());
        CHECK_FALSE(refusal(R"({"address": "a"}, {"address": "b"})").empty());
        CHECK_FALSE(
            refusal(R"({"address": "a"}], "listeners": [{"port": 1}, {"port": 1})").empty());
        CHECK_FALSE(refusal(R"({"address": "a"}], "include": ["/etc/passwd")").empty());
    }
}
