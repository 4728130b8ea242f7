#include "broker/topic/index.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <string>
#include <vector>

namespace weft::topic {
namespace {

using Filters = std::vector<std::string>;

struct Subscribed {
    explicit Subscribed(std::initializer_list<const char*> filters = {}) {
        for (const char* filter : filters) {
            add(filter);
        }
    }
    Subscription& add(const std::string& filter) {
        Subscription& subscription = subscriptions.emplace_back();
        subscription.id = SubscriptionId{subscriptions.size()};
        subscription.interest.filter = read_filter(filter).value();
        index.add(subscription);
        return subscription;
    }
    Filters match(std::string_view name) const {
        std::vector<Subscription*> found;
        index.match(name, found);
        Filters filters;
        for (const Subscription* each : found) {
            filters.push_back(each->interest.filter.text);
        }
        std::ranges::sort(filters);
        return filters;
    }
    std::uint64_t cost(std::string_view name) const {
        const std::uint64_t before = index.steps();
        match(name);
        return index.steps() - before;
    }

    SubscriptionIndex index;
    std::deque<Subscription> subscriptions;
};

}  // namespace

TEST_SUITE_BEGIN("SubscriptionIndex");

TEST_CASE("names with '/' are meant by MQTT's wildcards") {
    const Subscribed all{"a/b", "a/+", "a/#", "+/b", "+", "#", "a", "a.b", "a.*", "/#"};
    CHECK(all.match("a/b") == Filters{"#", "+/b", "a/#", "a/+", "a/b"});
    CHECK(all.match("a/b/c") == Filters{"#", "a/#"});
    CHECK(all.match("/x") == Filters{"#", "/#"});
    CHECK(all.match("a/b.c") == Filters{"#", "a/#", "a/+"});
}

TEST_CASE("names with '.' are meant by AMQP's wildcards") {
    const Subscribed all{"a.b", "a.*", "a.#", "#.b", "*.b", "#", "+", "a", "a/#"};
    CHECK(all.match("a.b") == Filters{"#", "#.b", "*.b", "+", "a.#", "a.*", "a.b"});
    CHECK(all.match("a.x.b") == Filters{"#", "#.b", "+", "a.#"});
}

TEST_CASE("a name of one level is meant by filters of both kinds, each once") {
    const Subscribed all{"a", "a/#", "a.#", "#.a", "+", "*", "#", "a/b", "a.b"};
    CHECK(all.match("a") == Filters{"#", "#.a", "*", "+", "a", "a.#", "a/#"});
    CHECK(all.match("b") == Filters{"#", "*", "+"});
    CHECK(all.match("") == Filters{"#"});
}

TEST_CASE("to MQTT '.' is a letter, to AMQP names with '/' are none of its own") {
    const Subscribed all{"+", "+/x", "a.b/#", "a.b/+", "*", "*.x", "a/b.*"};
    CHECK(all.match("a.b") == Filters{"+", "a.b/#"});
    CHECK(all.match("a.b/x") == Filters{"+/x", "a.b/#", "a.b/+"});
    CHECK(all.match("a/b.x").empty());
    CHECK(all.match("a/b.*") == Filters{"a/b.*"});
}

TEST_CASE("names that begin with '$' are meant by filters that say so") {
    const Subscribed all{"#", "+", "+/x", "#.x", "*.x", "$dlq", "$sys/#", "$sys.*"};
    CHECK(all.match("$dlq") == Filters{"$dlq"});
    CHECK(all.match("$sys/x") == Filters{"$sys/#"});
    CHECK(all.match("$sys.x") == Filters{"$sys.*"});
    CHECK(all.match("$sys") == Filters{"$sys/#"});
}

TEST_CASE("what a name costs is its levels and what matches, not how many subscribe") {
    Subscribed all{"a/#", "+/b/+"};
    const std::uint64_t few = all.cost("a/b/c");
    for (int i = 0; i < 10'000; ++i) {
        all.add("a/k" + std::to_string(i) + "/c");
        all.add("other." + std::to_string(i) + ".#");
    }
    CHECK(all.cost("a/b/c") == few);
    CHECK(few <= 10);
    for (int i = 0; i < 1'000; ++i) {
        all.add("a/#");
    }
    CHECK(all.cost("a/b/c") == few);
    CHECK(all.match("a/b/c").size() == 1'002);
}

TEST_CASE("what is removed leaves nothing behind") {
    Subscribed all{"a", "a/+", "a/#", "a.*.#", "#", "+", "a/+", "+/b", "#.c"};
    for (const Subscription& each : all.subscriptions) {
        all.index.remove(each);
    }
    CHECK(all.index.size() == 0);
    CHECK(all.match("a").empty());
    CHECK(all.index.shapes().size() + all.index.floating_shapes().size() == 0);
}

TEST_CASE("of many with one filter each leaves by itself") {
    Subscribed all{"a", "a", "a", "#", "#", "#.a", "#.a"};
    CHECK(all.index.floating_shapes().size() == 1);
    for (const std::size_t gone : {1U, 3U, 5U}) {
        all.index.remove(all.subscriptions[gone]);
    }
    CHECK(all.match("a") == Filters{"#", "#.a", "a", "a"});
    CHECK(all.index.floating_shapes().size() == 1);
}

TEST_SUITE_END();

}  // namespace weft::topic
