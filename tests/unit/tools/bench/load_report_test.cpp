#include "tools/weft/bench/load_report.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <sstream>
#include <string>

namespace weft::tools {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

BenchOptions asked_load() {
    BenchOptions options;
    options.url = parse_bus_url("127.0.0.1:5672");
    options.address = "q";
    options.pids = {7};
    return options;
}

BenchRow row_of_both() {
    BenchRow row{.step = {.options = asked_load()}, .result = {}};
    BenchLoadResult& result = row.result;
    result.senders = {.time = seconds{2},
                      .run_time = milliseconds{100},
                      .messages = 1'000'000,
                      .settled = 999'000,
                      .accepted = 998'000};
    result.receivers = {.time = seconds{2}, .run_time = milliseconds{200}, .messages = 1'002'000};
    result.accepting.record(50'000);
    result.latency.record(100'000);
    result.processes = {{.pid = 7, .run_time = seconds{1}, .resident_bytes = 3 << 20}};
    result.sent = {.sent = 1'200'000, .accepted = 1'199'997};
    result.sent.released = 2;
    result.received = 1'199'997;
    result.missing = 0;
    return row;
}

BenchRow row_of_senders() {
    BenchRow row = row_of_both();
    row.step.options.receivers = 0;
    row.result.receivers = {};
    row.result.received = 0;
    row.result.missing.reset();
    return row;
}

BenchRow row_of_receivers() {
    BenchRow row = row_of_both();
    row.step.options.senders = 0;
    row.result.senders = {};
    row.result.sent = {};
    row.result.first = milliseconds{12};
    return row;
}

std::string text_of_rows(const std::vector<BenchRow>& rows) {
    std::ostringstream out;
    print_text(rows.front().step.options, rows, out);
    return out.str();
}

}  // namespace

TEST_SUITE("bench load report") {
    TEST_CASE("a row has counts, rates, times and what a message costs") {
        BenchRow row = row_of_both();
        row.result.sent = {.sent = 1'200'000, .accepted = 1'200'000};
        const Table table = load_table(row.step.options, {row});
        CHECK(table.title == "q at 127.0.0.1:5672, 100 B, not durable; CPU is that of a message");
        CHECK(table.heads == std::vector<std::string>{"load", "sent", "accepted", "received",
                                                      "doubled", "missing", "in", "out",
                                                      "accepted after p50 / p99 / max",
                                                      "received after p50 / p99 / max", "CPU of 7",
                                                      "RSS of 7", "our CPU"});
        CHECK(table.rows == std::vector<std::vector<std::string>>{
                                {"1 sender, 1 receiver", "1,200,000", "1,200,000", "1,199,997", "0",
                                 "0", "499,000/s", "501,000/s", "50.0 µs / 50.0 µs / 50.0 µs",
                                 "100 µs / 100 µs / 100 µs", "1.00 µs", "3.00 MiB", "0.30 µs"}});
        CHECK(complaint(row).empty());
    }

    TEST_CASE("columns that no row has are left out, in others stands a dash") {
        const Table sent = load_table(asked_load(), {row_of_senders()});
        CHECK(sent.heads == std::vector<std::string>{"load", "sent", "accepted", "in",
                                                     "accepted after p50 / p99 / max", "CPU of 7",
                                                     "RSS of 7", "our CPU"});
        const Table both = load_table(asked_load(), {row_of_senders(), row_of_receivers()});
        REQUIRE(both.rows.size() == 2);
        CHECK(both.heads[3] == "received");
        CHECK(both.rows[0][3] == "-");
        CHECK(both.rows[1][1] == "-");
        CHECK(both.heads[9] == "first after");
        CHECK(both.rows[1][9] == "12.0 ms");
    }

    TEST_CASE("each thing that is not as it should be has a line") {
        BenchRow row = row_of_both();
        row.result.doubled = 2;
        row.result.foreign = 1;
        row.result.holes = 4;
        const std::string text = text_of_rows({row});
        for (const char* line :
             {"1 sender, 1 receiver: not accepted: 2 released, 1 not settled\n",
              "1 sender, 1 receiver: 2 messages came again: delivered twice, or each receiver ",
              "1 sender, 1 receiver: 1 message of others, or of other runs, came and is gone\n",
              "1 sender, 1 receiver: 4 did not come of those before the last that came: "}) {
            CAPTURE(line);
            CHECK(text.find(line) != std::string::npos);
        }
        CHECK(text_of_rows({row_of_senders()}).find("is still there") != std::string::npos);
        CHECK(text_of_rows({row_of_senders(), row_of_receivers()}).find("is still there") ==
              std::string::npos);
    }

    TEST_CASE("it is no success if something accepted is missing, or nothing passed") {
        BenchRow row = row_of_both();
        row.result.missing = 3;
        CHECK(complaint(row).starts_with("3 messages of q did not come, though accepted"));
        row.step.options.presettled = true;  // at most once
        CHECK(complaint(row).empty());
        row.result.received = 0;
        CHECK(complaint(row).starts_with("nothing arrived from q"));

        BenchRow sent = row_of_senders();
        CHECK(complaint(sent).empty());
        sent.step.options.count = 1'200'001;
        CHECK(complaint(sent).starts_with("only 1,200,000 of 1,200,001 messages could be sent"));
        sent.step.options.count = 0;
        sent.result.sent = {.sent = 5};
        sent.result.sent.rejected = 5;
        CHECK(complaint(sent).starts_with("none of 5 messages was accepted by q"));

        CHECK(complaint(row_of_receivers()).empty());
    }

    TEST_CASE("a row as JSON has the same figures, and null where there are none") {
        const Json json = to_json(row_of_both());
        CHECK(json["mode"] == "run");
        CHECK(json["load"] == "1 sender, 1 receiver");
        CHECK(json["receivedPerSecond"].get<double>() == doctest::Approx(501'000));
        CHECK(json["acceptedPerSecond"].get<double>() == doctest::Approx(499'000));
        CHECK(json["settledPerSecond"].get<double>() == doctest::Approx(499'500));
        CHECK(json["acceptedMicros"]["p99"].get<double>() == doctest::Approx(50));
        CHECK(json["latencyMicros"]["p99"].get<double>() == doctest::Approx(100));
        CHECK(json["outcomes"]["released"] == 2);
        CHECK(json["outcomes"]["unsettled"] == 1);
        CHECK(json["missing"] == 0);
        CHECK(json["lost"].is_null());
        CHECK(json["topic"].is_null());
        CHECK(json["processes"][0]["microsPerMessage"].get<double>() == doctest::Approx(1));

        const Json sent = to_json(row_of_senders());
        CHECK(sent["missing"].is_null());
        CHECK(sent["latencyMicros"].is_null());
        CHECK(sent["processes"][0]["microsPerMessage"].get<double>() == doctest::Approx(1));

        const Json received = to_json(row_of_receivers());
        CHECK(received["acceptedMicros"].is_null());
        CHECK(received["durable"].is_null());
        CHECK(received["firstMillis"].get<double>() == doctest::Approx(12));
    }

    TEST_CASE("of presettled messages it tells how many were lost") {
        BenchRow row = row_of_both();
        row.step.options.presettled = true;
        row.result.missing = 3;
        CHECK(to_json(row)["lost"] == 3);
        CHECK(to_json(row)["missing"].is_null());
        CHECK(to_json(row)["outcomes"]["unsettled"] == 0);
    }
}

}  // namespace weft::tools
