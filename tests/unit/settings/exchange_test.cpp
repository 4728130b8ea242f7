#include "tests/unit/settings/world.hpp"

#include <doctest/doctest.h>

using namespace weft;
using namespace weft::settings;

namespace {

constexpr std::size_t kMany = 60;  // settings of 4 KiB each: several messages

/// Each key begins with the one before it.
void fill(World& world, std::size_t from, std::size_t step) {
    for (std::size_t i = from; i < kMany; i += step) {
        REQUIRE(world.machine.set(std::string(i + 1, 'k'), std::string(4096, 'v')));
    }
}

SettingMessage digest_of(const World& world) {
    return {.kind = Kind::digest, .digest = world.machine.table().digest()};
}

bool agree(const World& a, const World& b) {
    return a.machine.table().all() == b.machine.table().all();
}

}  // namespace

TEST_SUITE("exchanging settings") {
    TEST_CASE("what is set or removed is told to the partners, and passed on by them") {
        World a("A");
        a.up("B");
        a.up("C");
        REQUIRE(a.machine.set("k", "v"));
        CHECK(a.told == std::vector{setting("k", "v", 1, "A")});
        CHECK(a.sent_of(Kind::news).size() == 2);
        CHECK(a.sent.front().message.settings == a.told);
        REQUIRE(a.machine.remove("k"));
        CHECK(a.told.back() == setting("k", "", 2, "A"));
        REQUIRE(a.machine.remove("k"));
        REQUIRE(a.machine.remove("unknown"));
        CHECK(a.told.size() == 2);

        World b("B");
        b.up("A");
        b.up("C");
        b.news("A", {setting("k", "v", 1, "A")});
        CHECK(b.value("k") == "v");
        REQUIRE(b.sent.size() == 1);
        CHECK(b.sent.front().to == "C");
        b.news("C", {setting("k", "v", 1, "A")});
        CHECK(b.sent.size() == 1);
        CHECK(b.machine.counters().taken == 1);
        CHECK(b.machine.counters().received == 2);
    }

    TEST_CASE("a router says what is newer than all it knows of") {
        World world;
        world.up("B");
        world.news("B", {setting("other", "v", 41)});
        REQUIRE(world.machine.set("k", "v"));
        CHECK(world.told.back().version == 42);
    }

    TEST_CASE("routers that know the same say no more than a digest") {
        World a("A");
        World b("B");
        CHECK(meet(a, b) == 2);
    }

    TEST_CASE("a walk in one message gives each what it lacks") {
        World a("A");
        World b("B");
        REQUIRE(a.machine.set("a", "of A"));
        REQUIRE(a.machine.set("both", "older"));
        REQUIRE(b.machine.set("b", "of B"));
        REQUIRE(b.machine.set("c", "of B"));
        REQUIRE(b.machine.set("both", "newer"));
        meet(a, b);
        CHECK(agree(a, b));
        CHECK(a.value("both") == "newer");
        CHECK(b.value("a") == "of A");
    }

    TEST_CASE("large tables are walked in pieces, both ways") {
        struct Case {
            std::size_t a_from, a_step, b_from, b_step;
        };
        // Each the other half; all and nothing; the front and the back.
        for (const Case& each : {Case{0, 2, 1, 2}, Case{0, 1, kMany, 1}, Case{kMany, 1, 0, 1},
                                 Case{0, 1, kMany / 2, 1}}) {
            World a("A");
            World b("B");
            fill(a, each.a_from, each.a_step);
            fill(b, each.b_from, each.b_step);
            a.up("B");
            b.up("A");
            a.tell("B", digest_of(b));  // only A walks
            std::size_t largest = 0;
            while (!a.sent.empty() || !b.sent.empty()) {
                for (const auto& sent : a.take_sent()) {
                    largest = std::max(largest, sent.bytes);
                    b.tell("A", sent.message);
                }
                for (const auto& sent : b.take_sent()) {
                    largest = std::max(largest, sent.bytes);
                    a.tell("B", sent.message);
                }
            }
            CHECK(agree(a, b));
            CHECK(a.machine.table().all().size() == kMany);
            CHECK(largest > kSettingMessageBytes);
            CHECK(largest < kSettingMessageBytes + 5000);
        }
    }

    TEST_CASE("a walk whose answer is lost begins anew with a later digest") {
        World a("A");
        World b("B");
        fill(b, 0, 1);
        REQUIRE(a.machine.set("k", "v"));
        a.up("B");
        b.up("A");
        a.tell("B", digest_of(b));
        REQUIRE(a.take_sent().size() == 1);  // and is lost
        a.now += seconds(4);
        a.tell("B", digest_of(b));
        CHECK(a.sent.empty());  // it may still come
        a.now += seconds(1);
        a.tell("B", digest_of(b));
        exchange(a, b);
        CHECK(agree(a, b));
    }

    TEST_CASE("an answer of a walk that was given up is taken, but leads nowhere") {
        World a("A");
        a.up("B");
        const SettingMessage answer{
            .kind = Kind::answer, .after = "x", .until = "y", .settings = {setting("y", "v", 1)}};
        a.tell("B", answer);
        a.tell("B", {.kind = Kind::digest, .digest = {.count = 7, .sum = 7}});
        a.sent.clear();
        a.tell("B", answer);
        CHECK(a.sent.empty());
        CHECK(a.value("y") == "v");
    }

    TEST_CASE("an answer that does not lead on ends the walk") {
        World a("A");
        fill(a, 0, 1);
        a.up("B");
        const SettingMessage digest{.kind = Kind::digest, .digest = {.count = 7, .sum = 7}};
        a.tell("B", digest);
        a.sent.clear();
        a.tell("B", {.kind = Kind::answer, .after = "", .until = "m"});
        REQUIRE(a.sent.size() == 1);
        CHECK(a.sent.front().message.after == "m");
        a.tell("B", {.kind = Kind::answer, .after = "m", .until = "a"});
        CHECK(a.sent.size() == 1);
        a.tell("B", digest);
        CHECK(a.sent.size() == 2);
    }

    TEST_CASE("a range is answered with what is newer in it, and nothing behind it") {
        World a("A");
        a.up("B");
        a.news("B", {setting("a", "v", 1), setting("b", "v", 9), setting("c", "v", 3),
                     setting("d", "v", 4)});
        a.tell("B",
               {.kind = Kind::range,
                .after = "a",
                .until = "c",
                .settings = {setting("b", "w", 5), setting("bb", "w", 5), setting("c", "v", 3)}});
        REQUIRE(a.sent_of(Kind::answer).size() == 1);
        const SettingMessage answer = a.sent_of(Kind::answer)[0].message;
        CHECK(answer.after == "a");
        CHECK(answer.until == "c");
        CHECK(answer.settings == std::vector{setting("b", "v", 9)});
        CHECK(a.value("bb") == "w");
    }

    TEST_CASE("a router that is not known is not heard, whatever it says, until it is") {
        World a("A");
        REQUIRE(a.machine.set("k", "v"));
        for (int i = 0; i < 1000; ++i) {
            a.tell("nobody" + std::to_string(i), {.kind = Kind::digest, .digest = {}});
        }
        a.news("nobody", {setting("l", "v", 9)});
        a.tell("nobody", {.kind = Kind::range, .settings = {setting("l", "v", 9)}});
        a.tell("nobody", {.kind = Kind::answer, .settings = {setting("l", "v", 9)}});
        a.machine.receive("nobody", as_bytes("nonsense"), a.now);
        CHECK(a.sent.empty());
        CHECK(a.value("l").empty());
        CHECK(a.refused.empty());
        CHECK(a.machine.counters().unknown == 1004);
        a.up("nobody");
        a.news("nobody", {setting("l", "v", 9)});
        CHECK(a.value("l") == "v");
        a.machine.peer_down("nobody");
        a.news("nobody", {setting("l", "w", 10)});
        CHECK(a.value("l") == "v");
    }

    TEST_CASE("a range is looked through in pieces, and the walk goes on behind each") {
        constexpr std::size_t kMore = 100;
        World a("A");
        a.up("B");
        SettingMessage range{.kind = Kind::range};
        for (std::size_t i = 0; i < MeshSettings::kLookedAtMax + kMore; ++i) {
            a.machine.restore(setting(key_of(i), "v", 1));
            if (i < MeshSettings::kLookedAtMax - kMore) {
                range.settings.push_back(setting(key_of(i), "v", 1));
            }
        }
        a.tell("B", range);
        const auto answers = a.sent_of(Kind::answer);
        REQUIRE(answers.size() == 1);
        CHECK(answers[0].message.settings.size() == kMore);
        CHECK(answers[0].message.until == key_of(MeshSettings::kLookedAtMax - 1));
        a.sent.clear();
        a.tell("B", {.kind = Kind::range, .after = answers[0].message.until});
        CHECK(a.sent_of(Kind::answer)[0].message.settings.size() == kMore);
        CHECK(a.sent_of(Kind::answer)[0].message.until.empty());
    }

    TEST_CASE("what can't be read is counted, and complained of once for each router") {
        World a("A");
        a.up("B");
        for (int i = 0; i < 3; ++i) {
            a.machine.receive("B", as_bytes("nonsense"), a.now);
        }
        a.tell("C", {.kind = Kind::digest});
        CHECK(a.machine.counters().malformed == 3);
        CHECK(a.machine.counters().refused == 0);
        REQUIRE(a.refused.size() == 1);
        CHECK(a.refused[0].starts_with("B: "));
    }

    TEST_CASE("what a message full of changes causes is passed on in messages as small") {
        World a("A");
        a.up("B");
        a.up("C");
        std::vector<Setting> old;
        File file;
        for (std::size_t i = 0; i < 20; ++i) {
            old.push_back(setting(key_of(i), "old", 1000, "A", /*from_file=*/true));
            file[key_of(i)] = std::string(kSettingValueMax, 'v');
        }
        a.machine.declare(file);
        a.sent.clear();
        a.news("B", old);
        a.pass(milliseconds(0));
        const auto news = a.sent_of(Kind::news);
        CHECK(news.size() == 1 + 2 * 3);  // the old ones to C; those of the file to both
        for (const auto& each : news) {
            CHECK(each.bytes < kSettingMessageMax);
        }
    }
}
