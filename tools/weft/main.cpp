#include "common/base/printable.hpp"
#include "tools/weft/command_table.hpp"
#include "tools/weft/commands.hpp"

#include <algorithm>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace {

using weft::tools::Arguments;
using weft::tools::Command;
using weft::tools::commands;

void print_help(std::ostream& out) {
    constexpr std::size_t kNameWidth = 10;
    out << "usage: weft COMMAND [ARGUMENTS]\n"
           "       weft COMMAND --help\n"
           "       weft --version\n\n"
           "The command line of the Weft AMQP router.\n\n"
           "Commands:\n";
    for (const Command& command : commands()) {
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
    const auto command = std::ranges::find(commands(), words[0], &Command::name);
    if (command == commands().end()) {
        std::cerr << "weft: there is no command '" << words[0] << "'; see 'weft --help'\n";
        return 1;
    }
    return run(*command, Arguments{words}.subspan(1));
}
