#include "router/mgmt/scraper.hpp"

#include "tests/unit/io/support.hpp"
#include "tests/unit/node/client.hpp"
#include "tests/unit/router_mgmt/busy_loop.hpp"
#include "tests/unit/router_mgmt/world.hpp"

#include <algorithm>
#include <map>
#include <optional>

using namespace weft;
using namespace weft::node;
using namespace weft::node::test;
using namespace weft::router_mgmt;
using namespace weft::router_mgmt::test;

namespace {

constexpr int kMany = 2300;

void use_addresses(Client& client, int count) {
    for (int i = 0; i < count; ++i) {
        client.send_to("a" + std::to_string(i));
    }
}

/// A router of two loops that run.
struct ScrapedLoops : World {
    ScrapedLoops() : World{scraped_config()} { REQUIRE(router.start()); }
    ~ScrapedLoops() { router.shards().halt(); }
    ScrapedLoops(const ScrapedLoops&) = delete;
    ScrapedLoops& operator=(const ScrapedLoops&) = delete;

    static router_config::RouterConfig scraped_config() {
        router_config::RouterConfig scraped_config = parsed(R"({"router": {"id": "A"}})");
        scraped_config.router.worker_threads = 2;
        return scraped_config;
    }
    io::Loop& other() { return router.shards().at(1).loop(); }
};

}  // namespace

TEST_SUITE_BEGIN("scraper");

TEST_CASE("a turn looks at a slice of what there is") {
    World world;
    Client client{world.router.shards().home()};
    use_addresses(client, kMany);
    auto names = std::make_shared<SeriesNames>();
    int turns = 0;
    while (!names->choose(world.router.shards().home().core().addresses(), 100)) {
        ++turns;
    }
    CHECK(turns >= static_cast<int>(kMetricAddressesMax / 100) - 1);
    CHECK(names->size() == kMetricAddressesMax);
    LoopTally tally{names, /*is_home=*/true};
    std::uint64_t before = 0;
    for (bool all = false; !all; before = tally.steps()) {
        all = tally.go_on(world.router.shards().home(), 100);
        CHECK(tally.steps() - before <= 100);
    }
    CHECK(tally.found().addresses == kMany + 2);  // and $management twice
    CHECK(tally.found().named.size() == kMetricAddressesMax);
}

TEST_CASE("a page is made in turns, and the loop serves others in between") {
    World world;
    Client client{world.router.shards().home()};
    use_addresses(client, kMany);
    const auto before = world.management.scraper().turns();
    const Scrape scrape = world.scrape();
    CHECK(scrape.metrics.addresses == kMany + 2);
    CHECK(world.management.scraper().turns() - before >=
          kMany / Scraper::kSlice + 4U * kMetricAddressesMax / Scraper::kSeriesAtOnce);
}

TEST_CASE("one page is made at a time: those who ask meanwhile share the next") {
    World world;
    std::map<std::uint64_t, std::size_t> done;  // in which turn
    std::size_t all = 0;
    for (int i = 0; i < 20; ++i) {
        world.management.scraper().scrape([&](const Scrape*) {
            ++done[world.management.scraper().turns()];
            ++all;
        });
    }
    io::run_until(world.loop, [&] { return all == 20; });
    CHECK(world.management.scraper().pages() == 2);
    CHECK(std::ranges::all_of(
        done, [](const auto& turn) { return turn.second <= Scraper::kServedAtOnce; }));
}

TEST_CASE("a page that takes too long is given up, and those who ask meanwhile get the next one") {
    World world;
    OtherLoops loops{world.router.shards()};
    Scraper scraper{{.loops = loops,
                     .containers = world.router.containers(),
                     .link_router = world.router.link_router(),
                     .policy_desk = world.router.policy_desk(),
                     .exchanges = world.router.exchanges(),
                     .listeners = world.router.listeners(),
                     .gate = world.router.gate(),
                     .web = world.management.web(),
                     .endpoint = world.management.endpoint(),
                     .started_at = world.router.started_at()},
                    /*page_max=*/Duration::zero()};
    int none = 0;
    scraper.scrape([&](const Scrape* scrape) { none += scrape == nullptr ? 1 : 0; });
    scraper.scrape([&](const Scrape* scrape) { none += scrape == nullptr ? 1 : 0; });
    io::run_until(world.loop, [&] { return none == 2; });
    CHECK(scraper.given_up() == scraper.pages());
}

TEST_CASE("a name that is long has no series of its own") {
    World world;
    Client client{world.router.shards().home()};
    client.send_to(std::string(kMetricNameMax, 'x'));
    client.send_to(std::string(kMetricNameMax + 1, 'y'));
    const Metrics metrics = world.metrics();
    CHECK(std::ranges::any_of(metrics.by_address, [](const AddressMetrics& each) {
        return each.address.starts_with("xx");
    }));
    CHECK(std::ranges::none_of(metrics.by_address, [](const AddressMetrics& each) {
        return each.address.starts_with("yy");
    }));
}

TEST_CASE("a loop that is busy is shown as it was last, and the page says so") {
    ScrapedLoops world;
    const Metrics before = world.metrics();
    CHECK(before.silent_loops == 0);
    BusyLoop busy{world.other()};
    const Scrape scrape = world.scrape();
    CHECK(scrape.metrics.silent_loops == 1);
    CHECK(scrape.metrics.unanswered == 1);
    CHECK(scrape.metrics.addresses == before.addresses);
    CHECK(scrape.metrics.totals.all_links >= before.totals.all_links);
    CHECK(scrape.page.find("\nweft_scrape_incomplete 1\n") != std::string::npos);
    CHECK(world.metrics().unanswered == 2);  // and nobody waited
    busy.release();
    while (world.metrics().silent_loops > 0) {
    }
}

TEST_CASE("a list without the part of a loop that is busy says so") {
    ScrapedLoops world;
    BusyLoop busy{world.other()};
    const mgmt::Reply reply =
        world.ask({{"operation", "QUERY"}, {"entityType", "connection"}}, wire::Map{});
    CHECK(reply.status == mgmt::Status::ok);
    CHECK(reply.description.starts_with("OK; incomplete: loop 1 of the router is busy"));
    CHECK(at(reply.body, "incomplete").text() != nullptr);
    const mgmt::Reply unknown =
        world.ask({{"operation", "READ"}, {"type", "connection"}, {"identity", "2"}});
    CHECK(unknown.status == mgmt::Status::internal_error);
    CHECK(unknown.description.starts_with("Not known now: loop 1"));
    const mgmt::Reply known =
        world.ask({{"operation", "READ"}, {"type", "connection"}, {"identity", "1"}});
    CHECK(known.status == mgmt::Status::not_found);
    const mgmt::Reply why = world.ask(
        {{"operation", "EXPLAIN"}, {"type", "router"}, {"name", "A"}, {"address", "orders"}});
    CHECK(at(why.body, "incomplete").text() != nullptr);
    const mgmt::Reply made =
        world.create("router.config.address", {{"name", "m"}, {"prefix", "m"}});
    CHECK(made.status == mgmt::Status::created);  // the others hear of it when they can
    busy.release();
    io::run_until(world.loop, [&] {
        return world.ask({{"operation", "QUERY"}, {"entityType", "connection"}}, wire::Map{})
            .missing.empty();
    });
    std::size_t rules = 0;
    world.router.shards().on_each(
        [&](Shard& shard) { rules += shard.core().rules().all().size(); });
    CHECK(rules == 2);
}

TEST_SUITE_END();
