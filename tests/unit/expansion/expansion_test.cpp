#include "router/expansion/expansion.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

using namespace weft;
using namespace weft::expansion;
using router::Storage;

namespace {

/// Who makes what is asked for: what stands, by id.
class Bench : public ExpansionPort {
public:
    Expansion expansion{*this};
    std::map<std::uint64_t, std::string> links;
    std::map<std::uint64_t, std::string> routes;
    int made = 0;
    int removed = 0;
    bool refuses = false;

    std::uint64_t make(const autolink::AutoLinkConfig& link) override {
        return note(links, link.name);
    }
    std::uint64_t make(const linkroute::LinkRouteConfig& route) override {
        return note(routes, route.name);
    }
    void remove_auto_link(std::uint64_t id) override {
        ++removed;
        CHECK(links.erase(id) == 1);
    }
    void remove_link_route(std::uint64_t id) override {
        ++removed;
        CHECK(routes.erase(id) == 1);
    }

    void set(std::uint64_t id, std::vector<std::string> brokers, std::uint8_t told = 0) {
        expansion.set(id,
                      {.address = "q" + std::to_string(id),
                       .storage = std::make_shared<Storage>(Storage{.kind = Storage::Kind::queue,
                                                                    .brokers = std::move(brokers),
                                                                    .entry = {},
                                                                    .properties = Buffer{told}})});
    }
    void finish() { CHECK_FALSE(expansion.work(1000)); }
    std::string shown() const {
        std::string text;
        for (const auto* each : {&links, &routes}) {
            for (const auto& [id, name] : *each) {
                text += name.substr(kMadeByAddress.size()) + " ";
            }
        }
        return text;
    }

private:
    std::uint64_t note(std::map<std::uint64_t, std::string>& where, const std::string& name) {
        if (refuses) {
            return 0;
        }
        const auto id = static_cast<std::uint64_t>(++made);
        where.emplace(id, name);
        return id;
    }
};

}  // namespace

TEST_SUITE_BEGIN("expansion");

TEST_CASE("what an entry needs is made when its broker comes, and is gone when it goes") {
    Bench bench;
    bench.set(1, {"b1"});
    bench.finish();
    CHECK(bench.shown().empty());
    bench.expansion.container_came(7, "b1", "brokers");
    CHECK(bench.shown().empty());  // nothing but in `work`
    bench.finish();
    CHECK(bench.shown() == "q1/b1/out q1/b1/in $broker/b1/in $broker/b1/out $coordinator/b1/in ");
    CHECK(bench.expansion.auto_links_of(1).size() == 2);
    bench.expansion.container_gone(7);
    bench.finish();
    CHECK(bench.shown().empty());
    CHECK(bench.expansion.auto_links_of(1).empty());
    bench.expansion.container_gone(7);  // means nothing
    bench.finish();
}

TEST_CASE("a broker that is there already gets what an entry needs, and keeps what others do") {
    Bench bench;
    bench.expansion.container_came(7, "b1", "brokers");
    bench.finish();
    CHECK(bench.shown().empty());
    bench.set(1, {"b1"});
    bench.finish();
    const int made = bench.made;
    bench.set(2, {"b1"});
    bench.finish();
    CHECK(bench.made == made + 2);  // the way to the broker stands
    bench.expansion.remove(1);
    bench.finish();
    CHECK(bench.removed == 2);
    CHECK(bench.expansion.size() == 1);
    bench.expansion.remove(2);
    bench.expansion.remove(2);
    bench.finish();
    CHECK(bench.shown().empty());
    CHECK(bench.expansion.size() == 0);
}

TEST_CASE("a second connection changes nothing, nor does one that comes back at once") {
    Bench bench;
    bench.set(1, {"b1"});
    bench.expansion.container_came(7, "b1", "brokers");
    bench.finish();
    bench.expansion.container_came(8, "b1", "brokers");
    bench.expansion.container_gone(7);
    bench.finish();
    bench.expansion.container_gone(8);
    bench.expansion.container_came(9, "b1", "brokers");
    bench.finish();
    CHECK(bench.made == 5);
    CHECK(bench.removed == 0);
}

TEST_CASE("a change remakes what differs") {
    Bench bench;
    bench.set(1, {"b1"});
    bench.set(2, {"b1"});
    bench.expansion.container_came(7, "b1", "x");
    bench.expansion.container_came(8, "b2", "x");
    bench.finish();
    CHECK(bench.made == 7);
    bench.set(1, {"b1", "b2"});
    bench.finish();
    CHECK(bench.made == 11);
    CHECK(bench.removed == 1);  // coordinators are led nowhere
    bench.set(1, {"b2"});
    bench.finish();
    CHECK(bench.removed == 3);
    CHECK(bench.shown() ==
          "q2/b1/out q2/b1/in q1/b2/out q1/b2/in $broker/b1/in $broker/b1/out "
          "$broker/b2/in $broker/b2/out ");
    bench.set(1, {"b2"}, /*told=*/1);
    bench.finish();
    CHECK(bench.removed == 5);
    CHECK(bench.made == 13);
}

