#include "tools/weft/manual/man_page.hpp"

#include <algorithm>
#include <sstream>

namespace weft::tools {
namespace {

/// Text that roff shows as it is.
std::string plain(std::string_view text) {
    std::string out;
    const bool controls = text.starts_with('.') || text.starts_with('\'');
    out += controls ? "\\&" : "";
    for (const char c : text) {
        if (c == '\\') {
            out += "\\e";
        } else if (c == '-') {
            out += "\\-";  // one that can be copied to a shell
        } else {
            out += c;
        }
    }
    return out;
}

std::string dashed(std::string name) {
    std::ranges::replace(name, ' ', '-');
    return name;
}

/// Paragraphs; what begins with two spaces is a table, which is set as it is.
void write_text(const std::string& text, std::ostream& out) {
    std::istringstream lines{text};
    std::string line;
    bool as_is = false;
    while (std::getline(lines, line)) {
        const bool table = line.starts_with("  ");
        if (table != as_is && !line.empty()) {
            out << (table ? ".nf\n" : ".fi\n");
            as_is = table;
        }
        out << (line.empty() ? ".PP" : plain(line)) << '\n';
    }
    out << (as_is ? ".fi\n" : "");
}

void write_flag(const Flag& flag, std::ostream& out) {
    out << ".TP\n.B ";
    if (!flag.letter.empty()) {
        out << plain("-" + flag.letter) << "\\fR, \\fB";
    }
    out << plain("--" + flag.name);
    if (!flag.parameter.empty()) {
        out << " \\fI" << plain(flag.parameter) << "\\fR";
    }
    out << '\n' << plain(flag.meaning) << '\n';
}

void write_as_is(const std::string& lines, std::ostream& out) {
    std::istringstream in{lines};
    std::string line;
    out << ".nf\n";
    while (std::getline(in, line)) {
        const std::size_t from = line.find_first_not_of(' ');
        out << plain(from == std::string::npos ? "" : std::string_view(line).substr(from)) << '\n';
    }
    out << ".fi\n";
}

}  // namespace

std::string man_file(const Description& words, int section) {
    return dashed(words.name) + "." + std::to_string(section);
}

std::string man_page(const Description& words, int section, std::string_view version) {
    std::ostringstream out;
    std::string title = dashed(words.name);
    std::ranges::transform(title, title.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    out << ".TH " << title << ' ' << section << " \"\" \"Weft " << version << "\" \"Weft\"\n"
        << ".SH NAME\n"
        << plain(dashed(words.name)) << " \\- " << plain(words.summary) << '\n'
        << ".SH SYNOPSIS\n";
    write_as_is(words.synopsis, out);
    out << ".SH DESCRIPTION\n";
    write_text(words.text, out);
    for (const FlagGroup& group : words.groups) {
        out << ".SH \"" << plain(group.title) << "\"\n";
        for (const Flag& flag : group.flags) {
            write_flag(flag, out);
        }
    }
    if (!words.examples.empty()) {
        out << ".SH EXAMPLES\n.nf\n";
        for (const std::string& example : words.examples) {
            out << plain(example) << '\n';
        }
        out << ".fi\n";
    }
    return out.str();
}

}  // namespace weft::tools
