#include "common/config/cli.hpp"
#include "tools/weft/broker/drain.hpp"
#include "tools/weft/command_table.hpp"
#include "tools/weft/failure.hpp"
#include "tools/weft/manual/completion.hpp"
#include "tools/weft/manual/man_page.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace weft::tools {

CommandLine manual_line() {
    return CommandLine("manual man DIR\n       weft manual bash | zsh | fish",
                       "Writes what the packages of Weft install, from the tables of flags.\n\n"
                       "  man DIR           the man pages of weft, of its commands and of the "
                       "daemons, as files in DIR\n"
                       "  bash, zsh, fish   prints what that shell completes the words of weft by",
                       {"weft manual man . && man ./weft-stat.1", "source <(weft manual bash)",
                        "weft manual fish > ~/.config/fish/completions/weft.fish"});
}

namespace {

namespace fs = std::filesystem;

constexpr const char* kDaemonText =
    "Runs in the foreground and writes its log to standard error. All keys of its configuration, a "
    "JSON\n"
    "file with comments, stand in the reference beside this package's documentation; --check reads "
    "a\n"
    "file and prints each fault with its place and what would be right.\n\n"
    "It says that it is ready, to the service manager too, once all listeners are bound.\n\n"
    "  SIGTERM, SIGINT  ends what is under way, and stops\n"
    "  SIGHUP           reads certificates, keys and users anew\n\n"
    "Exit status: 0 when it was told to stop, 1 if it could not start.";

struct DaemonPage {
    config::Program program;
    std::vector<std::string> examples;
};

std::vector<DaemonPage> daemons() {
    return {
        {{.name = "weft-router",
          .version = WEFT_VERSION,
          .summary = "an AMQP 1.0 router",
          .takes_qdrouterd_options = true},
         {"weft-router --config /etc/weft/router.json --check",
          "weft-router --config /etc/weft/router.json --set /router/id=edge-1"}},
        {{.name = "weft-broker",
          .version = WEFT_VERSION,
          .summary = "a broker of AMQP 1.0 that keeps queues and topics for routers"},
         {"weft-broker --config /etc/weft/broker.json"}},
        {{.name = "weft-mqtt-gateway",
          .version = WEFT_VERSION,
          .summary = "a gateway between devices of MQTT and routers of AMQP 1.0"},
         {"weft-mqtt-gateway --config /etc/weft/mqtt-gateway.json"}},
    };
}

Description described(const DaemonPage& daemon) {
    FlagGroup options{.title = "Options", .flags = {}};
    for (auto& option : config::options_of(daemon.program)) {
        options.flags.push_back(
            {option.letter, option.name, option.parameter, std::move(option.meaning)});
    }
    return {.name = std::string{daemon.program.name},
            .summary = std::string{daemon.program.summary},
            .synopsis = std::string{daemon.program.name} + " --config FILE [OPTIONS]",
            .text = kDaemonText,
            .groups = {std::move(options)},
            .examples = daemon.examples};
}

Description described(const Command& command) {
    Description words = command.line().describe();
    words.summary = command.summary;
    return words;
}

/// The page of `weft` itself.
Description overview() {
    Description words{
        .name = "weft",
        .summary = "the command line of Weft, an AMQP 1.0 router mesh",
        .synopsis = "weft COMMAND [ARGUMENTS]",
        .text = "Each command has a page of its own, and says by --help what it takes.\n",
        .groups = {},
        .examples = {"weft recv greetings --count 1 &", "weft send greetings hello"}};
    for (const Command& command : commands()) {
        std::string name = "weft-" + std::string{command.name} + "(1)";
        name.resize(std::max<std::size_t>(name.size() + 1, 18), ' ');
        words.text += "\n  " + name + std::string{command.summary};
    }
    return words;
}

void write_page(const fs::path& folder, const Description& words, int section) {
    const fs::path path = folder / man_file(words, section);
    std::ofstream file{path, std::ios::binary};
    file << man_page(words, section, WEFT_VERSION);
    if (!file.flush()) {
        throw Failure("can't write " + path.string());
    }
}

void write_pages(const fs::path& folder) {
    write_page(folder, overview(), 1);
    for (const Command& command : commands()) {
        write_page(folder, described(command), 1);
    }
    Description drain = drain_line().describe();
    drain.name = "weft broker drain";
    drain.summary = "Empty a broker: its messages move to the others that keep their queues";
    write_page(folder, drain, 1);
    for (const DaemonPage& daemon : daemons()) {
        write_page(folder, described(daemon), 8);
    }
}

std::vector<Completed> completed() {
    std::vector<Completed> all;
    for (const Command& command : commands()) {
        std::istringstream verbs{std::string{command.verbs}};
        Completed& one = all.emplace_back(
            Completed{.name = std::string{command.name}, .verbs = {}, .words = described(command)});
        for (std::string verb; verbs >> verb;) {
            one.verbs.push_back(verb);
        }
    }
    return all;
}

struct Shell {
    std::string_view name;
    std::string (*completion)(std::span<const Completed>);
};
constexpr std::array kShells{Shell{"bash", bash_completion}, Shell{"zsh", zsh_completion},
                             Shell{"fish", fish_completion}};

}  // namespace

int run_manual(Arguments arguments) {
    CommandLine line = manual_line();
    if (!line.parse(arguments)) {
        return 0;
    }
    const auto& words = line.words();
    if (words.size() == 2 && words[0] == "man") {
        write_pages(words[1]);
        return 0;
    }
    const auto shell =
        words.size() == 1 ? std::ranges::find(kShells, words[0], &Shell::name) : kShells.end();
    if (shell == kShells.end()) {
        throw Failure("man DIR, bash, zsh or fish; see 'weft manual --help'");
    }
    std::fputs(shell->completion(completed()).c_str(), stdout);
    return 0;
}

}  // namespace weft::tools