TEST_CASE("an entry that is back at once never left") {
    Bench bench;
    bench.expansion.container_came(7, "b1", "x");
    bench.set(1, {"b1"});
    bench.finish();
    bench.expansion.remove(1);
    bench.set(1, {"b1"});
    bench.finish();
    CHECK(bench.removed == 0);
    CHECK(bench.expansion.size() == 1);
}

TEST_CASE("it takes so many steps at a time") {
    Bench bench;
    for (std::uint64_t id = 1; id <= 10; ++id) {
        bench.set(id, {"b1"});
    }
    bench.finish();
    bench.expansion.container_came(7, "b1", "x");
    int turns = 1;
    while (bench.expansion.work(3)) {
        ++turns;
    }
    CHECK(turns == 4);  // twelve: the broker, its entries, and its coordinators
    CHECK(bench.links.size() == 20);
    bench.expansion.container_gone(7);
    CHECK(bench.expansion.work(3));
    bench.expansion.container_came(8, "b1", "x");
    bench.finish();
    CHECK(bench.links.size() == 20);
    CHECK(bench.routes.size() == 3);
}

TEST_CASE("what could not be made is tried again when something is taken back") {
    Bench bench;
    bench.expansion.container_came(7, "b1", "x");
    bench.set(1, {"b1"});
    bench.finish();
    bench.refuses = true;
    bench.set(2, {"b1"});
    bench.finish();
    CHECK(bench.links.size() == 2);
    bench.refuses = false;
    bench.finish();
    CHECK(bench.links.size() == 2);  // nothing went
    bench.expansion.remove(1);
    bench.finish();
    CHECK(bench.links.size() == 2);
    CHECK(bench.expansion.auto_links_of(2).size() == 2);
}

TEST_CASE("a broker that comes and goes between two steps costs each of its entries a step") {
    Bench bench;
    for (std::uint64_t id = 1; id <= 9; ++id) {
        bench.set(id, {"b1"});
    }
    bench.finish();
    bench.expansion.container_came(7, "b1", "x");
    CHECK(bench.expansion.work(4));  // the broker, and three of them
    CHECK(bench.links.size() == 6);
    bench.expansion.container_gone(7);
    bench.finish();
    CHECK(bench.links.empty());
    for (std::uint64_t id = 1; id <= 9; ++id) {
        bench.expansion.remove(id);
    }
    bench.finish();
    CHECK(bench.expansion.size() == 0);
    CHECK(bench.expansion.brokers().empty());
}

TEST_CASE("coordinators are led to the broker that all entries name, while it is here") {
    static constexpr const char* kPrefix = "address/$coordinator/";
    Bench bench;
    const auto led = [&] {
        bench.finish();
        const auto at = std::ranges::find_if(
            bench.routes, [](const auto& route) { return route.second.starts_with(kPrefix); });
        return at == bench.routes.end() ? "" : at->second.substr(kMadeByAddress.size());
    };
    bench.expansion.container_came(8, "b2", "x");
    bench.set(1, {"b1"});
    CHECK(led().empty());
    bench.expansion.container_came(7, "other", "b1");
    CHECK(led() == "$coordinator/b1/in");
    bench.set(2, {"b2"});
    CHECK(bench.expansion.brokers() == std::set<std::string>{"b1", "b2"});
    CHECK(led().empty());
    bench.expansion.remove(1);
    CHECK(led() == "$coordinator/b2/in");
    bench.expansion.leave_coordinators(/*to_others=*/true);
    CHECK_FALSE(bench.expansion.is_idle());
    CHECK(led().empty());
    bench.expansion.leave_coordinators(/*to_others=*/false);
    CHECK(led() == "$coordinator/b2/in");
    bench.expansion.container_gone(8);
    CHECK(led().empty());
}

TEST_CASE("what can't be made is left out") {
    Bench bench;
    bench.refuses = true;
    bench.set(1, {"b1"});
    bench.expansion.container_came(7, "b1", "x");
    bench.finish();
    CHECK(bench.expansion.auto_links_of(1).empty());
    bench.expansion.remove(1);
    bench.finish();
    CHECK(bench.removed == 0);
}

TEST_SUITE_END();
