#include "mqtt-gateway/mapping/filter_tree.hpp"

#include "tests/unit/mqtt_mapping/spaces.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace weft::mqtt_mapping {
namespace {

using Change = FilterTree::Change;

Subscriber subscriber(std::uint32_t id, std::uint32_t identifier = 0) {
    return {.id = SubscriberId{id}, .identifier = identifier};
}

std::vector<std::uint32_t> ids_of(const FilterTree& tree, std::string_view topic) {
    Matches found;
    tree.match(topic, found);
    std::vector<std::uint32_t> ids;
    for (const Subscriber& one : found.plain) {
        ids.push_back(static_cast<std::uint32_t>(one.id));
    }
    return ids;
}

using Ids = std::vector<std::uint32_t>;

}  // namespace

TEST_SUITE_BEGIN("mqtt filter tree");

TEST_CASE("filters as the specification has them") {
    FilterTree tree;
    std::uint32_t id = 0;
    for (const char* filter : {"a/b", "a/+", "a/#", "+/b", "#", "/+", "+/+/c", "$SYS/#"}) {
        CHECK(tree.add(filter, subscriber(++id)) == Change::first);
    }
    CHECK(ids_of(tree, "a/b") == Ids{1, 2, 3, 4, 5});
    CHECK(ids_of(tree, "a") == Ids{3, 5});
    CHECK(ids_of(tree, "/x") == Ids{5, 6});
    CHECK(ids_of(tree, "x/y/c") == Ids{5, 7});
    CHECK(ids_of(tree, "$SYS/x") == Ids{8});
    CHECK(ids_of(tree, "$a") == Ids{});
}

TEST_CASE("a tree has room for so many levels; a filter that is there needs none") {
    FilterTree tree{4};
    CHECK(tree.has_room_for("a/b/c"));
    (void)tree.add("a/b/c", subscriber(1));
    CHECK(tree.has_room_for("d"));
    (void)tree.add("a/x", subscriber(1));
    CHECK_FALSE(tree.has_room_for("d"));
    CHECK(tree.has_room_for("a/x"));
    (void)tree.remove("a/x", SubscriberId{1});
    CHECK(tree.has_room_for("d"));
}

TEST_CASE("a subscription comes, changes and goes") {
    FilterTree tree;
    CHECK(tree.add("a", subscriber(1)) == Change::first);
    CHECK(tree.add("a", subscriber(2)) == Change::one_more);
    CHECK(tree.add("a", subscriber(1, 9)) == Change::replaced);
    CHECK(tree.subscriptions() == 2);
    CHECK(tree.find("a")->subscribers()[0] == subscriber(1, 9));
    CHECK(tree.remove("b", SubscriberId{1}) == Change::nothing);
    CHECK(tree.remove("a", SubscriberId{3}) == Change::nothing);
    CHECK(tree.remove("a", SubscriberId{1}) == Change::one_less);
    CHECK(tree.remove("a", SubscriberId{2}) == Change::last);
    CHECK(tree.find("a") == nullptr);
    CHECK(tree.filters() == 0);
    CHECK(tree.subscriptions() == 0);
    CHECK(ids_of(tree, "a") == Ids{});
}

TEST_CASE("subscriptions of one that overlap stand side by side") {
    FilterTree tree;
    for (const char* filter : {"a/b", "a/+", "a/#"}) {
        for (const std::uint32_t id : {2U, 1U, 3U}) {
            tree.add(filter, subscriber(id));
        }
    }
    CHECK(ids_of(tree, "a/b") == Ids{1, 1, 1, 2, 2, 2, 3, 3, 3});
}

TEST_CASE("of a group each message goes to one that is ready, in turn") {
    FilterTree tree;
    for (const std::uint32_t id : {1U, 2U, 3U}) {
        tree.add("$share/g/a/#", subscriber(id));
    }
    tree.add("$share/h/a/#", subscriber(4));
    tree.add("a/#", subscriber(5));
    Matches found;
    tree.match("a/b", found);
    CHECK(found.plain == std::vector{subscriber(5)});
    REQUIRE(found.shared.size() == 2);
    FilterEntry* const group =
        *std::ranges::find(found.shared, "$share/g/a/#", &FilterEntry::filter);
    std::map<std::uint32_t, int> given;
    for (int i = 0; i < 30; ++i) {
        const Subscriber* chosen =
            group->choose([](const Subscriber& one) { return one.id != SubscriberId{2}; });
        REQUIRE(chosen != nullptr);
        ++given[static_cast<std::uint32_t>(chosen->id)];
    }
    CHECK(given == std::map<std::uint32_t, int>{{1, 15}, {3, 15}});
    CHECK(group->choose([](const Subscriber&) { return false; }) == nullptr);
}

TEST_CASE("what is found is what the specification says, whatever came and went") {
    Topics topics{5};
    FilterTree tree;
    std::map<std::string, std::set<std::uint32_t>> model;
    for (int i = 0; i < 20'000; ++i) {
        const std::string filter = topics.next_filter();
        const auto id = static_cast<std::uint32_t>(topics.number(40));
        if (topics.number(3) > 0) {
            tree.add(filter, subscriber(id));
            model[filter].insert(id);
        } else {
            tree.remove(filter, SubscriberId{id});
            if (const auto known = model.find(filter); known != model.end()) {
                known->second.erase(id);
            }
        }
        if (i % 20 != 0) {
            continue;
        }
        const std::string topic = topics.next("ab/*");
        Ids expected;
        for (const auto& [known, ids] : model) {
            if (means(known, topic)) {
                expected.insert(expected.end(), ids.begin(), ids.end());
            }
        }
        std::ranges::sort(expected);
        Ids found = ids_of(tree, topic);
        std::ranges::sort(found);
        REQUIRE(found == expected);
    }
}

TEST_CASE("a filter that many had, and then few, knows who comes next") {
    FilterTree tree;
    for (std::uint32_t id = 0; id < 20; ++id) {
        tree.add("a", subscriber(id));
    }
    for (std::uint32_t id = 0; id < 18; ++id) {
        tree.remove("a", SubscriberId{id});
    }
    CHECK(tree.add("a", subscriber(30)) == Change::one_more);
    CHECK(tree.add("a", subscriber(30, 1)) == Change::replaced);
    CHECK(tree.remove("a", SubscriberId{30}) == Change::one_less);
}

TEST_CASE("a topic costs its matches, not the subscriptions; leaving costs no search") {
    FilterTree tree;
    for (std::uint32_t id = 0; id < 10'000; ++id) {
        tree.add("devices/" + std::to_string(id) + "/cmd/#", subscriber(id));
        tree.add("cmd/all", subscriber(id));
    }
    const std::uint64_t before = tree.steps();
    CHECK(ids_of(tree, "devices/77/cmd/x") == Ids{77});
    CHECK(tree.steps() - before <= 10);
    CHECK(ids_of(tree, "cmd/all").size() == 10'000);
    for (std::uint32_t id = 0; id < 10'000; ++id) {
        CHECK(tree.remove("cmd/all", SubscriberId{id}) ==
              (id == 9'999 ? Change::last : Change::one_less));
    }
    CHECK(tree.filters() == 10'000);
}

TEST_SUITE_END();

}  // namespace weft::mqtt_mapping
