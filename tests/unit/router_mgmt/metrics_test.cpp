#include "router/mgmt/metrics.hpp"

#include "tests/unit/node/client.hpp"
#include "tests/unit/router_mgmt/world.hpp"

#include <algorithm>
#include <set>
#include <sstream>

using namespace weft;
using namespace weft::router;
using namespace weft::node;
using namespace weft::node::test;
using namespace weft::router_mgmt;
using namespace weft::router_mgmt::test;

namespace {

bool contains(const std::string& text, std::string_view line) {
    return ("\n" + text).find("\n" + std::string{line} + "\n") != std::string::npos;
}

std::string metrics_text(const Metrics& metrics) {
    MetricsText text{metrics};
    while (!text.go_on(SIZE_MAX)) {
    }
    return text.take();
}

}  // namespace

TEST_SUITE_BEGIN("metrics");

TEST_CASE("the names of the original come with their kind and without labels") {
    Metrics metrics;
    metrics.totals.counters.accepted = 3;
    metrics.totals.counters.stuck = 2;
    metrics.totals.connections = 5;
    metrics.pools = {{"delivery", 256}};
    const std::string text = metrics_text(metrics);
    CHECK(contains(text, "# TYPE qdr_connections_total gauge"));
    CHECK(contains(text, "qdr_connections_total 5"));
    CHECK(contains(text, "# TYPE qdr_accepted_deliveries_total counter"));
    CHECK(contains(text, "qdr_accepted_deliveries_total 3"));
    CHECK(contains(text, "qdr_deliveries_stuck_total 2"));
    CHECK(contains(text, "qdr_allocator_delivery 256"));
}

TEST_CASE("our own have labels") {
    Metrics metrics;
    metrics.totals.counters.dropped[0] = 7;
    metrics.totals.links_in = 1;
    metrics.connections = {{{"normal", "clients"}, 4}};
    metrics.by_address = {{.address = "orders",
                           .in = 5,
                           .out = 4,
                           .transit = 2,
                           .consumers = 3,
                           .waiting = 1,
                           .remotes = 6}};
    metrics.other.in = 9;
    metrics.over_budget = 2;
    metrics.process.listeners = {{.name = "clients", .accepted = 8, .starved = 1}};
    metrics.process.log = {{"SERVER", io::Level::error, 6}};
    const std::string text = metrics_text(metrics);
    for (const char* line :
         {R"(weft_dropped_deliveries_total{reason="no-consumer"} 7)",
          R"(weft_links{direction="in"} 1)",
          R"(weft_connections{role="normal",listener="clients"} 4)",
          R"(weft_address_deliveries_total{address="orders",direction="in"} 5)",
          R"(weft_address_deliveries_total{address="orders",direction="out"} 4)",
          R"(weft_address_deliveries_total{address="orders",direction="transit"} 2)",
          R"(weft_address_deliveries_total{address="other",direction="in"} 9)",
          R"(weft_address_consumers{address="orders"} 3)",
          R"(weft_address_waiting{address="orders"} 1)",
          R"(weft_address_remote_routers{address="orders"} 6)",
          R"(weft_label_budget_exceeded{label="address"} 2)",
          R"(weft_accepted_connections_total{listener="clients"} 8)",
          R"(weft_accept_starved_total{listener="clients"} 1)",
          R"(weft_log_records_total{module="SERVER",level="error"} 6)"}) {
        CHECK_MESSAGE(contains(text, line), line);
    }
}

