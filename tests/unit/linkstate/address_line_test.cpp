#include "router/linkstate/mobile_reading.hpp"
#include "tests/unit/linkstate/world.hpp"

#include <doctest/doctest.h>

namespace weft::linkstate {
namespace {

constexpr std::size_t kSlice = 10;

std::vector<std::string> many(std::size_t count, const std::string& stem = "M0k") {
    std::vector<std::string> made;
    for (std::size_t i = 0; i < count; ++i) {
        made.push_back(stem + std::to_string(i));
    }
    return made;
}

/// Router a over link 1, router b over link 2, and a slice of ten.
struct Sliced {
    Sliced() {
        world.neighbour(1, "a");
        world.neighbour(2, "b");
        world.addresses(1, "a", 1, {"M0_weft/a"});
        world.log.clear();
        world.sent.clear();
    }
    /// Does all that was put off; the greatest number of addresses that one slice told of.
    std::size_t work_off() {
        std::size_t most = 0;
        while (world.machine.has_work()) {
            const std::size_t before = world.log.size();
            world.work();
            most = std::max(most, world.log.size() - before);
        }
        return most;
    }

    World world{{.id = {}, .slice = kSlice}};
};

}  // namespace

TEST_SUITE_BEGIN("LinkState: long lists of addresses");

TEST_CASE_FIXTURE(Sliced, "are taken a slice at a time, in order") {
    SUBCASE("all of them") {
        world.all_addresses(1, "a", 2, many(95));
    }
    SUBCASE("what changed") {
        world.addresses(1, "a", 2, many(95), {"M0_weft/a"});
    }
    CHECK(world.log.empty());
    CHECK(work_off() <= kSlice);
    CHECK(world.keys_of("a").size() == 95);
    for (std::size_t i = 0; i < 95; ++i) {
        CHECK(world.log[i] == "a +M0k" + std::to_string(i));
    }
    CHECK(world.log.back() == "a -M0_weft/a");
}

TEST_CASE_FIXTURE(Sliced, "are not overtaken by what their router says next, others are not held") {
    world.all_addresses(1, "a", 2, many(95));
    world.addresses(1, "a", 3, {"M0new"}, {"M0k5"});
    world.advert(1, "a", 1, 3);
    world.addresses(2, "b", 1, {"M0b"});
    CHECK(world.log == std::vector<std::string>{"b +M0b"});
    CHECK(work_off() <= kSlice);
    CHECK(world.keys_of("a").size() == 95);
    CHECK(world.keys_of("a").contains("M0new"));
    CHECK_FALSE(world.keys_of("a").contains("M0k5"));
    world.pass(milliseconds(100), {{1, "a"}, {2, "b"}});
    CHECK(
        world.said<MobileRequest>().empty());  // the advert told of nothing that was not on its way
    CHECK(world.node("a")->mobile_seq == 3);
}

TEST_CASE_FIXTURE(Sliced, "that are shorter than what is known take the rest back in slices") {
    world.all_addresses(1, "a", 2, many(95));
    work_off();
    world.log.clear();
    world.all_addresses(1, "a", 3, {"M0k7", "M0k8"});
    CHECK(world.log.empty());
    CHECK(work_off() <= kSlice);
    CHECK(world.log.size() == 93);
    CHECK(world.keys_of("a") == std::set<std::string>{"M0k7", "M0k8"});
}

TEST_CASE_FIXTURE(Sliced, "of a router that restarts are dropped, whatever they have come to") {
    world.all_addresses(1, "a", 2, many(95));
    world.addresses(1, "a", 3, {"M0new"});
    SUBCASE("while they wait") {}
    SUBCASE("while they are read") {
        world.work();
    }
    SUBCASE("while they are taken") {
        while (world.keys_of("a").size() < 20) {
            world.work();
        }
    }
    world.log.clear();
    world.hello(1, "a", /*hears_us=*/true, /*instance=*/2);
    world.advert(1, "a", 1, 0, /*instance=*/2);
    CHECK(world.node("a")->addresses == 0);
    CHECK(work_off() <= kSlice);
    CHECK(world.keys_of("a").empty());
    CHECK(std::ranges::none_of(
        world.log, [](const std::string& line) { return line.find(" +") != std::string::npos; }));
}

TEST_CASE_FIXTURE(Sliced, "are told and taken back in slices as the path to their router goes") {
    world.all_addresses(1, "a", 2, many(95));
    work_off();
    world.log.clear();
    world.links(1, "a", {}, 2);
    world.machine.link_down(1, world.now);
    CHECK(world.log == std::vector<std::string>{"a lost"});
    SUBCASE("to the end") {
        CHECK(work_off() <= kSlice);
        CHECK(world.keys_of("a").empty());
    }
    SUBCASE("and some of them, before it is there again") {
        world.work();
        CHECK(world.keys_of("a").size() == 95 - kSlice);
    }
    world.log.clear();
    world.neighbour(1, "a");
    CHECK(work_off() <= kSlice);
    CHECK(world.keys_of("a").size() == 95);
    CHECK(world.log.size() < 2 * 95);
}

TEST_CASE_FIXTURE(Sliced, "of many routers with few each are taken back in one slice together") {
    constexpr std::size_t kFar = 8;
    std::vector<std::pair<std::string, std::int64_t>> of_a{{"me", 1}};
    for (std::size_t i = 0; i < kFar; ++i) {
        of_a.emplace_back("f" + std::to_string(i), 1);
    }
    world.links(1, "a", of_a, 2);
    for (std::size_t i = 0; i < kFar; ++i) {
        const std::string far = "f" + std::to_string(i);
        world.links(1, far, {{"a", 1}}, 1);
        world.pass(milliseconds(100), {{1, "a"}, {2, "b"}});
        world.addresses(1, far, 1, many(kSlice - 2, "M0" + far));
        work_off();
        CHECK(world.keys_of(far).size() == kSlice - 2);
    }
    const auto taken_back = [this] {
        return std::ranges::count_if(world.log, [](const std::string& line) {
            return line.find(" -") != std::string::npos;
        });
    };
    world.log.clear();
    world.machine.link_down(1, world.now);
    CHECK(taken_back() <= static_cast<std::ptrdiff_t>(kSlice));
    CHECK(work_off() <= kSlice);
    CHECK(taken_back() == static_cast<std::ptrdiff_t>(kFar * (kSlice - 2) + 1));  // and a's own
    CHECK(world.keys_of("f3").empty());
    // Gone and there again before it was told: nothing is lost, nothing told twice.
    world.pass(milliseconds(100), {{2, "b"}});
    world.neighbour(1, "a");
    world.machine.link_down(1, world.now);
    work_off();
    CHECK(world.keys_of("f3").empty());
}

TEST_CASE_FIXTURE(Sliced, "of a router that restarted come behind those that it had before") {
    world.all_addresses(1, "a", 2, many(95));
    work_off();
    world.log.clear();
    world.hello(1, "a", /*hears_us=*/true, /*instance=*/2);
    world.links(1, "a", {{"me", 1}}, 1, /*instance=*/2);
    world.addresses(1, "a", 1, {"M0k5", "M0new"});
    CHECK(world.log.size() <= kSlice);
    CHECK(work_off() <= kSlice);
    CHECK(world.keys_of("a") == std::set<std::string>{"M0k5", "M0new"});
    CHECK(world.node("a")->addresses == 2);
}

TEST_CASE_FIXTURE(Sliced, "are asked for again if the way that they came is gone") {
    world.links(1, "a", {{"me", 1}, {"b", 1}}, 2);
    world.links(2, "b", {{"me", 1}, {"a", 1}}, 2);
    world.pass(milliseconds(100), {{1, "a"}, {2, "b"}});
    world.all_addresses(1, "a", 2, many(95));
    world.sent.clear();
    world.machine.link_down(1, world.now);
    work_off();
    world.pass(milliseconds(100), {{2, "b"}});
    CHECK(world.path("a") == Path{2, 2});
    CHECK_FALSE(world.said<MobileRequest>().empty());
    CHECK(world.keys_of("a") == std::set<std::string>{"M0_weft/a"});
}

TEST_CASE_FIXTURE(Sliced, "are taken whole or not at all") {
    std::vector<std::string> bad = many(95);
    bad.emplace_back();
    world.all_addresses(1, "a", 2, bad);
    work_off();
    CHECK(world.log.empty());
    CHECK(world.count(Kind::malformed) == 1);
    CHECK(world.node("a")->mobile_seq == 1);
}

TEST_CASE_FIXTURE(Sliced, "go on to others once they are read, if they are for all") {
    world.addresses(1, "a", 2, many(95));
    CHECK(world.said<MobileUpdate>().empty());
    work_off();
    REQUIRE(world.said<MobileUpdate>().size() == 1);
    CHECK(world.said<MobileUpdate>()[0].first == 2);
    CHECK(world.said<MobileUpdate>()[0].second.add.size() == 95);
}

TEST_CASE("count against the limit while they are taken") {
    World world({.id = {}, .addresses_max = 100, .slice = kSlice});
    world.neighbour(1, "a");
    world.neighbour(2, "b");
    world.all_addresses(1, "a", 1, many(95));
    while (world.log.empty() || !world.log.back().starts_with("a +")) {
        world.work();
    }
    world.addresses(2, "b", 1, many(6, "M0b"));
    CHECK(world.count(Kind::limit) == 1);
    CHECK(world.keys_of("b").empty());
}

TEST_CASE("a message is read by as many elements as one asks for") {
    MobileUpdate update{.from = {.id = "a"},
                        .mobile_seq = 7,
                        .exist = {},
                        .add = many(20),
                        .del = many(3, "M0old"),
                        .hints = std::vector<Hint>(20, Hint::closest)};
    Buffer content;
    write_message(content, update);
    const auto head = read_message(content, 22);
    REQUIRE(head);
    CHECK(std::get<MobileUpdate>(*head).unread);
    CHECK(std::get<MobileUpdate>(*head).mobile_seq == 7);
    CHECK_FALSE(std::get<MobileUpdate>(*read_message(content, 23)).unread);
    auto reading = read_long(content);
    REQUIRE(reading);
    std::size_t slices = 0;
    for (bool whole = false; !whole; ++slices) {
        std::size_t left = 4;
        whole = *reading->read(left);
        CHECK(left <= (whole ? 4 : 0));
    }
    CHECK(slices == 11);  // of 43 elements
    CHECK(reading->update() == update);
}

TEST_SUITE_END();

}  // namespace weft::linkstate
