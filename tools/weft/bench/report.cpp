#include "tools/weft/bench/report.hpp"

#include "tools/weft/bench/figures.hpp"
#include "tools/weft/tables/numbers.hpp"

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace weft::tools {
namespace {

using Clauses = std::initializer_list<std::string>;

constexpr std::size_t kTitleWidth = 10;

void print_line(std::ostream& out, std::string title, Clauses clauses) {
    title.resize(kTitleWidth, ' ');
    out << title;
    std::string_view separator;
    for (const std::string& clause : clauses) {
        if (!clause.empty()) {
            out << separator << clause;
            separator = "   ";
        }
    }
    out << '\n';
}

std::string unless_zero(std::string_view name, std::uint64_t count) {
    return count == 0 ? std::string{} : std::string{name} + " " + counted(count);
}

std::string cores_text(Duration run_time, Duration time) {
    return fixed(cores(run_time, time), 2) + " cores";
}

std::int64_t growth_each(const BenchUse& use, std::size_t count) {
    return use.resident_growth_bytes / static_cast<std::int64_t>(count);
}

void print_times(std::ostream& out, const std::string& title, const BenchHistogram& times) {
    const auto at = [&](const std::string& name, double q) {
        return name + " " + time_text(times, q);
    };
    print_line(out, title,
               {at("p50", .5), at("p90", .9), at("p99", .99), at("p99.9", .999), at("max", 1)});
}

std::string memory_text(const BenchUse& use) {
    return "RSS " + byte_size(static_cast<std::int64_t>(use.resident_bytes));
}

}  // namespace

// --- memory -------------------------------------------------------------------------------------

void print_text(const BenchOptions& options, const BenchHoldResult& result, std::ostream& out) {
    const BenchHold& hold = options.hold;
    const std::size_t links = hold.connections * hold.links;
    print_line(out, "Held",
               {counted(hold.connections, "connection") + " to " + options.url.endpoint(),
                links == 0 ? "" : counted(links, "receiver") + ", each on an address of its own",
                "made in " + time_text(in_seconds(result.setup_time) * 1e6)});
    for (std::size_t i = 0; i < result.setup.size(); ++i) {
        const BenchUse& use = result.setup[i];
        print_line(
            out, "Process",
            {"PID " + std::to_string(use.pid), memory_text(use),
             with_commas(growth_each(use, hold.connections)) + " B a connection",
             links == 0 ? "" : with_commas(growth_each(use, links)) + " B a receiver",
             time_text(micros_each(use.run_time, hold.connections)) + " CPU to make a connection",
             "idle " + cores_text(result.idle[i].run_time, result.idle_time)});
    }
}

Json to_json(const BenchOptions& options, const BenchHoldResult& result) {
    const BenchHold& hold = options.hold;
    const std::size_t links = hold.connections * hold.links;
    Json processes = Json::array();
    for (std::size_t i = 0; i < result.setup.size(); ++i) {
        const BenchUse& use = result.setup[i];
        processes.push_back(
            {{"pid", use.pid},
             {"residentBytes", use.resident_bytes},
             {"bytesPerConnection", growth_each(use, hold.connections)},
             {"bytesPerLink", links == 0 ? Json(nullptr) : Json(growth_each(use, links))},
             {"microsPerConnection", micros_each(use.run_time, hold.connections)},
             {"idleCores", cores(result.idle[i].run_time, result.idle_time)}});
    }
    return {{"mode", "hold"},
            {"connections", hold.connections},
            {"linksPerConnection", hold.links},
            {"setupSeconds", in_seconds(result.setup_time)},
            {"processes", std::move(processes)}};
}

// --- connections a second -----------------------------------------------------------------------

void print_text(const BenchOptions& options, const BenchChurnResult& result, std::ostream& out) {
    print_line(
        out, "Churn",
        {options.address + " at " + options.url.endpoint(), counted(options.senders) + " at a time",
         options.presettled ? "presettled" : "unsettled",
         fixed(in_seconds(result.time), 1) + " s"});
    print_line(out, "Rate",
               {rate_text(per_second(result.connections, result.time)) + " connections",
                unless_zero("failed", result.failed)});
    print_times(out, "Life", result.life);
    for (const BenchUse& use : result.processes) {
        print_line(out, "Process",
                   {"PID " + std::to_string(use.pid),
                    time_text(micros_each(use.run_time, result.connections)) + " a connection",
                    cores_text(use.run_time, result.time), memory_text(use)});
    }
}

Json to_json(const BenchOptions& options, const BenchChurnResult& result) {
    return {{"mode", "churn"},
            {"address", options.address},
            {"atATime", options.senders},
            {"presettled", options.presettled},
            {"seconds", in_seconds(result.time)},
            {"connectionsPerSecond", per_second(result.connections, result.time)},
            {"failed", result.failed},
            {"lifeMicros", times_json(result.life)},
            {"processes", processes_json(result.processes, result.time, result.connections,
                                         "microsPerConnection")}};
}

}  // namespace weft::tools
