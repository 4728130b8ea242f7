#include "common/daemon/process_metrics.hpp"

#include "tests/unit/daemon/kettle.hpp"
#include "tests/unit/daemon/kettle_service.hpp"

#include <algorithm>

using namespace weft;
using namespace weft::daemon;
using namespace weft::daemon::test;

TEST_SUITE("process metrics") {
    TEST_CASE("each family is told once, with a sample for each listener and module that logged") {
        MetricsWriter out;
        write_process_metrics({.resident_bytes = 1,
                               .uptime_seconds = 2,
                               .listeners = {{"web", 3, 4, 5}, {"door", 6, 0, 0}},
                               .log = {{"KETTLE", io::Level::error, 7}},
                               .log_lines = {{"KETTLE", 8}, {"LEAF", 0}},
                               .log_failures = 9,
                               .http_connections = 10,
                               .http_bytes = 11,
                               .http_gave_way = {.for_places = 12, .for_bytes = 13}},
                              out);
        const std::string text = out.take();
        CHECK(text.find("\nweft_process_resident_memory_bytes 1\n") != std::string::npos);
        CHECK(text.find("\nweft_accepted_connections_total{listener=\"web\"} 3\n"
                        "weft_accepted_connections_total{listener=\"door\"} 6\n") !=
              std::string::npos);
        CHECK(text.find("\nweft_auth_failures_total{mechanism=\"PLAIN\",reason=\"user\"} 0\n") !=
              std::string::npos);
        CHECK(text.find("\nweft_accept_starved_total{listener=\"web\"} 4\n") != std::string::npos);
        CHECK(text.find("\nweft_refused_origins_total{listener=\"web\"} 5\n") != std::string::npos);
        CHECK(text.find("\nweft_http_connections 10\n") != std::string::npos);
        CHECK(text.find("\nweft_http_held_bytes 11\n") != std::string::npos);
        CHECK(text.find("\nweft_http_gave_way_total{reason=\"connections\"} 12\n"
                        "weft_http_gave_way_total{reason=\"bytes\"} 13\n") != std::string::npos);
        CHECK(text.find("\nweft_log_records_total{module=\"KETTLE\",level=\"error\"} 7\n") !=
              std::string::npos);
        CHECK(text.find("\nweft_log_lines_dropped_total{module=\"KETTLE\"} 8\n"
                        "weft_log_lines_dropped_total{module=\"LEAF\"} 0\n") != std::string::npos);
        CHECK(text.ends_with("\nweft_log_write_failures_total 9\n"));
    }

    TEST_CASE("a snapshot counts what is there") {
        name_modules();
        WEFT_LOG(kLeaf, io::Level::error, "counted");
        io::Record record;
        io::Loop loop;
        mgmt::Agent agent{mgmt::Catalogue{}};
        const Web web{loop, {.agent = agent, .health = {}, .metrics = {}}};
        Listeners listeners{loop, [](const OpenListener&, io::Socket) {}};
        must_open(listeners, {.connection = place("door")},
                  std::make_shared<KettleService>(loop, record));
        Gate gate{loop, {}};
        gate.note_in({.login = security::Login{"ANONYMOUS"}, .listener = "clients", .host = {}},
                     {.mechanism = "ANONYMOUS"});
        const auto metrics = take_process_metrics(listeners, web, gate, std::chrono::seconds{3});
        CHECK(metrics.logins.in(security::kMechanisms.size() - 1) == 1);
        CHECK(metrics.users == 0);
        CHECK(metrics.resident_bytes > 0);
        CHECK(metrics.uptime_seconds == 3);
        REQUIRE(metrics.listeners.size() == 1);
        CHECK(metrics.listeners[0].name == "door");
        CHECK(metrics.log_lines.size() == kModules.size());
        CHECK(std::ranges::any_of(metrics.log, [](const auto& each) {
            return each.module == "LEAF" && each.records > 0;
        }));
    }
}
