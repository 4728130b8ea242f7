#include "tools/weft/bench/report.hpp"

#include "tools/weft/tables/numbers.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <initializer_list>
#include <string>
#include <string_view>

namespace weft::tools {
namespace {

using Clauses = std::initializer_list<std::string>;

constexpr std::size_t kTitleWidth = 10;

std::string counted(std::uint64_t count) {
    return with_commas(static_cast<std::int64_t>(count));
}

std::string rate_text(double rate) {
    return with_commas(std::llround(rate)) + "/s";
}

std::string fixed(double value, int digits) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.*f", digits, value);
    return text.data();
}

/// Three digits and a unit: "0.42 µs", "812 µs", "1.53 ms", "2.1 s".
std::string time_text(double micros) {
    constexpr double kThousand = 1000;
    std::string_view unit = " µs";
    double value = micros;
    if (micros >= kThousand * kThousand) {
        value /= kThousand * kThousand;
        unit = " s";
    } else if (micros >= kThousand) {
        value /= kThousand;
        unit = " ms";
    }
    const int digits = value < 10 ? 2 : value < 100 ? 1 : 0;
    return fixed(value, digits) + std::string{unit};
}

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
    return fixed(std::chrono::duration<double>(run_time) / std::chrono::duration<double>(time), 2) +
           " cores";
}

double micros(std::uint64_t nanoseconds) {
    return static_cast<double>(nanoseconds) / 1000;
}

void print_times(std::ostream& out, const std::string& title, const BenchHistogram& times) {
    const auto at = [&](double q) { return time_text(micros(times.quantile(q))); };
    print_line(out, title,
               {"p50 " + at(.5), "p90 " + at(.9), "p99 " + at(.99), "p99.9 " + at(.999),
                "max " + time_text(micros(times.max()))});
}

Json times_json(const BenchHistogram& times) {
    return {{"p50", micros(times.quantile(.5))},
            {"p90", micros(times.quantile(.9))},
            {"p99", micros(times.quantile(.99))},
            {"p999", micros(times.quantile(.999))},
            {"max", micros(times.max())}};
}

/// CPU time for each of `count` things that are called `what`.
void print_processes(std::ostream& out,
                     const std::vector<BenchUse>& processes,
                     Duration time,
                     std::uint64_t count,
                     const std::string& what) {
    for (const BenchUse& use : processes) {
        print_line(out, "Process",
                   {"PID " + std::to_string(use.pid),
                    time_text(micros_each(use.run_time, count)) + " a " + what,
                    cores_text(use.run_time, time),
                    "RSS " + byte_size(static_cast<std::int64_t>(use.resident_bytes))});
    }
}

Json processes_json(const std::vector<BenchUse>& processes,
                    Duration time,
                    std::uint64_t count,
                    const char* each) {
    Json all = Json::array();
    for (const BenchUse& use : processes) {
        all.push_back({{"pid", use.pid},
                       {each, micros_each(use.run_time, count)},
                       {"cores", std::chrono::duration<double>(use.run_time) /
                                     std::chrono::duration<double>(time)},
                       {"residentBytes", use.resident_bytes}});
    }
    return all;
}

double seconds(Duration time) {
    return std::chrono::duration<double>(time).count();
}

std::string plural(std::size_t count, const std::string& what) {
    return counted(count) + " " + what + (count == 1 ? "" : "s");
}

std::int64_t growth_each(const BenchUse& use, std::size_t count) {
    return use.resident_growth_bytes / static_cast<std::int64_t>(count);
}

}  // namespace

double per_second(std::uint64_t count, Duration time) {
    return time > Duration::zero() ? static_cast<double>(count) / seconds(time) : 0;
}

double micros_each(Duration time, std::uint64_t count) {
    return count == 0 ? 0
                      : std::chrono::duration<double, std::micro>(time).count() /
                            static_cast<double>(count);
}

std::vector<BenchUse> use_between(const std::vector<BenchProcess>& before,
                                  const std::vector<BenchProcess>& after) {
    std::vector<BenchUse> all;
    for (std::size_t i = 0; i < after.size(); ++i) {
        all.push_back(
            {.pid = after[i].pid,
             .run_time = after[i].run_time - before[i].run_time,
             .resident_bytes = after[i].resident_bytes,
             .resident_growth_bytes = static_cast<std::int64_t>(after[i].resident_bytes) -
                                      static_cast<std::int64_t>(before[i].resident_bytes)});
    }
    return all;
}

// --- throughput and latency ---------------------------------------------------------------------

