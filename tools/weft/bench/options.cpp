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
constexpr std::int64_t kCountMax = 1'000'000'000'000;  // fewer than a sender can number
constexpr std::int64_t kBacklogDefault = 100'000;

void add_load_flags(CommandLine& line) {
    const auto number = [](const char* name) {
        return po::value<std::int64_t>()->value_name(name);
    };
    line.group("Load").add_options()                                                              //
        ("senders", number("N"), "Connections that send (1); 0: only receive, until N or empty")  //
        ("receivers", number("N"),
         "Connections that receive (1); 0: only send, which leaves a backlog")  //
        ("queues", number("N"),
         "Addresses, {} in ADDRESS being 0 to N-1; senders and receivers share them out (1)")  //
        ("pairs", number("N"), "Short for N senders, N receivers and N addresses, ADDRESS/n")  //
        ("topic", po::value<std::string>()->value_name("plain|durable"),
         "Each receiver gets all: it subscribes. A durable subscription ends with the run")  //
        ("size", number("BYTES"), "Data in a message (100; at least 24)")                    //
        ("durable", "Messages are durable: `accepted` means stored")                         //
        ("presettled", "Send settled: at most once, nothing is answered")                    //
        ("rate", po::value<double>()->value_name("N"),
         "Messages a second of all senders; 0: as fast as credit allows (0)")  //
        ("window", number("N"),
         "Messages of a sender that are unsettled, at most; 1: synchronous (1000)")  //
        ("credit", number("N"), "Messages on their way to a receiver, at most (1000)");
}

void add_other_flags(CommandLine& line) {
    const auto seconds = [] { return po::value<double>()->value_name("SECONDS"); };
    const auto number = [](const char* name) {
        return po::value<std::int64_t>()->value_name(name);
    };
    line.group("How long")
        .add_options()                                            //
        ("duration", seconds(), "How long to measure (5)")        //
        ("warmup", seconds(), "How long to run before that (1)")  //
        ("count", number("N"),
         "Instead: N messages of all senders together, or without senders to be received")  //
        ("timeout,t", seconds(),
         "How long to wait for an answer, and for the next message before a queue is empty (5)");
    line.group("Instead of one load")
        .add_options()                                                                       //
        ("backlog", number("N"), "Send N messages, then receive them: two rows")             //
        ("table", "A broker's usual table, seven rows (its backlog: --backlog, or 100000)")  //
        ("hold", po::value<std::string>()->value_name("CONNECTIONS[xLINKS]"),
         "Open idle connections, each with receivers on addresses of their own: memory (--pid)")  //
        ("churn",
         "Connect, attach, send one message, close, again and again (--senders at a time: 4)");
    line.group("Figures").add_options()  //
        ("pid", po::value<std::vector<int>>()->composing()->value_name("PID"),
         "CPU and memory of this process; may be repeated")  //
        ("json", "Print one JSON object for each row");
    line.group("Connection")
        .add_options()  //
        ("bus,b", po::value<std::string>()->value_name("URL")->default_value("127.0.0.1:5672"),
         "HOST:PORT or amqp://[USER:PASSWORD@]HOST:PORT; no TLS. SASL PLAIN with a user, else "
         "ANONYMOUS")  //
        ("retry", "Try again to connect until --timeout: a server that is starting");
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
    refuse_with(line, "pairs", {"senders", "receivers", "queues", "topic"});
    refuse_with(line, "topic", {"queues"});
    refuse_with(line, "presettled", {"window"});
    refuse_with(line, "count", {"duration", "warmup"});
    refuse_with(line, "hold",
                {"churn", "table", "backlog", "pairs", "senders", "receivers", "queues", "topic",
                 "size", "durable", "presettled", "rate", "window", "count", "retry"});
    refuse_with(line, "churn",
                {"table", "backlog", "pairs", "receivers", "queues", "topic", "rate", "window",
                 "count", "retry"});
    refuse_with(
        line, "table",
        {"pairs", "senders", "receivers", "queues", "topic", "rate", "count", "presettled"});
    if (!line.has("table")) {
        refuse_with(line, "backlog", {"topic", "count", "duration", "warmup", "presettled"});
    }
    if (line.words().size() > 1) {
        throw Failure("give one ADDRESS; see 'weft bench --help'");
    }
}

/// A side of the load that is not there has no use for its flags.
void refuse_idle_flags(const CommandLine& line, const BenchOptions& options) {
    const auto refuse_all = [&](std::initializer_list<const char*> flags,
                                const std::string& without) {
        for (const char* flag : flags) {
            if (line.has(flag)) {
                throw Failure("--" + std::string{flag} + " has no effect without " + without);
            }
        }
    };
    if (options.senders == 0) {
        refuse_all(
            {"size", "durable", "presettled", "rate", "window", "duration", "warmup", "backlog"},
            "senders");
    }
    if (options.receivers == 0) {
        refuse_all({"credit", "topic", "backlog"}, "receivers");
    }
    if (options.senders == 0 && options.receivers == 0) {
        throw Failure("--senders 0 with --receivers 0 leaves nothing to be done");
    }
}

