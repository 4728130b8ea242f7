#include "tools/weft/command_line.hpp"

#include "tools/weft/failure.hpp"

#include <iostream>
#include <utility>

namespace weft::tools {
namespace {

namespace po = boost::program_options;

constexpr std::size_t kHelpColumn = 34;

Flag in_words(const po::option_description& flag) {
    const std::string shown =
        flag.canonical_display_name(po::command_line_style::allow_dash_for_short);
    const bool has_letter = shown.starts_with('-') && !shown.starts_with("--");
    Flag words{.letter = has_letter ? shown.substr(1) : "",
               .name = flag.long_name(),
               .parameter = flag.format_parameter(),
               .meaning = flag.description()};
    if (const std::size_t default_at = words.parameter.find(" (=");
        default_at != std::string::npos) {
        words.meaning += " (" + words.parameter.substr(default_at + 3);
        words.parameter.resize(default_at);
    }
    return words;
}

void print_flag(const Flag& flag, std::ostream& out) {
    std::string line = flag.letter.empty() ? "      " : "  -" + flag.letter + ", ";
    line += "--" + flag.name;
    if (!flag.parameter.empty()) {
        line += " " + flag.parameter;
    }
    if (line.size() + 2 > kHelpColumn) {
        out << line << '\n';
        line.clear();
    }
    line.resize(kHelpColumn, ' ');
    out << line << flag.meaning << '\n';
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

Description CommandLine::describe() const {
    Description words{.name = command_of(synopsis_),
                      .summary = {},
                      .synopsis = "weft " + synopsis_,
                      .text = text_,
                      .groups = {},
                      .examples = examples_};
    for (std::size_t i = 0; i < groups_.size(); ++i) {
        FlagGroup& group = words.groups.emplace_back(titles_[i]);
        for (const auto& flag : groups_[i].options()) {
            group.flags.push_back(in_words(*flag));
        }
    }
    return words;
}

void CommandLine::print_help(std::ostream& out) const {
    const Description words = describe();
    out << "usage: " << words.synopsis << "\n\n" << words.text << '\n';
    for (const FlagGroup& group : words.groups) {
        out << '\n' << group.title << ":\n";
        for (const Flag& flag : group.flags) {
            print_flag(flag, out);
        }
    }
    out << "\nExamples:\n";
    for (const std::string& example : words.examples) {
        out << "  " << example << '\n';
    }
}

}  // namespace weft::tools
