#include "tools/weft/config/command.hpp"

#include "common/config/json_schema.hpp"
#include "router/config/load.hpp"
#include "router/config/router_keys.hpp"

#include <cstdio>

namespace weft::tools {

namespace {

constexpr const char* kUsage =
    "usage: weft config check FILE…\n"
    "       weft config schema [router]\n";

int usage() {
    std::fputs(kUsage, stderr);
    return 2;
}

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

int check_all(std::span<const std::string> files) {
    bool good = true;
    for (const std::string& file : files) {
        good = check(file) && good;
    }
    return good ? 0 : 1;
}

}  // namespace

int config_command(std::span<const std::string> arguments) {
    const std::string verb = arguments.empty() ? "" : arguments.front();
    if (verb == "--help" || verb == "-h") {
        std::fputs(kUsage, stdout);
        return 0;
    }
    if (verb == "check" && arguments.size() > 1) {
        return check_all(arguments.subspan(1));
    }
    const bool router =
        arguments.size() == 1 || (arguments.size() == 2 && arguments[1] == "router");
    if (verb == "schema" && router) {
        std::fputs(config::json_schema(router_config::router_table()).c_str(), stdout);
        return 0;
    }
    return usage();
}

}  // namespace weft::tools
