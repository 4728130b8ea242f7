#include "tests/unit/settings/world.hpp"

#include <doctest/doctest.h>

using namespace weft;
using namespace weft::settings;

namespace {

Error refusal(const Result<void>& result) {
    return result ? Error{} : result.error();
}

/// Settings key_of(from) … with as many versions.
void restore(World& world, std::size_t from, std::size_t count, std::int64_t version) {
    for (std::size_t i = from; i < from + count; ++i) {
        world.machine.restore(setting(key_of(i), "v", version++));
    }
}

/// Carries and ticks until digests have gone both ways so often.
void rounds(World& a, World& b, int count) {
    for (int i = 0; i < count; ++i) {
        a.pass(MeshSettings::kDigestGap);
        b.pass(MeshSettings::kDigestGap);
        exchange(a, b);
    }
}

}  // namespace

TEST_SUITE("limits of settings") {
    TEST_CASE("what other routers would refuse is refused at once") {
        World a;
        const auto key = "a setting's key must be UTF-8 text of 1 to 2048 bytes";
        const auto value = "a setting's value must be UTF-8 text of 0 to 8192 bytes";
        CHECK(refusal(a.machine.set("", "v")) == Error{"amqp:invalid-field", key});
        CHECK(refusal(a.machine.set(std::string(2049, 'k'), "v")).text == key);
        CHECK(refusal(a.machine.set("\xff", "v")).text == key);
        CHECK(refusal(a.machine.set("k", std::string(8193, 'v'))).text == value);
        CHECK(refusal(a.machine.set("k", "\xff")).text == value);
        CHECK(refusal(a.machine.set("k", "")) ==
              Error{"amqp:invalid-field", "a setting of the mesh needs a value"});
        CHECK(a.machine.set(std::string(2048, 'k'), std::string(8192, 'v')));
        CHECK(a.told.size() == 1);
        a.machine.declare({{"\xff", "v"}});
        CHECK(a.refused == std::vector{std::string("A: ") + key});
    }

    TEST_CASE("what was kept, but can't have been, is refused") {
        World a;
        a.machine.restore(setting("k", "v", 0));
        CHECK(a.machine.table().all().empty());
        CHECK(a.refused == std::vector<std::string>{"A: a setting's version must be from 1 to "
                                                    "2^53"});
        CHECK(a.machine.counters().refused == 1);
    }

    TEST_CASE("one more than may stand is refused to whom says it") {
        World a;
        restore(a, 0, kSettingsMax, 1);
        const Error full{"amqp:resource-limit-exceeded",
                         "the mesh has 10000 settings already: delete one first"};
        CHECK(refusal(a.machine.set("k", "v")) == full);
        CHECK(a.machine.set(key_of(0), "changed"));
        CHECK(a.machine.remove(key_of(1)));
        CHECK(a.machine.set("k", "v"));
        a.machine.declare({{"l", "v"}});
        CHECK(a.refused == std::vector{"A: " + full.text});
    }

    TEST_CASE("two that are full of different settings come to agree, and rest") {
        World a("A");
        World b("B");
        restore(a, 0, kSettingsMax, 1);
        restore(b, kSettingsMax / 2, kSettingsMax, 5000);
        meet(a, b);
        rounds(a, b, 2);
        CHECK(a.machine.table().all() == b.machine.table().all());
        CHECK(a.machine.table().standing() == kSettingsMax);
        CHECK(a.forgotten.size() == kSettingsMax / 2);
        CHECK(a.machine.counters().refused >= a.forgotten.size());
        CHECK(a.refused.size() == 1);
        a.pass(MeshSettings::kDigestGap);
        b.pass(MeshSettings::kDigestGap);
        CHECK(exchange(a, b) == 2);
    }

    TEST_CASE("a deletion too old to be remembered does not go round in circles") {
        World a("A");
        World b("B");
        World c("C");
        for (World* each : {&a, &b, &c}) {
            for (std::size_t i = 0; i < kSettingsMax; ++i) {
                each->machine.restore(setting(key_of(i), "", 100 + static_cast<int>(i)));
            }
            for (const std::string id : {"A", "B", "C"}) {
                each->up(id);
            }
        }
        a.news("B", {setting("old", "", 1)});
        CHECK(a.sent.empty());
        CHECK(a.told.empty());
        CHECK(a.refused.empty());
    }

    TEST_CASE("when a router has used up the versions nothing more can be said") {
        World a;
        a.machine.restore(setting("k", "v", kSettingVersionMax));
        const Error used_up{
            "amqp:resource-limit-exceeded",
            "the mesh has no more versions for its settings: a router used them up"};
        CHECK(refusal(a.machine.set("l", "v")) == used_up);
        CHECK(refusal(a.machine.remove("k")) == used_up);
        CHECK(a.value("k") == "v");
    }

    TEST_CASE("a version far beyond all that are known is not taken at once") {
        World a;
        a.up("B");
        a.pass(seconds(1));
        a.sent.clear();
        const std::int64_t jump = MeshSettings::kVersionJumpMax;
        a.news("B", {setting("far", "v", jump + 1), setting("near", "v", jump)});
        CHECK(a.value("far").empty());
        CHECK(a.value("near") == "v");
        CHECK(a.machine.counters().refused == 1);
        CHECK(a.refused == std::vector<std::string>{
                               "B: version 4294967297 of 'far' is far beyond all that are known"});
        a.pass(MeshSettings::kDigestGap);
        a.news("B", {setting("far", "v", jump + 1), setting("farther", "v", 3 * jump + 1)});
        CHECK(a.value("far") == "v");
        CHECK(a.value("farther").empty());
    }

    TEST_CASE("nobody can use up the versions soon") {
        World a;
        a.up("B");
        for (int i = 0; i < 100; ++i) {
            a.news("B", {setting(key_of(static_cast<std::size_t>(i)), "v",
                                 std::min(a.machine.table().clock() + MeshSettings::kVersionJumpMax,
                                          kSettingVersionMax))});
        }
        CHECK(a.machine.table().clock() == MeshSettings::kVersionJumpMax);
    }

    TEST_CASE("a new router comes to agree with those that have seen a jump") {
        World a("A");
        World b("B");
        const std::int64_t jump = MeshSettings::kVersionJumpMax;
        a.machine.restore(setting("k", "v", 4 * jump));
        REQUIRE(b.machine.set("l", "v"));
        meet(a, b);
        CHECK(b.value("k").empty());
        rounds(a, b, 5);
        CHECK(a.machine.table().all() == b.machine.table().all());
        CHECK(b.value("k") == "v");
    }
}
