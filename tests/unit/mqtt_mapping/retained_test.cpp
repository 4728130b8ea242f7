#include "mqtt-gateway/mapping/retained.hpp"

#include "tests/unit/mqtt_mapping/spaces.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace weft::mqtt_mapping {
namespace {

using Kept = Retained::Kept;

SharedMessage message(std::string_view topic,
                      std::string_view payload = "x",
                      WallTime expires = kForever) {
    auto made = KeptMessage::from({.topic = topic, .payload = as_bytes(payload)}, "c", expires);
    REQUIRE(made);
    return std::make_shared<const KeptMessage>(*std::move(made));
}

/// The topics found, in slices of that many steps.
std::vector<std::string> found(const Retained& retained,
                               const std::string& filter,
                               std::size_t steps = 1) {
    Retained::Search search{.filter = filter};
    std::vector<SharedMessage> all;
    while (!search.done) {
        retained.match(search, steps, all);
    }
    std::vector<std::string> topics;
    for (const SharedMessage& one : all) {
        topics.emplace_back(one->publish().topic);
    }
    return topics;
}

using Names = std::vector<std::string>;

Retained with(const Names& topics) {
    Retained retained{{}};
    for (const std::string& topic : topics) {
        CHECK(retained.keep(message(topic)) == Kept::added);
    }
    return retained;
}

}  // namespace

TEST_SUITE_BEGIN("mqtt retained");

TEST_CASE("one of each topic; without a payload it goes") {
    Retained retained{{}};
    CHECK(retained.keep(message("a", "1")) == Kept::added);
    CHECK(retained.keep(message("a", "22")) == Kept::replaced);
    CHECK(as_text(retained.find("a")->publish().payload) == "22");
    CHECK(retained.size() == 1);
    CHECK(retained.keep(message("a", "")) == Kept::removed);
    CHECK(retained.keep(message("a", "")) == Kept::nothing);
    CHECK(retained.find("a") == nullptr);
    CHECK(retained.bytes() == 0);
}

TEST_CASE("filters as the specification has them") {
    const Retained retained =
        with({"a", "a/b", "a/b/c", "a/c", "/x", "b/b", "$SYS/a", "a!/b", "a/"});
    CHECK(found(retained, "a") == Names{"a"});
    CHECK(found(retained, "a/#") == Names{"a", "a/", "a/b", "a/b/c", "a/c"});
    CHECK(found(retained, "a/+") == Names{"a/", "a/b", "a/c"});
    CHECK(found(retained, "+/b") == Names{"a/b", "a!/b", "b/b"});
    CHECK(found(retained, "#") == Names{"/x", "a", "a/", "a/b", "a/b/c", "a/c", "a!/b", "b/b"});
    CHECK(found(retained, "/+") == Names{"/x"});
    CHECK(found(retained, "+") == Names{"a"});
    CHECK(found(retained, "$SYS/#") == Names{"$SYS/a"});
    CHECK(found(retained, "none/#") == Names{});
}

TEST_CASE("any filter over any topics, in any slices") {
    Topics topics{6};
    for (int round = 0; round < 300; ++round) {
        Retained retained{{}};
        std::set<std::string> model;
        for (std::size_t i = topics.number(30); i > 0; --i) {
            const std::string topic = topics.next("ab/$\x01");
            retained.keep(message(topic));
            model.insert(topic);
        }
        for (int i = 0; i < 30; ++i) {
            const std::string filter = topics.next_filter();
            Names expected;
            std::ranges::copy_if(model, std::back_inserter(expected),
                                 [&](const std::string& topic) { return means(filter, topic); });
            Names names = found(retained, filter, 1 + topics.number(5));
            std::ranges::sort(names);
            REQUIRE(names == expected);
        }
    }
}

TEST_CASE("a search goes on where it was, whatever came and went") {
    Retained retained = with({"a/1", "a/2", "a/3", "a/4"});
    Retained::Search search{.filter = "a/+"};
    std::vector<SharedMessage> all;
    retained.match(search, 2, all);
    CHECK_FALSE(search.done);
    CHECK(retained.remove("a/3"));
    CHECK(retained.remove("a/1"));
    retained.keep(message("a/0"));
    retained.keep(message("a/35"));
    while (!search.done) {
        retained.match(search, 2, all);
    }
    Names names;
    for (const SharedMessage& one : all) {
        names.emplace_back(one->publish().topic);
    }
    CHECK(std::ranges::count(names, "a/2") + std::ranges::count(names, "a/4") == 2);
    CHECK(std::set<std::string>(names.begin(), names.end()).size() == names.size());
}

TEST_CASE("what a search costs") {
    Retained retained{{}};
    for (int room = 0; room < 100; ++room) {
        for (int sensor = 0; sensor < 100; ++sensor) {
            retained.keep(message("room" + std::to_string(room) + "/" + std::to_string(sensor)));
        }
    }
    const auto steps_of = [&](const std::string& filter) {
        const std::uint64_t before = retained.steps();
        CHECK_FALSE(found(retained, filter, 1000).empty());
        return retained.steps() - before;
    };
    CHECK(steps_of("room50/7") <= 5);
    CHECK(steps_of("room50/+") <= 104);
    CHECK(steps_of("+/7") <= 400);
    CHECK(steps_of("#") <= 10'001);
}

TEST_CASE("limits") {
    Retained few{{.messages_max = 2, .bytes_max = 1000}};
    CHECK(few.keep(message("a")) == Kept::added);
    CHECK(few.keep(message("b")) == Kept::added);
    CHECK(few.keep(message("c")) == Kept::refused_number);
    CHECK(few.keep(message("b", "other")) == Kept::replaced);
    CHECK(few.keep(message("b", std::string(2000, 'x'))) == Kept::refused_bytes);
    CHECK(as_text(few.find("b")->publish().payload) == "other");
    CHECK(few.keep(message("a", "")) == Kept::removed);
    CHECK(few.keep(message("c")) == Kept::added);
}

TEST_CASE("what expires goes, the oldest first, in slices") {
    Retained retained{{}};
    retained.keep(message("a", "x", 300));
    retained.keep(message("b", "x", 100));
    retained.keep(message("c", "x", 200));
    retained.keep(message("d"));
    CHECK(retained.deadline() == 100);
    Names gone;
    retained.expire(99, 10, gone);
    CHECK(gone.empty());
    retained.expire(250, 1, gone);
    CHECK(gone == Names{"b"});
    retained.keep(message("c", "x", 400));
    retained.expire(1000, 10, gone);
    CHECK(gone == Names{"b", "a", "c"});
    CHECK(retained.deadline() == kForever);
    CHECK(retained.size() == 1);
}

TEST_SUITE_END();

}  // namespace weft::mqtt_mapping
