#include "common/config/cli.hpp"

#include <boost/program_options.hpp>

#include <algorithm>
#include <array>
#include <sstream>

namespace weft::config {

namespace {

namespace po = boost::program_options;

constexpr std::array<std::string_view, 7> kLogLevels{"trace",   "debug", "info",    "notice",
                                                     "warning", "error", "critical"};
constexpr std::array<std::string_view, 2> kLogFormats{"text", "json"};

struct Refusal {
    const char* option;
    const char* name;  // as the fault calls it
    const char* remedy;
};

constexpr std::array kRefusals{
    Refusal{"daemon", "-d/--daemon", "run it under systemd, which also starts it at boot"},
    Refusal{"pidfile", "-P/--pidfile", "run it under systemd, which knows its process"},
    Refusal{"user", "-U/--user", "run it under systemd with User="},
    Refusal{"test-hooks", "-T/--test-hooks", "there are no test hooks in the product"},
};

po::options_description common_options() {
    po::options_description options{"Options"};
    options.add_options()                                                                 //
        ("config,c", po::value<std::string>()->value_name("FILE"), "configuration file")  //
        ("check", "read and check the configuration, then exit")                          //
        ("set", po::value<std::vector<std::string>>()->value_name("/KEY=VALUE"),
         "override a value, named by its JSON pointer; repeatable")  //
        ("log-level", po::value<std::string>()->value_name("LEVEL"),
         "trace, debug, info, notice, warning, error or critical")                      //
        ("log-format", po::value<std::string>()->value_name("FORMAT"), "text or json")  //
        ("version,v", "print the version")                                              //
        ("help,h", "print this text");
    return options;
}

po::options_description qdrouterd_options() {
    po::options_description options{"Options of qdrouterd"};
    options.add_options()                                                            //
        ("include,I", po::value<std::string>()->value_name("DIR"), "has no effect")  //
        ("daemon,d", "refused")                                                      //
        ("pidfile,P", po::value<std::string>()->value_name("FILE"), "refused")       //
        ("user,U", po::value<std::string>()->value_name("USER"), "refused")          //
        ("test-hooks,T", "refused");
    return options;
}

po::options_description all_options(const Program& program) {
    po::options_description options;
    options.add(common_options());
    if (program.takes_qdrouterd_options) {
        options.add(qdrouterd_options());
    }
    return options;
}

class Parsing {
public:
    Parsing(const Program& program, Faults& faults)
        : program_{program},
          faults_{faults},
          place_{faults.add_file("command line"), 0},
          options_{all_options(program)} {}

    std::optional<CommandLine> parse(std::span<const std::string> arguments) {
        if (!store(arguments)) {
            return std::nullopt;
        }
        if (given_.contains("help") || given_.contains("version")) {
            return printed();
        }
        check_qdrouterd_options();
        CommandLine line;
        line.action = given_.contains("check") ? Action::check : Action::run;
        line.config = text("config", "");
        line.log_level = one_of("log-level", kLogLevels, "");
        line.log_format = one_of("log-format", kLogFormats, "text");
        if (given_.contains("set")) {
            line.settings = given_["set"].as<std::vector<std::string>>();
        }
        if (line.config.empty()) {
            faults_.error(place_, "", "needs --config FILE");
        }
        return faults_.failed() ? std::nullopt : std::optional{line};
    }

private:
    bool store(std::span<const std::string> arguments) {
        constexpr int kStyle =
            po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
        try {
            const std::vector<std::string> copy{arguments.begin(), arguments.end()};
            po::store(
                po::command_line_parser(copy).options(options_).positional({}).style(kStyle).run(),
                given_);
        } catch (const po::error& error) {
            faults_.error(place_, "", std::string{error.what()} + "; see --help");
            return false;
        }
        return true;
    }

    CommandLine printed() const {
        std::ostringstream text;
        text << program_.name << ' ' << program_.version << '\n';
        if (given_.contains("help")) {
            text << program_.summary << "\n\n" << options_;
        }
        CommandLine line;
        line.action = Action::print;
        line.output = text.str();
        return line;
    }

    void check_qdrouterd_options() {
        if (given_.contains("include")) {
            faults_.warn(place_, "", "-I/--include has no effect: there is no Python to find");
        }
        for (const Refusal& refusal : kRefusals) {
            if (given_.contains(refusal.option)) {
                faults_.error(place_, "",
                              std::string{refusal.name} + " is not available: " + refusal.remedy);
            }
        }
    }

    std::string text(const char* option, std::string_view otherwise) const {
        return given_.contains(option) ? given_[option].as<std::string>() : std::string{otherwise};
    }

    std::string one_of(const char* option,
                       std::span<const std::string_view> names,
                       std::string_view otherwise) {
        std::string value = text(option, otherwise);
        if (given_.contains(option) && std::ranges::find(names, value) == names.end()) {
            std::string all;
            for (const std::string_view name : names) {
                all += all.empty() ? "" : ", ";
                all += name;
            }
            faults_.error(
                place_, "",
                "--" + std::string{option} + " must be one of " + all + ", not " + quote(value));
        }
        return value;
    }

    const Program& program_;
    Faults& faults_;
    Place place_;
    po::options_description options_;
    po::variables_map given_;
};

}  // namespace

std::optional<CommandLine> parse_command_line(const Program& program,
                                              std::span<const std::string> arguments,
                                              Faults& faults) {
    return Parsing{program, faults}.parse(arguments);
}

std::vector<OptionText> options_of(const Program& program) {
    const po::options_description options = all_options(program);
    std::vector<OptionText> texts;
    for (const auto& option : options.options()) {
        const std::string shown =
            option->canonical_display_name(po::command_line_style::allow_dash_for_short);
        const bool has_letter = shown.starts_with('-') && !shown.starts_with("--");
        texts.push_back({.letter = has_letter ? shown.substr(1) : "",
                         .name = option->long_name(),
                         .parameter = option->format_parameter(),
                         .meaning = option->description()});
    }
    return texts;
}

}  // namespace weft::config
