#include "common/config/json_schema.hpp"
#include "router/config/load.hpp"
#include "router/config/router_keys.hpp"
#include "tools/weft/commands.hpp"
#include "tools/weft/failure.hpp"

#include <cstdio>

namespace weft::tools {

CommandLine config_line() {
    return CommandLine(
        "config check FILE…\n       weft config schema",
        "Checks configurations of routers, and prints what they may have.\n\n"
        "  check FILE…  prints each fault, with its place and what would be right, on a line\n"
        "               of standard error; exit status 0 if no file has an error\n"
        "  schema       prints the JSON Schema, for editors",
        {"weft config check router-a.json router-b.json",
         "weft config schema > router.schema.json"});
}

namespace {

bool check(const std::string& file) {
    config::Faults faults;
    const router_config::Host host{"localhost", 1};
    const bool good =
        router_config::load_router_config(file, {}, host, config::read_file, faults).has_value();
    for (const std::string& line : faults.lines()) {
        std::fprintf(stderr, "%s\n", line.c_str());
    }
    if (good) {
        std::printf("%s: ok\n", file.c_str());
    }
    return good;
}

int check_all(Arguments files) {
    bool good = true;
    for (const std::string& file : files) {
        good = check(file) && good;
    }
    return good ? 0 : 1;
}

}  // namespace

int run_config(Arguments arguments) {
    CommandLine line = config_line();
    if (!line.parse(arguments)) {
        return 0;
    }
    const auto& words = line.words();
    const std::string verb = words.empty() ? "" : words.front();
    if (verb == "check" && words.size() > 1) {
        return check_all(Arguments{words}.subspan(1));
    }
    // "schema router" is the older form.
    if (verb == "schema" && (words.size() == 1 || (words.size() == 2 && words[1] == "router"))) {
        std::fputs(config::json_schema(router_config::router_table()).c_str(), stdout);
        return 0;
    }
    throw Failure("check with FILEs, or schema; see 'weft config --help'");
}

}  // namespace weft::tools
