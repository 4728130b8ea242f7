#include "tools/weft/commands.hpp"
#include "tools/weft/connection/interrupt.hpp"
#include "tools/weft/failure.hpp"
#include "tools/weft/manage/selection.hpp"
#include "tools/weft/management/client.hpp"
#include "tools/weft/management/flags.hpp"
#include "tools/weft/watch/changes.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace weft::tools {
namespace {

namespace po = boost::program_options;

constexpr double kSeconds = 2;
/// A daemon works for a watch at most one part in so many of the time.
constexpr int kRest = 100;

}  // namespace

CommandLine watch_line() {
    CommandLine line(
        "watch TYPE [ATTRIBUTE…] [FLAGS]",
        "Shows the entities of a type, then a line for each that is new, changed or gone, until\n"
        "Ctrl-C. What 'weft manage query' takes selects them. Name the attributes that you are\n"
        "after: counters that always move make a line each time.",
        {"weft watch router.link identity owningAddr blockedReason   # links that stand still",
         "weft watch queue name messages --broker b1 --sort -messages --limit 5",
         "weft watch connection container host user --json",
         "weft watch router.node id reachable nextHop"});
    const auto named = [](const char* name) { return po::value<std::string>()->value_name(name); };
    line.group("What to watch, and how")
        .add_options()  //
        ("where", po::value<std::vector<std::string>>()->composing()->value_name("NAME=TEXT"),
         "Those whose attribute is that (NAME!=TEXT: is not; TEXT*: begins so); all must hold")  //
        ("match", named("TEXT"), "Those one of whose values contains it, in any case")           //
        ("sort", named("NAME"), "The least first; -NAME: the largest")                           //
        ("limit", po::value<std::size_t>()->value_name("N"), "At most N of them")                //
        ("seconds", po::value<double>()->value_name("N")->default_value(kSeconds),
         "Time between two looks; longer where they cost more than 1 % of it")  //
        ("json", "A line of JSON for each");
    add_router_flags(line);
    add_connection_flags(line, "How long to wait for the router (5)");
    return line;
}

namespace {

Selection selection_of(const CommandLine& line) {
    const auto text = [&line](const char* flag) {
        return line.has(flag) ? line.get<std::string>(flag) : std::string{};
    };
    Selection selection{.match = text("match"), .sort = text("sort")};
    if (line.has("where")) {
        selection.conditions = line.get<std::vector<std::string>>("where");
    }
    return selection;
}

/// Those by which entities are known, and those that are asked for; empty: all.
std::vector<std::string> attributes_of(const CommandLine& line) {
    std::vector<std::string> attributes(line.words().begin() + 1, line.words().end());
    for (const char* key : {"name", "identity"}) {
        if (!attributes.empty() && std::ranges::find(attributes, key) == attributes.end()) {
            attributes.insert(attributes.begin(), key);
        }
    }
    return attributes;
}

void tell(const std::vector<EntityChange>& changes, bool json) {
    for (const EntityChange& change : changes) {
        std::cout << change_line(change, json) << '\n';
    }
    std::cout << std::flush;
    if (!std::cout) {
        throw Failure("cannot write to standard output");
    }
}

}  // namespace

int run_watch(Arguments arguments) {
    CommandLine line = watch_line();
    if (!line.parse(arguments)) {
        return 0;
    }
    if (line.words().empty()) {
        throw Failure("what? Name a type of entities, such as connection; see 'weft watch --help'");
    }
    const auto pause = parse_seconds("--seconds", line.get<double>("seconds"));
    const Selection selection = selection_of(line);
    const std::vector<std::string> attributes = attributes_of(line);
    const std::size_t limit = line.has("limit") ? line.get<std::size_t>("limit") : 0;
    ManagementClient client(connection_options(line), management_address(line));
    const Interrupt interrupt;
    std::vector<Entity> before;
    while (!Interrupt::raised()) {
        const auto began = std::chrono::steady_clock::now();
        std::vector<Entity> now =
            selected(client.query(line.words().front(), attributes, selection.asks() ? 0 : limit),
                     selection, limit);
        const auto ended = std::chrono::steady_clock::now();
        tell(changes_between(before, now), line.has("json"));
        before = std::move(now);
        client.idle_until(
            ended + std::max<std::chrono::steady_clock::duration>(pause, (ended - began) * kRest));
    }
    client.close();
    return 0;
}

}  // namespace weft::tools
