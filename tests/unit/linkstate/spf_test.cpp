#include "router/linkstate/spf.hpp"

#include "router/linkstate/database.hpp"
#include "router/linkstate/paths.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>

namespace weft::linkstate {
namespace {

/// "A-1-B B-2-C": links both ways, of that cost. Routers are one letter; A is this router.
Database topology(const std::string& text) {
    Database database("A", 100);
    std::map<RouterIndex, std::vector<Edge>> edges;
    for (std::size_t at = 0; at + 4 < text.size() + 1; at += 6) {
        const RouterIndex a = database.learn(text.substr(at, 1), Instant{});
        const RouterIndex b = database.learn(text.substr(at + 4, 1), Instant{});
        const auto cost = static_cast<std::uint32_t>(text[at + 2] - '0');
        edges[a].push_back({b, cost});
        edges[b].push_back({a, cost});
    }
    for (auto& [router, each] : edges) {
        std::ranges::sort(each, {}, &Edge::to);
        database.replace_edges(router, each);
    }
    return database;
}

}  // namespace

TEST_SUITE_BEGIN("shortest paths");

TEST_CASE("the cheapest path wins, not the shortest") {
    Database database = topology("A-9-C A-2-B B-3-C");
    Tree tree;
    compute_tree(database.graph(), kThisRouter, tree);
    const RouterIndex c = database.find("C");
    CHECK(tree.cost[c] == 5);
    CHECK(tree.parent[c] == database.find("B"));
}

TEST_CASE(
    "of equal paths the one over the nearer router wins, and then the one over the lower id") {
    Database database = topology("A-1-D A-1-B D-1-C B-1-C A-2-E E-1-F C-1-F");
    Tree tree;
    compute_tree(database.graph(), kThisRouter, tree);
    CHECK(tree.parent[database.find("C")] == database.find("B"));
    CHECK(tree.cost[database.find("F")] == 3);
    CHECK(tree.parent[database.find("F")] == database.find("C"));  // C and E are at 2: C < E
}

TEST_CASE("a router is found as long as it is there, whichever was looked for last") {
    Database database("A", 10);
    const RouterIndex b = database.learn("B", Instant{});
    const RouterIndex c = database.learn("C", Instant{});
    CHECK(database.find("C") == c);
    CHECK(database.find("B") == b);
    CHECK(database.find("B") == b);
    database.forget(b);
    CHECK(database.find("B") == kNoRouter);
    CHECK(database.learn("D", Instant{}) == b);  // the number is free
    CHECK(database.find("B") == kNoRouter);
    CHECK(database.find("D") == b);
    database.forget(b);
    database.forget(c);
    CHECK(database.find("D") == kNoRouter);
    CHECK(database.find("C") == kNoRouter);
    CHECK(database.find("A") == kThisRouter);
}

TEST_CASE("ids are compared as bytes, whatever their numbers") {
    Database database = topology("A-1-z A-1-b z-1-C b-1-C");
    Paths paths(database);
    CHECK(paths.update());
    CHECK(paths.next_hop(database.find("C")) == database.find("b"));
}

TEST_CASE("the owner of a link says what it costs, in its direction") {
    Database database("A", 10);
    const RouterIndex b = database.learn("B", Instant{});
    database.replace_edges(kThisRouter, {{b, 4}});
    database.replace_edges(b, {{kThisRouter, 7}});
    Paths paths(database);
    CHECK(paths.update());
    CHECK(paths.cost(b) == 4);
}

TEST_CASE("a router that is only mentioned can be reached") {
    Database database("A", 10);
    const RouterIndex b = database.learn("B", Instant{});
    const RouterIndex c = database.learn("C", Instant{});
    database.replace_edges(kThisRouter, {{b, 1}});
    database.replace_edges(b, {{c, 1}});
    Paths paths(database);
    CHECK(paths.update());
    CHECK(paths.next_hop(c) == b);
}

TEST_CASE("a sum of costs that does not fit is capped") {
    Database database("A", 10);
    const RouterIndex b = database.learn("B", Instant{});
    const RouterIndex c = database.learn("C", Instant{});
    database.replace_edges(kThisRouter, {{b, 1U << 31}});
    database.replace_edges(b, {{c, 1U << 31}});
    Paths paths(database);
    CHECK(paths.update());
    CHECK(paths.cost(c) == UINT32_MAX);
}

TEST_CASE("messages of an origin pass through this router to what is behind it in their tree") {
    //  B - A - C - D, and B - D is dearer
    Database database = topology("B-1-A A-1-C C-1-D B-4-D");
    Paths paths(database);
    const RouterIndex b = database.find("B");
    const RouterIndex c = database.find("C");
    const RouterIndex d = database.find("D");
    const std::vector<bool> of_b = paths.valid_destinations(b);
    CHECK_FALSE(of_b[b]);
    CHECK_FALSE(of_b[kThisRouter]);
    CHECK(of_b[c]);
    CHECK(of_b[d]);
    const std::vector<bool> of_d = paths.valid_destinations(d);
    CHECK(of_d[b]);
    CHECK_FALSE(of_d[c]);
    const std::vector<bool> own = paths.valid_destinations(kThisRouter);
    CHECK(own == std::vector<bool>{!own.empty() && own[0], true, true, true});
    CHECK_FALSE(own[kThisRouter]);
    CHECK(paths.valid_destinations(kNoRouter).empty());
    CHECK(paths.previous_hop(b) == b);
    CHECK(paths.previous_hop(d) == c);
    CHECK(paths.previous_hop(kThisRouter) == kNoRouter);
    CHECK(paths.previous_hop(kNoRouter) == kNoRouter);
}

TEST_CASE("the tree of an origin is computed once for each change") {
    Database database = topology("B-1-A A-1-C");
    Paths paths(database);
    const RouterIndex b = database.find("B");
    static_cast<void>(paths.valid_destinations(b));
    static_cast<void>(paths.valid_destinations(b));
    CHECK(paths.origins_computed() == 1);
    database.replace_edges(b, {});
    CHECK_FALSE(paths.valid_destinations(b)[database.find("C")]);
    CHECK(paths.origins_computed() == 2);
}

TEST_CASE("a change that does not touch the own paths computes nothing") {
    Database database = topology("A-1-B A-1-C B-1-D C-3-D");
    Paths paths(database);
    CHECK(paths.update());
    const RouterIndex c = database.find("C");
    const RouterIndex d = database.find("D");
    const auto change = [&](RouterIndex router, std::vector<Edge> edges) {
        paths.note_change(router, edges);
        database.replace_edges(router, std::move(edges));
        return paths.update();
    };
    CHECK_FALSE(change(c, {{kThisRouter, 1}, {d, 5}}));
    CHECK_FALSE(change(c, {{kThisRouter, 1}}));
    CHECK_FALSE(change(c, {{kThisRouter, 1}, {d, 2}}));
    CHECK_FALSE(change(c, {{kThisRouter, 1}, {d, 1}}));  // as cheap, but B comes first
    CHECK(change(database.find("B"), {{kThisRouter, 1}}));
    CHECK(paths.next_hop(d) == c);
}

TEST_CASE("paths that follow changes are those computed anew, whatever changes") {
    std::mt19937 random{7};
    constexpr RouterIndex kRouters = 12;
    Database database("r0", 100);
    for (RouterIndex i = 1; i < kRouters; ++i) {
        static_cast<void>(database.learn("r" + std::to_string(i), Instant{}));
    }
    Paths followed(database);
    std::size_t skipped = 0;
    for (int step = 0; step < 3000; ++step) {
        const auto router = static_cast<RouterIndex>(random() % kRouters);
        std::vector<Edge> edges;
        for (RouterIndex peer = 0; peer < kRouters; ++peer) {
            const bool stays = random() % 4 != 0;
            const auto& old = database.at(router).edges;
            const auto known = std::ranges::find(old, peer, &Edge::to);
            if (stays && known != old.end()) {
                edges.push_back(*known);
            } else if (peer != router && random() % 5 == 0) {
                edges.push_back({peer, 1 + static_cast<std::uint32_t>(random() % 4)});
            }
        }
        followed.note_change(router, edges);
        database.replace_edges(router, edges);
        skipped += followed.update() ? 0U : 1U;
        Paths anew(database);
        CHECK(anew.update());
        for (RouterIndex to = 0; to < kRouters; ++to) {
            REQUIRE(followed.next_hop(to) == anew.next_hop(to));
            if (anew.next_hop(to) != kNoRouter) {
                REQUIRE(followed.cost(to) == anew.cost(to));
            }
        }
    }
    CHECK(skipped > 300);
}

TEST_CASE("numbers of forgotten routers are given out again, and the table has an end") {
    Database database("A", 3);
    const RouterIndex b = database.learn("B", Instant{});
    const RouterIndex c = database.learn("C", Instant{});
    CHECK(database.learn("D", Instant{}) == kNoRouter);
    CHECK(database.learn("C", Instant{}) == c);
    database.forget(b);
    CHECK(database.find("B") == kNoRouter);
    CHECK(database.learn("D", Instant{}) == b);
    CHECK(database.size() == 3);
}

TEST_SUITE_END();

}  // namespace weft::linkstate
