#include "common/base/printable.hpp"
#include "tools/weft/audit/lines.hpp"
#include "tools/weft/command_line.hpp"
#include "tools/weft/commands.hpp"
#include "tools/weft/connection/interrupt.hpp"
#include "tools/weft/failure.hpp"
#include "tools/weft/management/client.hpp"
#include "tools/weft/management/flags.hpp"

#include <chrono>
#include <iostream>
#include <string>
#include <vector>

namespace weft::tools {
namespace {

namespace po = boost::program_options;

/// How often one who follows asks.
constexpr auto kPeriod = std::chrono::seconds{1};
/// What is shown if nobody says how many.
constexpr std::size_t kShown = 20;

}  // namespace

CommandLine audit_line() {
    CommandLine line(
        "audit [FLAGS]",
        "Shows who logged in to a daemon or was not let in, and who changed what, the last of\n"
        "it, the newest last. A daemon keeps a thousand of each in memory, and all of it in the\n"
        "file that audit.file of its configuration names, one line of JSON each.",
        {"weft audit                            # what was done of late",
         "weft audit --follow                   # and what comes", "weft audit --user ann -n 100",
         "weft audit --action login --refused   # who was not let in", "weft audit --json | jq"});
    const auto named = [](const char* name) { return po::value<std::string>()->value_name(name); };
    line.group("Audit").add_options()  //
        ("lines,n", po::value<std::size_t>()->value_name("N")->default_value(kShown),
         "The last N")                                                                         //
        ("follow,f", "Goes on with those that come, until it is interrupted")                  //
        ("user", named("USER"), "Of that user alone")                                          //
        ("action", named("ACTION"), "Of that action alone: login, create, update, delete, …")  //
        ("refused", "Only what was refused, or failed")                                        //
        ("json", "A JSON object each, one a line");
    add_router_flags(line);
    add_connection_flags(line, "How long to wait for the daemon (5)");
    return line;
}

namespace {

void show(const std::vector<Entity>& events, bool json) {
    for (const Entity& event : events) {
        std::cout << (json ? json_text(event, -1) : printable(audit_text(event))) << '\n';
    }
    std::cout << std::flush;
    if (!std::cout) {
        throw Failure("cannot write to standard output");
    }
}

}  // namespace

int run_audit(Arguments arguments) {
    CommandLine line = audit_line();
    if (!line.parse(arguments)) {
        return 0;
    }
    if (!line.words().empty()) {
        throw Failure("'" + line.words().front() + "' means nothing here; see 'weft audit --help'");
    }
    const auto given = [&line](const char* flag) {
        return line.has(flag) ? line.get<std::string>(flag) : std::string{};
    };
    const AuditFilter filter{
        .user = given("user"), .action = given("action"), .refused = line.has("refused")};
    const Interrupt interrupt;
    ManagementClient daemon(connection_options(line), management_address(line));
    if (!daemon.knows("audit")) {
        throw Failure("this daemon keeps no audit: it is none of Weft's, or too old");
    }
    std::int64_t last = 0;
    std::size_t most = line.get<std::size_t>("lines");
    while (!Interrupt::raised()) {
        const std::vector<Entity> all = daemon.query("audit", {}, 0);
        show(audit_of(all, filter, last, most), line.has("json"));
        for (const Entity& each : all) {
            last = std::max(last, audit_number(each));
        }
        if (!line.has("follow")) {
            break;
        }
        most = SIZE_MAX;
        daemon.idle_until(std::chrono::steady_clock::now() + kPeriod);
    }
    daemon.close();
    return 0;
}

}  // namespace weft::tools