void print_text(const BenchOptions& options, const BenchRunResult& result, std::ostream& out) {
    const double received = per_second(result.receivers.messages, result.receivers.time);
    print_line(out, "Load",
               {options.address + " at " + options.url.endpoint(),
                plural(options.senders, "sender") + ", " + plural(options.receivers, "receiver"),
                counted(options.size) + " B " + (options.presettled ? "presettled" : "unsettled"),
                options.rate > 0 ? rate_text(options.rate) + " wanted" : "",
                fixed(seconds(result.receivers.time), 1) + " s"});
    print_line(out, "Rate",
               {"sent " + rate_text(per_second(result.senders.messages, result.senders.time)),
                "received " + rate_text(received),
                options.presettled ? ""
                                   : "settled " + rate_text(per_second(result.senders.settled,
                                                                       result.senders.time)),
                fixed(received * static_cast<double>(options.size) / 1e6, 1) + " MB/s"});
    print_times(out, "Latency", result.latency);
    const BenchSent& sent = result.sent;
    if (options.presettled) {
        print_line(out, "Lost", {counted(result.lost()) + " of " + counted(sent.sent)});
    } else {
        print_line(out, "Outcomes",
                   {"accepted " + counted(sent.accepted), unless_zero("rejected", sent.rejected),
                    unless_zero("released", sent.released), unless_zero("modified", sent.modified),
                    unless_zero("without", sent.other),
                    unless_zero("unsettled", sent.sent - sent.settled())});
    }
    if (result.foreign > 0) {
        print_line(out, "Foreign", {counted(result.foreign) + " messages of others came"});
    }
    print_line(out, "Generator",
               {time_text(micros_each(result.senders.run_time, result.senders.messages)) +
                    " CPU a message sent",
                time_text(micros_each(result.receivers.run_time, result.receivers.messages)) +
                    " received"});
    print_processes(out, result.processes, result.receivers.time, result.receivers.messages,
                    "message");
}

Json to_json(const BenchOptions& options, const BenchRunResult& result) {
    const BenchSent& sent = result.sent;
    const double received = per_second(result.receivers.messages, result.receivers.time);
    return {
        {"mode", "run"},
        {"address", options.address},
        {"senders", options.senders},
        {"receivers", options.receivers},
        {"sizeBytes", options.size},
        {"presettled", options.presettled},
        {"wantedPerSecond", options.rate},
        {"seconds", seconds(result.receivers.time)},
        {"sentPerSecond", per_second(result.senders.messages, result.senders.time)},
        {"receivedPerSecond", received},
        {"settledPerSecond", per_second(result.senders.settled, result.senders.time)},
        {"receivedBytesPerSecond", received * static_cast<double>(options.size)},
        {"latencyMicros", times_json(result.latency)},
        {"sent", sent.sent},
        {"received", result.received},
        {"lost", options.presettled ? Json(result.lost()) : Json(nullptr)},
        {"foreign", result.foreign},
        {"outcomes",
         {{"accepted", sent.accepted},
          {"rejected", sent.rejected},
          {"released", sent.released},
          {"modified", sent.modified},
          {"without", sent.other},
          {"unsettled", options.presettled ? 0 : sent.sent - sent.settled()}}},
        {"generatorMicrosPerMessage",
         {{"sent", micros_each(result.senders.run_time, result.senders.messages)},
          {"received", micros_each(result.receivers.run_time, result.receivers.messages)}}},
        {"processes", processes_json(result.processes, result.receivers.time,
                                     result.receivers.messages, "microsPerMessage")},
    };
}

// --- memory -------------------------------------------------------------------------------------

void print_text(const BenchOptions& options, const BenchHoldResult& result, std::ostream& out) {
    const BenchHold& hold = options.hold;
    const std::size_t links = hold.connections * hold.links;
    print_line(out, "Held",
               {plural(hold.connections, "connection") + " to " + options.url.endpoint(),
                links == 0 ? "" : plural(links, "receiver") + ", each on an address of its own",
                "made in " + time_text(seconds(result.setup_time) * 1e6)});
    for (std::size_t i = 0; i < result.setup.size(); ++i) {
        const BenchUse& use = result.setup[i];
        print_line(
            out, "Process",
            {"PID " + std::to_string(use.pid),
             "RSS " + byte_size(static_cast<std::int64_t>(use.resident_bytes)),
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
             {"idleCores", seconds(result.idle[i].run_time) / seconds(result.idle_time)}});
    }
    return {{"mode", "hold"},
            {"connections", hold.connections},
            {"linksPerConnection", hold.links},
            {"setupSeconds", seconds(result.setup_time)},
            {"processes", std::move(processes)}};
}

// --- connections a second -----------------------------------------------------------------------

void print_text(const BenchOptions& options, const BenchChurnResult& result, std::ostream& out) {
    print_line(
        out, "Churn",
        {options.address + " at " + options.url.endpoint(), counted(options.senders) + " at a time",
         options.presettled ? "presettled" : "unsettled", fixed(seconds(result.time), 1) + " s"});
    print_line(out, "Rate",
               {rate_text(per_second(result.connections, result.time)) + " connections",
                unless_zero("failed", result.failed)});
    print_times(out, "Life", result.life);
    print_processes(out, result.processes, result.time, result.connections, "connection");
}

Json to_json(const BenchOptions& options, const BenchChurnResult& result) {
    return {{"mode", "churn"},
            {"address", options.address},
            {"atATime", options.senders},
            {"presettled", options.presettled},
            {"seconds", seconds(result.time)},
            {"connectionsPerSecond", per_second(result.connections, result.time)},
            {"failed", result.failed},
            {"lifeMicros", times_json(result.life)},
            {"processes", processes_json(result.processes, result.time, result.connections,
                                         "microsPerConnection")}};
}

}  // namespace weft::tools
