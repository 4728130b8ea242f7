#include "tools/weft/command_line.hpp"

#include "tools/weft/failure.hpp"

#include <iostream>
#include <utility>

namespace weft::tools {
namespace {

namespace po = boost::program_options;

constexpr std::size_t kHelpColumn = 34;

void print_flag(const po::option_description& flag, std::ostream& out) {
    const std::string shown =
        flag.canonical_display_name(po::command_line_style::allow_dash_for_short);
    std::string line =
        shown.starts_with("--") || !shown.starts_with('-') ? "      " : "  " + shown + ", ";
    line += "--" + flag.long_name();
    std::string parameter = flag.format_parameter();
    std::string meaning = flag.description();
    if (const std::size_t default_at = parameter.find(" (="); default_at != std::string::npos) {
        meaning += " (" + parameter.substr(default_at + 3);
        parameter.resize(default_at);
    }
    if (!parameter.empty()) {
        line += " " + parameter;
    }
    if (line.size() + 2 > kHelpColumn) {
        out << line << '\n';
        line.clear();
    }
    line.resize(kHelpColumn, ' ');
    out << line << meaning << '\n';
}

std::string command_of(const std::string& synopsis) {
    return "weft " + synopsis.substr(0, synopsis.find(' '));
}

}  // namespace

CommandLine::CommandLine(std::string synopsis, std::string text, std::vector<std::string> examples)
    : synopsis_{std::move(synopsis)}, text_{std::move(text)}, examples_{std::move(examples)} {}

po::options_description& CommandLine::group(const std::string& title) {
    titles_.push_back(title);
    return groups_.emplace_back();
}

bool CommandLine::parse(std::span<const std::string> arguments) {
    po::options_description all;
    for (const auto& group : groups_) {
        all.add(group);
    }
    all.add_options()("help,h", "Print this help")  //
        ("(words)", po::value(&words_));
    po::positional_options_description positional;
    positional.add("(words)", -1);
    try {
        const auto parsed =
            po::command_line_parser({arguments.begin(), arguments.end()})
                .options(all)
                .positional(positional)
                .style(po::command_line_style::unix_style & ~po::command_line_style::allow_guessing)
                .run();
        for (const po::option& option : parsed.options) {
            if (option.position_key < 0) {
                given_.emplace_back(option.string_key,
                                    option.value.empty() ? "" : option.value.front());
            }
        }
        po::store(parsed, values_);
        po::notify(values_);
    } catch (const po::error& error) {
        throw Failure(std::string{error.what()} + "; see '" + command_of(synopsis_) + " --help'");
    }
    if (has("help")) {
        print_help(std::cout);
        return false;
    }
    return true;
}

void CommandLine::print_help(std::ostream& out) const {
    out << "usage: weft " << synopsis_ << "\n\n" << text_ << '\n';
    for (std::size_t i = 0; i < groups_.size(); ++i) {
        out << '\n' << titles_[i] << ":\n";
        for (const auto& flag : groups_[i].options()) {
            print_flag(*flag, out);
        }
    }
    out << "\nExamples:\n";
    for (const std::string& example : examples_) {
        out << "  " << example << '\n';
    }
}

}  // namespace weft::tools
