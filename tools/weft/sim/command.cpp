#include "tools/sim/simulation.hpp"
#include "tools/sim/verdict.hpp"
#include "tools/weft/commands.hpp"
#include "tools/weft/failure.hpp"
#include "tools/weft/management/client.hpp"
#include "tools/weft/sim/export.hpp"
#include "tools/weft/sim/json.hpp"
#include "tools/weft/sim/print.hpp"

#include <algorithm>
#include <array>
#include <iostream>
#include <sstream>
#include <string_view>
#include <utility>

namespace weft::tools {
namespace {

namespace po = boost::program_options;

constexpr std::array<std::string_view, 8> kSimulationFlags{"topology", "fail",  "restore", "at",
                                                           "silent",   "until", "seed",    "json"};

}  // namespace

CommandLine sim_line() {
    CommandLine line(
        "sim --topology FILE [FLAGS]",
        "Runs a mesh on a virtual clock and network, with the routers' own link-state machine, "
        "and\n"
        "says what each failure does to it: how long until all agree, who was without a path, who\n"
        "is cut off. No router is touched. WHAT is a router's id, or a link, as core-1/edge-3.\n"
        "TIME is as 10s, 500ms or 2m since the start. Exit status: 0 if in the end all routers\n"
        "that run reach each other, 2 if not, 1 if something is wrong with the arguments.",
        {"weft sim --topology mesh.json                        # at rest: single points of failure",
         "weft sim --topology mesh.json --fail core-1 --at 10s",
         "weft sim --topology mesh.json --fail core-1 --at 10s --silent --restore core-1 --at 1m",
         "weft sim --topology mesh.json --fail core-1/edge-3 --fail core-2 --at 10s --json",
         "weft sim --export -b 10.0.0.7:5672 > mesh.json      # a mesh that runs"});
    const auto named = [](const char* name) { return po::value<std::string>()->value_name(name); };
    const auto several = [](const char* name) {
        return po::value<std::vector<std::string>>()->value_name(name);
    };
    line.group("Simulation")
        .add_options()                                                                      //
        ("topology", named("FILE"), "Routers, addresses and links, as JSON with comments")  //
        ("fail", several("WHAT"), "Fails at the time of the next --at; may be repeated")    //
        ("restore", several("WHAT"), "Comes back at the time of the next --at")             //
        ("at", several("TIME"), "When that happens which was named since the last --at")    //
        ("silent", "What fails falls silent and closes no connection, as if frozen")        //
        ("until", named("TIME"), "How long to go on (default: until all agree)")            //
        ("seed", po::value<std::uint64_t>()->value_name("N")->default_value(1),
         "Of the jitter")  //
        ("json", "The report as one JSON object");
    line.group("Topology of a live mesh")
        .add_options()  //
        ("export", "Print it, as --topology reads it, from the routers themselves");
    add_connection_flags(line, "How long to wait for each router (5)");
    return line;
}

namespace {

template <class T>
T value_or_fail(tl::expected<T, std::string> value, const std::string& flag) {
    if (!value) {
        throw Failure("--" + flag + ": " + value.error());
    }
    return *std::move(value);
}

/// A flag that has no effect is refused.
void check_flags(const CommandLine& line) {
    if (!line.words().empty()) {
        throw Failure("'" + line.words().front() + "' is not a flag; see 'weft sim --help'");
    }
    const bool exports = line.has("export");
    if (!exports && !line.has("topology")) {
        throw Failure("give --topology FILE; 'weft sim --export' makes one of a live mesh");
    }
    for (const auto& [flag, value] : line.given()) {
        const bool simulates = std::ranges::count(kSimulationFlags, flag) > 0;
        if (flag != "export" && simulates == exports) {
            throw Failure("--" + flag +
                          (exports ? " has no effect with --export" : " needs --export"));
        }
    }
}

sim::Topology load_topology(const std::string& path) {
    config::Faults faults;
    auto topology = sim::read_topology(path, config::read_file, faults);
    if (!topology) {
        std::string text;
        for (const std::string& fault : faults.lines()) {
            text += (text.empty() ? "" : "\n") + fault;
        }
        std::cerr << text << '\n';
        throw Failure(path + " is no topology; see the lines above");
    }
    return *std::move(topology);
}

sim::Scenario read_scenario(const CommandLine& line, const sim::Topology& topology) {
    sim::Scenario scenario{.silent = line.has("silent"), .seed = line.get<std::uint64_t>("seed")};
    std::size_t dated = 0;
    for (const auto& [flag, value] : line.given()) {
        if (flag == "fail" || flag == "restore") {
            scenario.changes.push_back({.part = value_or_fail(parse_part(topology, value), flag),
                                        .fails = flag == "fail"});
        } else if (flag == "at") {
            const Duration at = value_or_fail(sim::parse_time(value), flag);
            if (dated == scenario.changes.size()) {
                throw Failure("--at " + value + " stands behind no --fail or --restore");
            }
            while (dated < scenario.changes.size()) {
                scenario.changes[dated++].at = at;
            }
        }
    }
    if (dated < scenario.changes.size()) {
        const sim::Change& change = scenario.changes.back();
        throw Failure((change.fails ? "--fail " : "--restore ") + part_text(topology, change.part) +
                      " needs --at TIME behind it");
    }
    if (const auto ordered = put_in_order(topology, scenario.changes); !ordered) {
        throw Failure(ordered.error());
    }
    if (line.has("until")) {
        scenario.until = value_or_fail(sim::parse_time(line.get<std::string>("until")), "until");
        if (!scenario.changes.empty() && *scenario.until <= scenario.changes.back().at) {
            throw Failure("--until must be later than the last --at");
        }
    }
    return scenario;
}

void read(EntitySource& router, Sight& sight) {
    const std::vector<Entity> self = router.query("router", {}, 1);
    sight.self = self.empty() ? Entity::object() : self.front();
    sight.nodes = router.query("router.node", {"id", "linkState", "nextHop", "cost"}, 0);
    sight.addresses =
        router.query("router.address", {"name", "subscriberCount"}, sim::kAddressesMax);
    sight.connections = router.query("connection", {"container", "dir", "host"}, 0);
    sight.connectors = router.query("connector", {"host", "port", "cost"}, 0);
}

std::vector<Sight> look_at_all(ManagementClient& client) {
    const std::vector<std::string> addresses = client.routers();
    std::vector<Sight> sights;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        Sight sight{.router = id_in_address(addresses[i])};
        if (i > 0) {  // the first is the one connected to
            client.aim(addresses[i]);
        }
        try {
            read(client, sight);
        } catch (const Failure& failure) {
            if (i == 0) {
                throw;
            }
            sight.failure = failure.what();
            std::cerr << "weft sim: router " << sight.router << ": " << sight.failure << '\n';
        }
        sights.push_back(std::move(sight));
    }
    return sights;
}

void print(const std::string& text) {
    std::cout << text << std::flush;
    if (!std::cout) {
        throw Failure("cannot write to standard output");
    }
}

int export_mesh(const CommandLine& line) {
    ManagementClient client(connection_options(line), "$management");
    const std::vector<Sight> sights = look_at_all(client);
    client.close();
    if (sights.empty()) {
        throw Failure("this router is in no mesh: its mode is not interior");
    }
    print(topology_text(sights));
    return 0;
}

}  // namespace

int run_sim(Arguments arguments) {
    CommandLine line = sim_line();
    if (!line.parse(arguments)) {
        return 0;
    }
    check_flags(line);
    if (line.has("export")) {
        return export_mesh(line);
    }
    const sim::Topology topology = load_topology(line.get<std::string>("topology"));
    const sim::Report report = simulate(topology, read_scenario(line, topology));
    const sim::Verdict verdict = judge(topology, report);
    std::ostringstream text;
    if (line.has("json")) {
        text << json_text(sim_json(topology, report, verdict), 2) << '\n';
    } else {
        print_sim(topology, report, verdict, text);
    }
    print(text.str());
    return report.is_whole() ? 0 : 2;
}

}  // namespace weft::tools
