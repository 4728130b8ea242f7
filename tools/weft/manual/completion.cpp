#include "tools/weft/manual/completion.hpp"

#include <sstream>
#include <string_view>

namespace weft::tools {
namespace {

bool takes_file(const Flag& flag) {
    return flag.parameter == "FILE" || flag.parameter == "DIR";
}

/// In single quotes, for all three shells.
std::string in_quotes(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        out += c == '\'' ? std::string{"'\\''"} : std::string{c};
    }
    return out + "'";
}

template <class Use>
void each_flag(const Completed& command, Use use) {
    for (const FlagGroup& group : command.words.groups) {
        for (const Flag& flag : group.flags) {
            use(flag);
        }
    }
}

std::string joined(const Completed& command) {
    std::string words;
    for (const std::string& verb : command.verbs) {
        words += verb + ' ';
    }
    each_flag(command, [&](const Flag& flag) { words += "--" + flag.name + ' '; });
    return words + "--help";
}

/// Within _arguments of zsh colons and brackets mean something.
std::string in_zsh(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == ':' || c == '[' || c == ']' || c == '\\') {
            out += '\\';
        }
        out += c;
    }
    return out;
}

}  // namespace

std::string bash_completion(std::span<const Completed> commands) {
    std::ostringstream out;
    std::string names = "--help --version";
    for (const Completed& command : commands) {
        names += ' ' + command.name;
    }
    out << "# bash completion of weft\n"
           "_weft() {\n"
           "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words\n"
           "  if ((COMP_CWORD == 1)); then\n"
           "    COMPREPLY=($(compgen -W "
        << in_quotes(names)
        << " -- \"$word\"))\n"
           "    return\n"
           "  fi\n"
           "  case ${COMP_WORDS[1]}:$before in\n";
    for (const Completed& command : commands) {
        each_flag(command, [&](const Flag& flag) {
            if (takes_file(flag)) {
                out << "    " << command.name << ":--" << flag.name
                    << ") COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n";
            }
        });
    }
    out << "  esac\n"
           "  case ${COMP_WORDS[1]} in\n";
    for (const Completed& command : commands) {
        out << "    " << command.name << ") words=" << in_quotes(joined(command)) << " ;;\n";
    }
    out << "  esac\n"
           "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
           "}\n"
           "complete -o default -F _weft weft\n";
    return out.str();
}

std::string zsh_completion(std::span<const Completed> commands) {
    std::ostringstream out;
    out << "#compdef weft\n"
           "_weft() {\n"
           "  local -a commands\n"
           "  commands=(\n";
    for (const Completed& command : commands) {
        out << "    " << in_quotes(command.name + ":" + in_zsh(command.words.summary)) << '\n';
    }
    out << "  )\n"
           "  if ((CURRENT == 2)); then\n"
           "    _describe command commands\n"
           "    return\n"
           "  fi\n"
           "  case $words[2] in\n";
    for (const Completed& command : commands) {
        out << "    " << command.name << ")\n      _arguments";
        each_flag(command, [&](const Flag& flag) {
            const std::string value =
                flag.parameter.empty()
                    ? ""
                    : ":" + in_zsh(flag.parameter) + ":" + (takes_file(flag) ? "_files" : " ");
            out << " \\\n        "
                << in_quotes("*--" + flag.name + "[" + in_zsh(flag.meaning) + "]" + value);
        });
        std::string verbs;
        for (const std::string& verb : command.verbs) {
            verbs += (verbs.empty() ? "" : " ") + verb;
        }
        out << (verbs.empty() ? "" : " \\\n        " + in_quotes("2: :(" + verbs + ")"))
            << " \\\n        '*: :_files' ;;\n";
    }
    out << "  esac\n"
           "}\n"
           "_weft \"$@\"\n";
    return out.str();
}

std::string fish_completion(std::span<const Completed> commands) {
    std::ostringstream out;
    out << "# fish completion of weft\n";
    for (const Completed& command : commands) {
        out << "complete -c weft -n __fish_use_subcommand -f -a " << command.name << " -d "
            << in_quotes(command.words.summary) << '\n';
        const std::string seen =
            " -n " + in_quotes("__fish_seen_subcommand_from " + command.name) + " ";
        for (const std::string& verb : command.verbs) {
            out << "complete -c weft" << seen << "-f -a " << verb << '\n';
        }
        each_flag(command, [&](const Flag& flag) {
            out << "complete -c weft" << seen << "-l " << flag.name;
            out << (flag.letter.empty() ? "" : " -s " + flag.letter);
            out << (flag.parameter.empty() ? "" : takes_file(flag) ? " -r -F" : " -x");
            out << " -d " << in_quotes(flag.meaning) << '\n';
        });
    }
    return out.str();
}

}  // namespace weft::tools
