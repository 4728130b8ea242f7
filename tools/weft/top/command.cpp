#include "tools/weft/commands.hpp"
#include "tools/weft/connection/interrupt.hpp"
#include "tools/weft/failure.hpp"
#include "tools/weft/management/client.hpp"
#include "tools/weft/tables/report.hpp"
#include "tools/weft/top/frame.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <sstream>
#include <utility>
#include <vector>

namespace weft::tools {
namespace {

namespace po = boost::program_options;

/// Of each router, so many addresses and links are looked at.
constexpr std::size_t kLookedAtMax = 5000;
constexpr double kSeconds = 2;

}  // namespace

CommandLine top_line() {
    CommandLine line(
        "top [FLAGS]",
        "Watches the whole network: its routers, the busiest addresses and the links that hold\n"
        "most. Rates of the first frame are averages since each router's start.",
        {"weft top                             # again every two seconds, until Ctrl-C",
         "weft top --seconds 10 -b 10.0.0.7:5672",
         "weft top --once                      # one frame, for a ticket",
         "weft top --once --json               # all that it is made of, for a script"});
    line.group("How to show it")
        .add_options()  //
        ("seconds", po::value<double>()->value_name("N")->default_value(kSeconds),
         "Time between two frames")  //
        ("once", "One frame")        //
        ("json", "With --once: what each router says, as JSON");
    add_connection_flags(line, "How long to wait for each router (5)");
    return line;
}

namespace {

double seconds_now() {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration<double>(since).count();
}

void read(EntitySource& router, Sample& sample) {
    const std::vector<Entity> self = router.query("router", {}, 1);
    sample.seconds = seconds_now();
    sample.totals = self.empty() ? Entity::object() : self.front();
    sample.addresses = router.query(
        "router.address", {"name", "subscriberCount", "deliveriesIngress", "deliveriesEgress"},
        kLookedAtMax);
    sample.links = router.query(
        "router.link",
        {"identity", "connectionId", "linkDir", "linkType", "owningAddr", "unsettledCount",
         "undeliveredCount", "zeroCreditSeconds", "settleRate", "blockedReason"},
        kLookedAtMax);
}

std::vector<Sample> read_all(ManagementClient& client) {
    client.aim("$management");
    std::vector<std::string> addresses = client.routers();
    std::vector<Sample> samples;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        Sample sample{.router = id_in_address(addresses[i])};
        if (i > 0) {  // the first is the one connected to
            client.aim(addresses[i]);
        }
        try {
            read(client, sample);
        } catch (const StatusFailure& failure) {
            sample.failure = failure.what();
        } catch (const Failure&) {
            if (i == 0) {
                throw;
            }
            sample.failure = "no answer";
        }
        samples.push_back(std::move(sample));
    }
    return samples;
}

void show(const std::vector<Sample>& now, const std::vector<Sample>& before, bool clear) {
    std::ostringstream text;  // whole before it is printed, so that a redraw does not flicker
    for (const Table& table : top_frame(now, before)) {
        print_text(table, text);
        text << '\n';
    }
    std::cout << (clear ? "\x1b[H\x1b[2J" : "") << text.str() << std::flush;
    if (!std::cout) {
        throw Failure("cannot write to standard output");
    }
}

void print_json(const std::vector<Sample>& samples) {
    Json list = Json::array();
    for (const Sample& sample : samples) {
        Json router{{"router", sample.router}};
        if (!sample.failure.empty()) {
            router["failure"] = sample.failure;
        } else {
            router["totals"] = sample.totals;
            router["addresses"] = sample.addresses;
            router["links"] = sample.links;
        }
        list.push_back(std::move(router));
    }
    std::cout << json_text(list, 2) << '\n' << std::flush;
    if (!std::cout) {
        throw Failure("cannot write to standard output");
    }
}

}  // namespace

int run_top(Arguments arguments) {
    CommandLine line = top_line();
    if (!line.parse(arguments)) {
        return 0;
    }
    if (!line.words().empty()) {
        throw Failure("'" + line.words().front() + "' is not a flag; see 'weft top --help'");
    }
    const auto pause = parse_seconds("--seconds", line.get<double>("seconds"));
    const bool once = line.has("once");
    if (line.has("json") && !once) {
        throw Failure("--json needs --once");
    }
    ManagementClient client(connection_options(line), "$management");
    const Interrupt interrupt;
    const bool clear = !once && ::isatty(STDOUT_FILENO) != 0;
    std::vector<Sample> before;
    auto next = std::chrono::steady_clock::now();
    while (!Interrupt::raised()) {
        std::vector<Sample> now = read_all(client);
        if (line.has("json")) {
            print_json(now);
        } else {
            show(now, before, clear);
        }
        before = std::move(now);
        if (once) {
            break;
        }
        next = std::max(next + pause, std::chrono::steady_clock::now());
        client.idle_until(next);
    }
    client.close();
    return 0;
}

}  // namespace weft::tools