/// No address may be left out by one side: what is sent there would never be received.
void check_queues(const BenchOptions& options) {
    for (const std::size_t side : {options.senders, options.receivers}) {
        if (side != 0 && side < options.queues) {
            throw Failure("--queues " + std::to_string(options.queues) +
                          " needs as many senders, "
                          "and as many receivers, or none of them (--senders 0, --receivers 0)");
        }
    }
}

/// How many of what, on how many addresses.
void read_counts(const CommandLine& line, BenchOptions& options) {
    const bool churn = options.mode == BenchOptions::Mode::churn;
    const auto count = [&](const char* flag, std::size_t standard, std::int64_t least) {
        return static_cast<std::size_t>(number(line, flag, static_cast<std::int64_t>(standard),
                                               least, churn ? kChurnersMax : kConnectionsMax));
    };
    options.numbered = line.has("pairs") || line.has("queues") || line.has("hold");
    options.queues = line.has("pairs") ? count("pairs", 1, 1) : count("queues", 1, 1);
    options.senders = line.has("pairs") ? options.queues
                      : churn           ? count("senders", kChurnersDefault, 1)
                                        : count("senders", options.queues, 0);
    options.receivers = line.has("pairs") ? options.queues : count("receivers", options.queues, 0);
    refuse_idle_flags(line, options);
    check_queues(options);
}

BenchNode::Kind read_topic(const CommandLine& line) {
    if (!line.has("topic")) {
        return BenchNode::Kind::any;
    }
    const auto& text = line.get<std::string>("topic");
    if (text != "plain" && text != "durable") {
        throw Failure("--topic must be plain or durable");
    }
    return text == "plain" ? BenchNode::Kind::topic : BenchNode::Kind::durable_topic;
}

void read_load(const CommandLine& line, BenchOptions& options) {
    read_counts(line, options);
    options.kind = read_topic(line);
    options.size = static_cast<std::size_t>(
        number(line, "size", 100, std::int64_t{kBenchStampSize}, kSizeMax));
    options.durable = line.has("durable");
    options.presettled = line.has("presettled");
    options.credit = static_cast<std::uint32_t>(number(line, "credit", 1000, 1, kCreditMax));
    options.window =
        options.presettled
            ? std::numeric_limits<std::uint32_t>::max()
            : static_cast<std::uint32_t>(number(line, "window", kBenchWindow, 1, kCreditMax));
    options.rate = line.has("rate") ? line.get<double>("rate") : 0;
    if (!(options.rate >= 0) || options.rate > kRateMax) {
        throw Failure("--rate must be from 0 to 10000000 messages a second");
    }
    options.count =
        line.has("count") ? static_cast<std::uint64_t>(number(line, "count", 1, 1, kCountMax)) : 0;
    options.backlog =
        static_cast<std::uint64_t>(number(line, "backlog", kBacklogDefault, 1, kCountMax));
}

BenchOptions::Mode read_mode(const CommandLine& line) {
    using Mode = BenchOptions::Mode;
    return line.has("hold")      ? Mode::hold
           : line.has("churn")   ? Mode::churn
           : line.has("table")   ? Mode::table
           : line.has("backlog") ? Mode::backlog
                                 : Mode::run;
}

}  // namespace

std::string BenchOptions::address_of(std::size_t number) const {
    constexpr std::string_view kPlace = "{}";
    const std::string text = std::to_string(number);
    const std::size_t at = address.find(kPlace);
    if (at == std::string::npos) {
        return numbered ? address + "/" + text : address;
    }
    std::string named = address;
    return named.replace(at, kPlace.size(), text);
}

CommandLine bench_line() {
    CommandLine line(
        "bench [ADDRESS] [FLAGS]",
        "Measures a router or a broker, of any make: sends messages to ADDRESS (default:\n"
        "weft.bench) and receives them. Prints how many a second, how long it took until they "
        "were\n"
        "accepted and until they came, and, with --pid, the CPU time and memory of local "
        "processes.\n"
        "With --rate, times count from the moment at which a message was due, so that a server\n"
        "that falls behind shows it. Messages are numbered: exit status 1 if one that was "
        "accepted\n"
        "did not come, or none did. All that is in the queues is received and gone, also what is\n"
        "not ours. One thread sends, one receives; --churn uses more.",
        {"weft bench --pid $(pidof weft-router)      # as fast as it can, settled end to end",
         "weft bench --presettled --pairs 10 --size 1024",
         "weft bench --rate 5000 --duration 30       # latency at a load",
         "weft bench --hold 1000x10 --pid 4711       # memory of connections and addresses",
         "weft bench --churn                         # connections a second",
         "weft bench 'q{}' --table --durable --size 1024 --pid $(pidof weft-broker)",
         "weft bench q0 --durable --size 1024 --receivers 0 --count 1000000   # a backlog",
         "weft bench q0 --senders 0 --count 1000000 --retry    # … after a restart: all of it?",
         "weft bench news --topic durable --receivers 10 --durable",
         "weft bench -b amqp://ann:secret@broker.example.com --json | jq .receivedPerSecond"});
    add_load_flags(line);
    add_other_flags(line);
    return line;
}

BenchOptions bench_options(const CommandLine& line) {
    refuse_contradictions(line);
    BenchOptions options;
    options.mode = read_mode(line);
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
    options.retry = line.has("retry");
    if (line.has("hold")) {
        options.hold = parse_hold(line.get<std::string>("hold"));
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
