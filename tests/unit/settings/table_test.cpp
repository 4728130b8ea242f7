#include "tests/unit/settings/world.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace weft;
using namespace weft::settings;

namespace {

std::vector<Setting> many(std::size_t count, std::string_view value, std::int64_t from_version) {
    std::vector<Setting> settings;
    for (std::size_t i = 0; i < count; ++i) {
        settings.push_back(
            setting(key_of(i), std::string(value), from_version + static_cast<std::int64_t>(i)));
    }
    return settings;
}

void fill(SettingTable& table, const std::vector<Setting>& settings) {
    for (const Setting& each : settings) {
        table.merge(each);
    }
}

}  // namespace

TEST_SUITE("SettingTable") {
    TEST_CASE("the version decides which of two is newer, then the origin, the value, the file") {
        const Setting base = setting("k", "v", 5);
        CHECK(is_newer(setting("k", "a", 6, "A"), base));
        CHECK(is_newer(setting("k", "a", 5, "C"), base));
        CHECK(is_newer(setting("k", "w", 5), base));
        CHECK(is_newer(setting("k", "v", 5, "B", /*from_file=*/true), base));
        CHECK_FALSE(is_newer(base, base));
    }

    TEST_CASE("the newest of a key stands; what is older or the same changes nothing") {
        SettingTable table;
        CHECK(table.merge(setting("k", "v", 5)).outcome == Outcome::taken);
        CHECK(table.merge(setting("k", "v", 5)).outcome == Outcome::known);
        CHECK(table.merge(setting("k", "old", 4)).outcome == Outcome::known);
        CHECK(table.merge(setting("k", "new", 6)).outcome == Outcome::taken);
        CHECK(table.find("k")->value == "new");
        CHECK(table.find("other") == nullptr);
        CHECK(table.clock() == 6);
        CHECK(table.standing() == 1);
        CHECK(table.digest().count == 1);
    }

    TEST_CASE("what was deleted is remembered, and does not stand") {
        SettingTable table;
        table.merge(setting("k", "v", 5));
        CHECK(table.merge(setting("k", "", 6)).outcome == Outcome::taken);
        CHECK(table.standing() == 0);
        CHECK(table.find("k")->deleted());
        CHECK(table.merge(setting("k", "v", 5)).outcome == Outcome::known);
        CHECK(table.merge(setting("k", "again", 7)).outcome == Outcome::taken);
        CHECK(table.standing() == 1);
    }

    TEST_CASE("in whatever order settings come, the table and its digest are the same") {
        std::vector<Setting> settings;
        for (int version = 1; version <= 6; ++version) {
            for (const std::string key : {"a", "b", "c"}) {
                settings.push_back(setting(key, version % 3 == 0 ? "" : "v", version, "A"));
                settings.push_back(setting(key, version % 2 == 0 ? "" : "w", version, "B"));
            }
        }
        SettingTable first;
        fill(first, settings);
        std::mt19937 random(1);
        for (int round = 0; round < 50; ++round) {
            std::ranges::shuffle(settings, random);
            SettingTable table;
            fill(table, settings);
            REQUIRE(table.all() == first.all());
            REQUIRE(table.digest() == first.digest());
        }
    }

    TEST_CASE("any field that differs is seen in the digest") {
        const auto digest_of = [](const Setting& one) {
            SettingTable table;
            table.merge(one);
            return table.digest();
        };
        const SettingDigest digest = digest_of(setting("k", "v", 5));
        CHECK(digest_of(setting("k", "v", 5)) == digest);
        CHECK(digest_of(setting("l", "v", 5)) != digest);
        CHECK(digest_of(setting("k", "w", 5)) != digest);
        CHECK(digest_of(setting("k", "v", 6)) != digest);
        CHECK(digest_of(setting("k", "v", 5, "C")) != digest);
        CHECK(digest_of(setting("k", "v", 5, "B", /*from_file=*/true)) != digest);
        CHECK(digest_of(setting("kv", "", 5)) != digest_of(setting("k", "v", 5)));
        CHECK(SettingTable{}.digest() == SettingDigest{});
    }

    TEST_CASE("two routers that each missed another change of one origin see that they differ") {
        // Without mixing, such changes of about one pair of keys in 50 have the same effect on
        // the sum.
        for (std::size_t i = 0; i < 1000; ++i) {
            const std::string one = key_of(i);
            const std::string two = key_of(3001 + 7 * i);
            SettingTable has_one;
            fill(has_one, {setting(one, "v", 9), setting(two, "w", 5)});
            SettingTable has_two;
            fill(has_two, {setting(one, "w", 1), setting(two, "v", 13)});
            REQUIRE(has_one.digest() != has_two.digest());
        }
    }

    TEST_CASE("one more than may stand: the oldest gives way, or is not taken") {
        SettingTable table;
        fill(table, many(kSettingsMax, "v", 100));
        CHECK(table.merge(setting("old", "v", 99)).outcome == Outcome::full);
        CHECK(table.find("old") == nullptr);
        const auto merged = table.merge(setting("new", "v", 50'000));
        CHECK(merged.outcome == Outcome::taken);
        CHECK(merged.forgotten == key_of(0));
        CHECK(table.find(key_of(0)) == nullptr);
        CHECK(table.standing() == kSettingsMax);
        CHECK(table.merge(setting(key_of(5), "changed", 50'001)).forgotten.empty());
        CHECK(table.standing() == kSettingsMax);
    }

    TEST_CASE("of those deleted the oldest are forgotten, without a word") {
        SettingTable table;
        fill(table, many(kSettingsMax, "", 100));
        const SettingDigest digest = table.digest();
        CHECK(table.merge(setting("old", "", 99)).outcome == Outcome::known);
        CHECK(table.digest() == digest);
        const auto merged = table.merge(setting("new", "", 50'000));
        CHECK(merged.outcome == Outcome::taken);
        CHECK(merged.forgotten.empty());
        CHECK(table.find(key_of(0)) == nullptr);
        CHECK(table.all().size() == kSettingsMax);
    }

    TEST_CASE("a deletion too old to be remembered still deletes") {
        SettingTable table;
        fill(table, many(kSettingsMax, "", 100));
        table.merge(setting("k", "v", 1));
        CHECK(table.merge(setting("k", "", 2)).outcome == Outcome::taken);
        CHECK(table.find("k") == nullptr);
        CHECK(table.standing() == 0);
    }

    TEST_CASE("settings of one age are told apart by their keys at the limit, too") {
        SettingTable table;
        for (std::size_t i = 0; i <= kSettingsMax; ++i) {
            table.merge(setting(key_of(i), "v", 7));
        }
        CHECK(table.standing() == kSettingsMax);
        CHECK(table.find(key_of(0)) == nullptr);
        CHECK(table.all().size() == kSettingsMax);
    }

    TEST_CASE("two full tables that tell each other all they have become the same") {
        std::mt19937 random(7);
        std::vector<Setting> ones;
        std::vector<Setting> others;
        for (std::size_t i = 0; i < kSettingsMax + 500; ++i) {
            const auto version = static_cast<std::int64_t>(1 + random() % 30'000);
            (i % 2 == 0 ? ones : others).push_back(setting(key_of(i), "v", version));
            ones.push_back(setting("d" + key_of(i), "", version));
            others.push_back(setting("e" + key_of(i), random() % 2 == 0 ? "" : "w", version));
        }
        SettingTable a;
        SettingTable b;
        fill(a, ones);
        fill(b, others);
        for (int round = 0; round < 3; ++round) {
            for (const auto& [key, each] : a.all()) {
                b.merge(each);
            }
            for (const auto& [key, each] : b.all()) {
                a.merge(each);
            }
        }
        CHECK(a.digest() == b.digest());
        CHECK(a.all() == b.all());
        CHECK(a.standing() == kSettingsMax);
    }
}
