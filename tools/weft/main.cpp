#include "common/base/printable.hpp"
#include "tools/weft/commands.hpp"
#include "tools/weft/config/command.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace {

using weft::tools::Arguments;

struct Command {
    std::string_view name;
    std::string_view summary;
    int (*run)(Arguments arguments);
};

constexpr std::array kCommands{
    Command{"stat", "Show a router's state: links, addresses, connections, …",
            weft::tools::run_stat},
    Command{"manage", "Query, create, read, update and delete a router's entities",
            weft::tools::run_manage},
    Command{"address", "List, create, update and delete what addresses mean, mesh-wide",
            weft::tools::run_address},
    Command{"queue", "Look into a broker's queue, empty it, move its messages; make and delete",
            weft::tools::run_queue},
    Command{"top", "Watch the network: routers, busiest addresses, slowest links",
            weft::tools::run_top},
    Command{"why", "Say what becomes of messages to an address, and why", weft::tools::run_why},
    Command{"audit", "Show who logged in to a daemon, and who changed what",
            weft::tools::run_audit},
    Command{"sim", "Simulate a mesh: what happens when a router or a link fails",
            weft::tools::run_sim},
    Command{"broker", "Back up, verify and restore a broker's store; empty a broker",
            weft::tools::run_broker},
    Command{"pki", "Make certificates for a mesh, by an authority of its own",
            weft::tools::run_pki},
    Command{"user", "Add and delete users who come in with a password", weft::tools::run_user},
    Command{"send", "Send messages to an address", weft::tools::run_send},
    Command{"recv", "Receive messages from an address", weft::tools::run_recv},
    Command{"bench", "Measure a router or a broker: rate, latency, CPU, memory, losses",
            weft::tools::run_bench},
    Command{"config", "Check configurations, print their schema", weft::tools::config_command},
};

void print_help(std::ostream& out) {
    constexpr std::size_t kNameWidth = 10;
    out << "usage: weft COMMAND [ARGUMENTS]\n"
           "       weft COMMAND --help\n"
           "       weft --version\n\n"
           "The command line of the Weft AMQP router.\n\n"
           "Commands:\n";
    for (const Command& command : kCommands) {
        std::string name{command.name};
        name.resize(kNameWidth, ' ');
        out << "  " << name << command.summary << '\n';
    }
    out << "\nExamples:\n"
           "  weft recv greetings --count 1 &\n"
           "  weft send greetings hello\n"
           "  weft stat --links -b router.example.com:5672\n";
}

/// A foreign library's text may have several lines, and a router's any characters; we promise one
/// line that a terminal may show.
std::string one_line(std::string text) {
    std::ranges::replace(text, '\n', ' ');
    return weft::printable(text);
}

int run(const Command& command, Arguments arguments) {
    try {
        return command.run(arguments);
    } catch (const std::exception& error) {
        std::cout.flush();
        std::cerr << "weft " << command.name << ": " << one_line(error.what()) << '\n';
        return 1;
    }
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (words.empty()) {
        print_help(std::cerr);
        return 1;
    }
    if (words[0] == "--help" || words[0] == "-h") {
        print_help(std::cout);
        return 0;
    }
    if (words[0] == "--version") {
        std::cout << "weft " << WEFT_VERSION << '\n';
        return 0;
    }
    const auto command = std::ranges::find(kCommands, words[0], &Command::name);
    if (command == kCommands.end()) {
        std::cerr << "weft: there is no command '" << words[0] << "'; see 'weft --help'\n";
        return 1;
    }
    return run(*command, Arguments{words}.subspan(1));
}
