#include "tools/weft/bench/options.hpp"

#include "tools/weft/bench/message.hpp"
#include "tools/weft/connection/options.hpp"
#include "tools/weft/failure.hpp"

#include <charconv>
#include <initializer_list>
#include <limits>

namespace weft::tools {
namespace {

namespace po = boost::program_options;

constexpr std::int64_t kConnectionsMax = 100'000;
constexpr std::int64_t kChurnersMax = 256;      // a thread each
constexpr std::int64_t kLinksMax = 10'000'000;  // of all connections held
constexpr std::int64_t kSizeMax = 256 * 1024 * 1024;
constexpr std::int64_t kCreditMax = 1'000'000;
constexpr double kRateMax = 1e7;
constexpr double kSecondsMax = 1e6;
constexpr std::size_t kChurnersDefault = 4;

void add_load_flags(CommandLine& line) {
    const auto number = [](const char* name) {
        return po::value<std::int64_t>()->value_name(name);
    };
    line.group("Load").add_options()                                                            //
        ("pairs", number("N"), "N senders and N receivers, each pair on ADDRESS/n of its own")  //
        ("senders", number("N"), "Connections that send to ADDRESS (1)")                        //
        ("receivers", number("N"), "Connections that receive from ADDRESS (1)")                 //
        ("size", number("BYTES"), "Data in a message (100; at least 16)")                       //
        ("presettled", "Send settled: at most once, nothing is answered")                       //
        ("rate", po::value<double>()->value_name("N"),
         "Messages a second of all senders; 0: as fast as credit allows (0)")           //
        ("credit", number("N"), "Messages on their way to a receiver, at most (1000)")  //
        ("window", number("N"), "Messages of a sender that are unsettled, at most (1000)");
}

void add_other_flags(CommandLine& line) {
    const auto seconds = [] { return po::value<double>()->value_name("SECONDS"); };
    line.group("Instead of load")
        .add_options()  //
        ("hold", po::value<std::string>()->value_name("CONNECTIONS[xLINKS]"),
         "Open idle connections, each with receivers on ADDRESS/n: memory (--pid)")  //
        ("churn",
         "Connect, attach, send one message, close, again and again (--senders at a time: 4)");
    line.group("Measuring")
        .add_options()                                            //
        ("duration", seconds(), "How long to measure (5)")        //
        ("warmup", seconds(), "How long to run before that (1)")  //
        ("pid", po::value<std::vector<int>>()->composing()->value_name("PID"),
         "CPU and memory of this process; may be repeated")  //
        ("json", "Print one JSON object");
    line.group("Connection")
        .add_options()  //
        ("bus,b", po::value<std::string>()->value_name("URL")->default_value("127.0.0.1:5672"),
         "HOST:PORT or amqp://[USER:PASSWORD@]HOST:PORT; no TLS")  //
        ("timeout,t", seconds(), "How long to wait for the router's answers (5)");
}

std::int64_t number(const CommandLine& line,
                    const std::string& flag,
                    std::int64_t standard,
                    std::int64_t least,
                    std::int64_t most) {
    const std::int64_t value = line.has(flag) ? line.get<std::int64_t>(flag) : standard;
    if (value < least || value > most) {
        throw Failure("--" + flag + " must be from " + std::to_string(least) + " to " +
                      std::to_string(most));
    }
    return value;
}

Duration seconds(const CommandLine& line, const std::string& flag, double standard) {
    const double value = line.has(flag) ? line.get<double>(flag) : standard;
    if (!(value >= 0) || value > kSecondsMax) {
        throw Failure("--" + flag + " must be from 0 to 1000000 seconds");
    }
    return std::chrono::ceil<Duration>(std::chrono::duration<double>(value));
}

void refuse_with(const CommandLine& line,
                 const std::string& flag,
                 std::initializer_list<const char*> others) {
    for (const char* other : others) {
        if (line.has(flag) && line.has(other)) {
            throw Failure("--" + std::string{other} + " has no effect with --" + flag);
        }
    }
}

void refuse_contradictions(const CommandLine& line) {
    refuse_with(line, "pairs", {"senders", "receivers"});
    refuse_with(line, "presettled", {"window"});
    refuse_with(line, "hold",
                {"churn", "pairs", "senders", "receivers", "size", "presettled", "rate", "window"});
    refuse_with(line, "churn", {"pairs", "receivers", "rate", "window"});
    if (line.words().size() > 1) {
        throw Failure("give one ADDRESS; see 'weft bench --help'");
    }
}

void read_load(const CommandLine& line, BenchOptions& options) {
    const bool churn = options.mode == BenchOptions::Mode::churn;
    const auto count = [&](const char* flag, std::size_t standard) {
        return static_cast<std::size_t>(number(line, flag, static_cast<std::int64_t>(standard), 1,
                                               churn ? kChurnersMax : kConnectionsMax));
    };
    options.pairs = line.has("pairs");
    options.senders =
        options.pairs ? count("pairs", 1) : count("senders", churn ? kChurnersDefault : 1);
    options.receivers = options.pairs ? options.senders : count("receivers", 1);
    options.size = static_cast<std::size_t>(
        number(line, "size", 100, std::int64_t{kBenchStampSize}, kSizeMax));
    options.presettled = line.has("presettled");
    options.credit = static_cast<std::uint32_t>(number(line, "credit", 1000, 1, kCreditMax));
    options.window = options.presettled
                         ? std::numeric_limits<std::uint32_t>::max()
                         : static_cast<std::uint32_t>(number(line, "window", 1000, 1, kCreditMax));
    options.rate = line.has("rate") ? line.get<double>("rate") : 0;
    if (!(options.rate >= 0) || options.rate > kRateMax) {
        throw Failure("--rate must be from 0 to 10000000 messages a second");
    }
}

}  // namespace

std::string BenchOptions::address_of(std::size_t number) const {
    return pairs || mode == Mode::hold ? address + "/" + std::to_string(number) : address;
}

CommandLine bench_line() {
    CommandLine line(
        "bench [ADDRESS] [FLAGS]",
        "Measures a router: sends messages to ADDRESS (default: weft.bench) and receives them, "
        "and\n"
        "prints how many a second, their end-to-end latency and, with --pid, the CPU time that a\n"
        "local process took for each. With --rate, latency counts from the moment at which a\n"
        "message was due, so that a router that falls behind shows it. One thread sends, one\n"
        "receives; --churn uses more. Exit status 1 if nothing arrived.",
        {"weft bench --pid $(pidof weft-router)      # as fast as it can, settled end to end",
         "weft bench --presettled --pairs 10 --size 1024",
         "weft bench --rate 5000 --duration 30       # latency at a load",
         "weft bench --hold 1000x10 --pid 4711       # memory of connections and addresses",
         "weft bench --churn                         # connections a second",
         "weft bench -b amqp://ann:secret@router.example.com --json | jq .receivedPerSecond"});
    add_load_flags(line);
    add_other_flags(line);
    return line;
}

BenchOptions bench_options(const CommandLine& line) {
    refuse_contradictions(line);
    BenchOptions options;
    options.url = parse_bus_url(line.get<std::string>("bus"));
    if (options.url.tls) {
        throw Failure("weft bench has no TLS; name a listener without it: -b amqp://HOST:PORT");
    }
    options.address = line.words().empty() ? "weft.bench" : line.words().front();
    options.timeout =
        parse_seconds("--timeout", line.has("timeout") ? line.get<double>("timeout") : 5);
    options.duration =
        parse_seconds("--duration", line.has("duration") ? line.get<double>("duration") : 5);
    options.warmup = seconds(line, "warmup", 1);
    options.pids = line.has("pid") ? line.get<std::vector<int>>("pid") : std::vector<int>{};
    options.json = line.has("json");
    if (line.has("hold")) {
        options.mode = BenchOptions::Mode::hold;
        options.hold = parse_hold(line.get<std::string>("hold"));
    } else if (line.has("churn")) {
        options.mode = BenchOptions::Mode::churn;
    }
    read_load(line, options);
    return options;
}

BenchHold parse_hold(std::string_view text) {
    const char* const end = text.data() + text.size();
    std::int64_t connections = 0;
    std::int64_t links = 0;
    auto parsed = std::from_chars(text.data(), end, connections);
    bool good = parsed.ec == std::errc{};
    if (good && parsed.ptr != end && *parsed.ptr == 'x') {
        parsed = std::from_chars(parsed.ptr + 1, end, links);
        good = parsed.ec == std::errc{} && links > 0;
    }
    if (!good || parsed.ptr != end || connections < 1 || connections > kConnectionsMax ||
        links > kLinksMax / connections) {
        throw Failure("--hold " + std::string{text} +
                      ": write CONNECTIONS or CONNECTIONSxLINKS, at most 100000 connections and "
                      "10000000 links in all");
    }
    return {static_cast<std::size_t>(connections), static_cast<std::size_t>(links)};
}

}  // namespace weft::tools
