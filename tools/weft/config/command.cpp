#include "tools/weft/config/command.hpp"

#include "common/config/json_schema.hpp"
#include "router/config/conf_import.hpp"
#include "router/config/load.hpp"
#include "router/config/qdrouterd_conf.hpp"
#include "router/config/router_keys.hpp"
#include "tools/weft/failure.hpp"
#include "tools/weft/whole_file.hpp"

#include <cstdio>
#include <filesystem>
#include <vector>

namespace weft::tools {

namespace {

constexpr const char* kUsage =
    "usage: weft config check FILE…\n"
    "       weft config import QDROUTERD_CONF [OUT]\n"
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

/// A qdrouterd.conf as our JSON: on standard output, or in a file that is not there yet.
int import(std::span<const std::string> files) {
    const std::string& from = files.front();
    const auto text = config::read_file(from);
    if (!text) {
        throw Failure(from + ": " + text.error());
    }
    if (!router_config::is_qdrouterd_conf(*text)) {
        throw Failure(from + " is no qdrouterd.conf: our JSON is what it would be made into");
    }
    const router_config::ConfImport made =
        router_config::import_conf(from, *text, {"localhost", 1}, config::read_file);
    if (files.size() > 1) {
        if (std::filesystem::exists(files[1])) {
            throw Failure(files[1] + " is there already: remove it, or name another file");
        }
        write_whole(files[1], made.json, 0600);  // it may have passwords
    } else {
        std::fputs(made.json.c_str(), stdout);
    }
    const auto say = [](const char* what, const std::vector<std::string>& lines) {
        for (const std::string& line : lines) {
            std::fprintf(stderr, "%s%s\n", what, line.c_str());
        }
    };
    say("note: ", made.notes);
    say("LEFT OUT: ", made.lost);
    say("check: ", made.faults);
    if (!made.lost.empty()) {
        std::fputs("not all is carried over: look for NOT CARRIED OVER in the result\n", stderr);
    }
    if (!made.is_good) {
        std::fputs("mend what the check says before the result is used\n", stderr);
    }
    return made.lost.empty() && made.is_good ? 0 : 1;
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
    if (verb == "import" && (arguments.size() == 2 || arguments.size() == 3)) {
        return import(arguments.subspan(1));
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
