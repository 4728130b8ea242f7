#include "common/config/json_schema.hpp"
#include "router/config/conf_import.hpp"
#include "router/config/load.hpp"
#include "router/config/qdrouterd_conf.hpp"
#include "router/config/router_keys.hpp"
#include "tools/weft/commands.hpp"
#include "tools/weft/config/mosquitto_conf.hpp"
#include "tools/weft/config/mosquitto_import.hpp"
#include "tools/weft/failure.hpp"
#include "tools/weft/whole_file.hpp"

#include <cstdio>
#include <filesystem>
#include <vector>

namespace weft::tools {

CommandLine config_line() {
    return CommandLine(
        "config check FILE…\n       weft config import CONF [OUT]\n       weft config "
        "schema",
        "Checks configurations of routers, reads those of qdrouterd and mosquitto, and prints what "
        "they may have.\n\n"
        "  check FILE…  prints each fault, with its place and what would be right, on a line\n"
        "               of standard error; exit status 0 if no file has an error\n"
        "  import CONF [OUT]\n"
        "               prints a qdrouterd.conf as a router's JSON, with its comments, or a "
        "mosquitto.conf\n"
        "               as an MQTT gateway's, or makes a file of it; exit status 0 if all of it "
        "is\n"
        "               carried over (and a router's has no error)\n"
        "  schema       prints the JSON Schema, for editors",
        {"weft config check router-a.json router-b.json",
         "weft config import /etc/qpid-dispatch/qdrouterd.conf router.json",
         "weft config import /etc/mosquitto/mosquitto.conf mqtt-gateway.json",
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

/// On standard output, or in a file that is not there yet.
void put(const std::string& json, Arguments files) {
    if (files.size() < 2) {
        std::fputs(json.c_str(), stdout);
        return;
    }
    if (std::filesystem::exists(files[1])) {
        throw Failure(files[1] + " is there already: remove it, or name another file");
    }
    write_whole(files[1], json, 0600);  // it may have passwords
}

void say(const char* what, const std::vector<std::string>& lines) {
    for (const std::string& line : lines) {
        std::fprintf(stderr, "%s%s\n", what, line.c_str());
    }
}

void say_what_is_lost(const std::vector<std::string>& lost) {
    say("LEFT OUT: ", lost);
    if (!lost.empty()) {
        std::fputs("not all is carried over: look for NOT CARRIED OVER in the result\n", stderr);
    }
}

int import_qdrouterd(const std::string& text, Arguments files) {
    const router_config::ConfImport made =
        router_config::import_conf(files.front(), text, {"localhost", 1}, config::read_file);
    put(made.json, files);
    say("note: ", made.notes);
    say_what_is_lost(made.lost);
    say("check: ", made.faults);
    if (!made.is_good) {
        std::fputs("mend what the check says before the result is used\n", stderr);
    }
    return made.lost.empty() && made.is_good ? 0 : 1;
}

int import_mosquitto_conf(const std::string& text, Arguments files) {
    const MosquittoImport made = import_mosquitto(files.front(), text, config::read_file);
    put(made.json, files);
    say("note: ", made.notes);
    say_what_is_lost(made.lost);
    return made.lost.empty() ? 0 : 1;
}

int import_conf_file(Arguments files) {
    const std::string& from = files.front();
    const auto text = config::read_file(from);
    if (!text) {
        throw Failure(from + ": " + text.error());
    }
    if (is_mosquitto_conf(*text)) {  // first: a qdrouterd.conf is whatever is no JSON
        return import_mosquitto_conf(*text, files);
    }
    if (router_config::is_qdrouterd_conf(*text)) {
        return import_qdrouterd(*text, files);
    }
    throw Failure(
        from +
        " is no qdrouterd.conf and no mosquitto.conf: our JSON is what they would be made into");
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
    if (verb == "import" && (words.size() == 2 || words.size() == 3)) {
        return import_conf_file(Arguments{words}.subspan(1));
    }
    // "schema router" is the older form.
    if (verb == "schema" && (words.size() == 1 || (words.size() == 2 && words[1] == "router"))) {
        std::fputs(config::json_schema(router_config::router_table()).c_str(), stdout);
        return 0;
    }
    throw Failure("check with FILEs, import, or schema; see 'weft config --help'");
}

}  // namespace weft::tools
