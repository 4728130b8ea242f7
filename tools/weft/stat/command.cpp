#include "common/base/printable.hpp"
#include "tools/weft/commands.hpp"
#include "tools/weft/connection/interrupt.hpp"
#include "tools/weft/failure.hpp"
#include "tools/weft/management/brokers.hpp"
#include "tools/weft/management/client.hpp"
#include "tools/weft/management/flags.hpp"
#include "tools/weft/stat/views.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <iostream>
#include <iterator>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

namespace weft::tools {
namespace {

namespace po = boost::program_options;

constexpr const char* kOwnManagement = "$management";

enum class Format : std::uint8_t { text, csv, json };

struct Settings {
    const View* view = &views().front();
    ViewOptions options;
    Format format = Format::text;
    bool all_routers = false;
    std::optional<std::chrono::milliseconds> watch;
    ConnectionOptions connection;
};

std::string long_name(const View& view) {
    return std::string{view.flag.substr(0, view.flag.find(','))};
}

}  // namespace

CommandLine stat_line() {
    CommandLine line(
        "stat [FLAGS]",
        "Shows the state of a router as a table. Titles and columns are those of qdstat;\n"
        "--json prints the same rows as a list of objects with their management attributes.",
        {"weft stat                          # totals of the router at 127.0.0.1:5672",
         "weft stat -l -b 10.0.0.7:5672      # links of another router",
         "weft stat -a -r edge-1             # addresses of a router of the network",
         "weft stat -c --watch 2             # connections, again every two seconds",
         "weft stat --queues                 # queues of all brokers behind this router",
         "weft stat --queues --broker b1     # of one", "weft stat -a --json | jq '.[].key'"});
    auto& view = line.group("What to show (one of)");
    for (const View& each : views()) {
        view.add_options()(std::string{each.flag}.c_str(), std::string{each.summary}.c_str());
    }
    line.group("How to show it")
        .add_options()                                                                          //
        ("verbose,v", "More columns")                                                           //
        ("limit", po::value<std::size_t>()->value_name("N"), "At most N rows; 0 is all")        //
        ("csv", "Tables as CSV")                                                                //
        ("json", "A list of objects")                                                           //
        ("watch", po::value<double>()->value_name("SECONDS"), "Again and again, until Ctrl-C")  //
        ("all-routers", "Of every router of the network");
    add_router_flags(line);
    add_connection_flags(line, "How long to wait for the router (5)");
    return line;
}

namespace {

const View* chosen_view(const CommandLine& line) {
    const View* chosen = nullptr;
    for (const View& view : views()) {
        if (!line.has(long_name(view))) {
            continue;
        }
        if (chosen != nullptr) {
            throw Failure("give either --" + long_name(*chosen) + " or --" + long_name(view));
        }
        chosen = &view;
    }
    return chosen != nullptr ? chosen : &views().front();
}

Settings read_settings(const CommandLine& line) {
    if (!line.words().empty()) {
        throw Failure("'" + line.words().front() + "' is not a flag; see 'weft stat --help'");
    }
    if (line.has("csv") && line.has("json")) {
        throw Failure("give either --csv or --json");
    }
    if (line.has("all-routers") &&
        (line.has("router") || line.has("edge-router") || line.has("broker"))) {
        throw Failure("give either --all-routers or one router or broker");
    }
    Settings settings;
    settings.view = chosen_view(line);
    settings.options.verbose = line.has("verbose");
    settings.options.limit = line.has("limit") ? line.get<std::size_t>("limit") : 0;
    settings.format = line.has("csv")    ? Format::csv
                      : line.has("json") ? Format::json
                                         : Format::text;
    settings.all_routers = line.has("all-routers");
    settings.connection = connection_options(line);
    if (line.has("watch")) {
        settings.watch = parse_seconds("--watch", line.get<double>("watch"));
    }
    return settings;
}

std::string utc_now() {
    const auto now = std::chrono::system_clock::now();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(now - seconds);
    const std::time_t epoch = std::chrono::system_clock::to_time_t(seconds);
    std::tm fields{};
    ::gmtime_r(&epoch, &fields);
    std::array<char, 64> text{};
    const std::size_t used = std::strftime(text.data(), text.size(), "%F %T", &fields);
    std::snprintf(text.data() + used, text.size() - used, ".%06d UTC",
                  static_cast<int>(micros.count()));
    return text.data();
}

std::string id_of(EntitySource& router) {
    const bool broker = !router.knows("router");
    const std::vector<Entity> self = router.query(broker ? "broker" : "router", {"id"}, 1);
    return self.empty() ? std::string{} : text_of(self.front(), "id");
}

/// "_topo/0/ID/$management" → ID.
std::string id_in_address(const std::string& address) {
    constexpr std::string_view kBefore = "_topo/0/";
    const std::size_t begin = address.starts_with(kBefore) ? kBefore.size() : 0;
    return address.substr(begin, address.find('/', begin) - begin);
}

/// What a router knows of brokers' queues and the like, and what they tell themselves.
Report ask_behind(ManagementClient& router, const Settings& settings) {
    Report report = settings.view->make(router, settings.options);
    if (router.knows(settings.view->of_brokers)) {
        return report;  // it is a broker
    }
    BrokersTold told = ask_brokers(settings.connection, brokers_in(router.query("address", {}, 0)),
                                   settings.view->of_brokers, settings.options.limit);
    for (const std::string& broker : told.silent) {
        std::cerr << "weft: no answer of broker " << printable(broker) << '\n';
    }
    if (!told.heard) {
        return report;
    }
    const auto make = settings.view->of_brokers == "queue"   ? queue_report
                      : settings.view->of_brokers == "topic" ? topic_report
                                                             : subscription_report;
    Report own = make(std::move(told.entities), settings.options);
    std::ranges::move(report.parts, std::back_inserter(own.parts));
    return own;
}

void show_one(ManagementClient& client, const Settings& settings, std::ostream& out) {
    Report report = settings.view->of_brokers.empty()
                        ? settings.view->make(client, settings.options)
                        : ask_behind(client, settings);
    if (settings.format == Format::json) {
        out << json_text(Json(std::move(report.entities)), 2) << '\n';
        return;
    }
    if (settings.view->stamped) {
        out << utc_now() << '\n' << id_of(client) << "\n\n";
    }
    print(report, settings.format == Format::csv, out);
}

void show_all(ManagementClient& client, const Settings& settings, std::ostream& out) {
    client.aim(kOwnManagement);
    const std::vector<std::string> addresses = client.routers();
    if (addresses.empty()) {  // a router that stands alone
        show_one(client, settings, out);
        return;
    }
    Json entities = Json::array();
    const bool json = settings.format == Format::json;
    if (!json) {
        out << utc_now() << '\n';
    }
    for (const std::string& address : addresses) {
        client.aim(address);
        Report report = settings.view->make(client, settings.options);
        if (json) {
            for (Entity& entity : report.entities) {
                entity["routerId"] = id_in_address(address);
                entities.push_back(std::move(entity));
            }
            continue;
        }
        out << "Router  " << id_in_address(address) << "\n\n";
        print(report, settings.format == Format::csv, out);
        out << '\n';
    }
    if (json) {
        out << json_text(entities, 2) << '\n';
    }
}

void show(ManagementClient& client, const Settings& settings) {
    std::ostringstream text;  // whole before it is printed, so that a redraw does not flicker
    settings.all_routers ? show_all(client, settings, text) : show_one(client, settings, text);
    if (settings.watch && ::isatty(STDOUT_FILENO) != 0) {
        std::cout << "\x1b[H\x1b[2J";
    }
    std::cout << text.str() << std::flush;
    if (!std::cout) {
        throw Failure("cannot write to standard output");
    }
}

void watch(ManagementClient& client, const Settings& settings) {
    const Interrupt interrupt;
    auto next = std::chrono::steady_clock::now();
    while (!Interrupt::raised()) {
        show(client, settings);
        next = std::max(next + *settings.watch, std::chrono::steady_clock::now());
        client.idle_until(next);
    }
}

}  // namespace

int run_stat(Arguments arguments) {
    CommandLine line = stat_line();
    if (!line.parse(arguments)) {
        return 0;
    }
    const Settings settings = read_settings(line);
    const std::string address = management_address(line);
    ManagementClient client(settings.connection, address);
    settings.watch ? watch(client, settings) : show(client, settings);
    client.close();
    return 0;
}

}  // namespace weft::tools