TEST_CASE("a router of a mesh says how the others are reached, one on its own says nothing of it") {
    Metrics metrics;
    CHECK(contains(metrics_text(metrics), "qdr_routers_total 0"));
    CHECK(metrics_text(metrics).find("weft_routers") == std::string::npos);
    MeshMetrics& mesh = metrics.mesh.emplace();
    mesh.reachable = 4;
    mesh.unreachable = 1;
    mesh.neighbours = 2;
    mesh.counters.received = 7;
    mesh.counters.malformed = 3;
    mesh.counters.origins = 5;
    mesh.settings_kept = false;
    mesh.settings_write_failures = 6;
    mesh.demand.malformed = 14;
    mesh.demand.refused = 15;
    metrics.totals.counters.forwarded_again = 8;
    metrics.totals.counters.links_refused = 12;
    metrics.totals.wildcards_left_out = 18;
    metrics.totals.counters.containers_silent = 13;
    metrics.totals.counters.loop_streams = 16;
    metrics.totals.counters.loop_streams_shared = 17;
    metrics.totals.counters.dropped[static_cast<int>(DropReason::looped)] = 9;
    const std::string text = metrics_text(metrics);
    for (const char* line :
         {"qdr_routers_total 5", R"(weft_routers{state="reachable"} 4)",
          R"(weft_routers{state="unreachable"} 1)", "weft_neighbours 2",
          R"(weft_control_messages_total{what="received"} 7)",
          R"(weft_control_messages_total{what="malformed"} 3)",
          R"(weft_path_computations_total{tree="origin"} 5)", "weft_forwarded_again_total 8",
          "weft_links_refused_total 12", "weft_wildcards_left_out_total 18",
          "weft_containers_silent_total 13", R"(weft_loop_streams_total{way="own"} 16)",
          R"(weft_loop_streams_total{way="shared"} 17)",
          R"(weft_demand_messages_total{what="malformed"} 14)", "weft_demand_refused_total 15",
          "weft_state_kept 0", "weft_state_write_failures_total 6",
          R"(weft_dropped_deliveries_total{reason="looped"} 9)"}) {
        CHECK_MESSAGE(contains(text, line), line);
    }
}

TEST_CASE("each family is told once, before its samples, which stand together") {
    World world{R"({"router": {"id": "A", "mode": "interior"}})"};
    Client client{world.router.shards().home()};
    client.receive_from("orders", 1);
    std::set<std::string> families;
    std::string family;
    std::istringstream text{world.scrape().page};
    for (std::string line; std::getline(text, line);) {
        if (line.starts_with("# HELP ")) {
            family = line.substr(7, line.find(' ', 7) - 7);
            CHECK_MESSAGE(families.insert(family).second, line);
        } else if (!line.starts_with("# TYPE ")) {
            CHECK_MESSAGE(line.substr(0, line.find_first_of("{ ")) == family, line);
        }
    }
    CHECK(families.size() > 30);
}

TEST_CASE("addresses past the budget, local and temporary ones are summed up") {
    World world;
    Client client{world.router.shards().home()};
    for (std::size_t i = 0; i < kMetricAddressesMax + 5; ++i) {
        client.receive_from("a" + std::to_string(i), 1);
    }
    const Metrics metrics = world.metrics();
    CHECK(metrics.addresses == world.router.shards().home().core().addresses().size());
    CHECK(metrics.by_address.size() == kMetricAddressesMax);
    CHECK(metrics.over_budget == 6);      // the budget holds $management too
    CHECK(metrics.other.consumers == 7);  // and L$management is local
}

TEST_CASE("an address that is called like the sum is in it") {
    World world;
    Client client{world.router.shards().home()};
    client.receive_from("other", 1);
    const Metrics metrics = world.metrics();
    CHECK(std::ranges::count(metrics.by_address, "other", &AddressMetrics::address) == 0);
    CHECK(metrics.other.consumers == 2);
    CHECK(metrics.over_budget == 0);
}

TEST_CASE("a snapshot counts what is there") {
    World world;
    Client client{world.router.shards().home()};
    client.receive_from("orders", 0);
    amqp::Link& link = client.send_to("orders");
    client.send(link, "waits");
    const Metrics metrics = world.metrics();
    CHECK(metrics.totals.links_in == 1);
    CHECK(metrics.totals.links_out == 1);
    CHECK(metrics.totals.deliveries == 1);
    CHECK(metrics.totals.held_bytes > 0);
    CHECK(metrics.process.resident_bytes > 0);
    const auto at = std::ranges::find(metrics.by_address, "orders", &AddressMetrics::address);
    REQUIRE(at != metrics.by_address.end());
    CHECK(at->in == 1);
    CHECK(at->consumers == 1);
    CHECK(at->waiting == 1);
}

TEST_SUITE_END();
