#include "router/config/qdrouterd_text.hpp"

#include "common/config/json_text.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace weft::router_config {

namespace {

using config::Faults;
using config::Node;
using config::Place;

constexpr std::string_view kBlanks = " \t\r\f\v";

/// Attributes in whose values # is no comment.
constexpr std::array<std::string_view, 3> kHashAttributes{"pattern", "bindingKey", "hostname"};

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string_view without_comment(std::string_view line) {
    return trimmed(line.substr(0, line.find('#')));
}

bool is_name(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    });
}

/// "max-frame-size" → "maxFrameSize".
std::string camel_case(std::string_view name) {
    std::string out;
    bool capital = false;
    for (const char c : name) {
        if (c == '-') {
            capital = !out.empty();
            continue;
        }
        out += capital && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        capital = false;
    }
    return out;
}

void set_attribute(ConfSection& section, std::string_view name, Node node, Faults& faults) {
    const std::string key = camel_case(name);
    if (Node* const earlier = find_member(section.attributes, key)) {
        faults.warn(node.place, section.name + "/" + key, "is given twice; the last one holds");
        *earlier = std::move(node);
        return;
    }
    section.attributes.push_back({key, std::move(node)});
}

/// JSON text in which the original tolerates commas before a closing bracket and comment lines.
/// `depth` counts open brackets over several lines.
class TolerantJson {
public:
    /// Takes a line; false once the brackets are closed. What follows them is in `rest()`.
    bool add(std::string_view line) {
        for (std::size_t i = 0; i < line.size(); ++i) {
            take(line[i]);
            if (depth_ == 0) {
                rest_ = line.substr(i + 1);
                return false;
            }
        }
        text_ += '\n';
        return true;
    }

    const std::string& text() const { return text_; }
    std::string_view rest() const { return rest_; }

private:
    void take(char c) {
        if (in_text_) {
            in_text_ = escaped_ || c != '"';
            escaped_ = !escaped_ && c == '\\';
        } else if (c == '"') {
            in_text_ = true;
        } else if (c == '{' || c == '[') {
            ++depth_;
        } else if (c == '}' || c == ']') {
            --depth_;
            drop_comma();
        }
        text_ += c;
    }

    void drop_comma() {
        const std::size_t last = text_.find_last_not_of(" \t\r\n");
        if (last != std::string::npos && text_[last] == ',') {
            text_[last] = ' ';
        }
    }

    std::string text_;
    std::string_view rest_;
    std::size_t depth_ = 0;
    bool in_text_ = false;
    bool escaped_ = false;
};

class LineParser {
public:
    LineParser(std::uint32_t file, Faults& faults) : file_{file}, faults_{faults} {}

    std::vector<ConfSection> parse(std::string_view text) {
        while (!text.empty()) {
            const std::size_t size = std::min(text.find('\n'), text.size());
            ++line_;
            take(trimmed(text.substr(0, size)));
            text.remove_prefix(std::min(size + 1, text.size()));
        }
        if (in_map_ || open_) {
            faults_.error(place(), "", "the file ends inside a section; a } is missing");
        }
        return std::move(sections_);
    }

private:
    void take(std::string_view line) {
        if (in_map_) {
            take_json(line.starts_with('#') ? std::string_view{} : line);
        } else if (line.empty() || line.starts_with('#')) {
            return;
        } else if (open_) {
            take_in_section(line);
        } else {
            take_outside(without_comment(line));
        }
    }

    void take_outside(std::string_view line) {
        const std::string_view name = trimmed(line.substr(0, line.size() - 1));
        if (!line.ends_with('{') || !is_name(name)) {
            fault(line, "the start of a section, \"name {\"");
            return;
        }
        sections_.push_back({camel_case(name), place(), {}});
        open_ = true;
    }

    void take_in_section(std::string_view line) {
        const std::size_t colon = line.find(':');
        const std::string_view name = trimmed(line.substr(0, colon));
        if (without_comment(line) == "}") {
            open_ = false;
        } else if (colon == std::string_view::npos || !is_name(name)) {
            fault(line, "an attribute, \"name: value\", or the end of its section, \"}\"");
        } else {
            take_value(name, trimmed(line.substr(colon + 1)));
        }
    }

    void take_value(std::string_view name, std::string_view value) {
        if (value.starts_with('{')) {
            map_ = {};
            in_map_ = true;
            map_name_ = name;
            map_place_ = place();
            take_json(value);
            return;
        }
        value = takes_hash(name) ? value.substr(0, value.find_first_of(kBlanks))
                                 : without_comment(value);
        if (value.empty()) {
            fault(name, "followed by a value");
        } else if (auto node = scalar(value)) {
            set_attribute(sections_.back(), name, *std::move(node), faults_);
        }
    }

    void take_json(std::string_view line) {
        if (map_.add(line)) {
            return;
        }
        const std::string_view rest = without_comment(map_.rest());
        if (!rest.empty() && rest != ",") {
            fault(rest, "allowed after }");
        }
        if (auto node = config::parse_json(map_.text(), map_place_, faults_)) {
            set_attribute(sections_.back(), map_name_, *std::move(node), faults_);
        }
        in_map_ = false;
    }

    /// The rest of a line as the original takes it: between the quotes of a JSON string.
    std::optional<Node> scalar(std::string_view value) {
        Faults ignored;
        const Place inside{ignored.add_file({}), 0};
        auto node = config::parse_json("\"" + std::string{value} + "\"", inside, ignored);
        if (!node || node->text() == nullptr) {
            fault(value, "a value: quotes are written \\\", a backslash \\\\");
            return std::nullopt;
        }
        node->place = place();
        node->untyped = true;
        return node;
    }

    Place place() const { return {file_, line_}; }
    void fault(std::string_view found, std::string_view expected) {
        faults_.error(place(), "", config::quote(found) + " is not " + std::string{expected});
    }

    std::uint32_t file_;
    Faults& faults_;
    std::uint32_t line_ = 0;
    std::vector<ConfSection> sections_;
    bool open_ = false;
    bool in_map_ = false;  // what follows is valid then
    TolerantJson map_;     // the JSON text being read
    std::string map_name_;
    Place map_place_;
};

/// Lets texts stand for numbers and booleans, as the original does.
void make_untyped(Node& node) {
    node.untyped = node.text() != nullptr;
}

}  // namespace

bool takes_hash(std::string_view attribute) {
    return std::ranges::find(kHashAttributes, attribute) != kHashAttributes.end();
}

std::vector<ConfSection> parse_conf_lines(std::string_view text,
                                          std::uint32_t file,
                                          Faults& faults) {
    return LineParser{file, faults}.parse(text);
}

std::vector<ConfSection> parse_conf_list(std::string_view text,
                                         std::uint32_t file,
                                         Faults& faults) {
    std::string json;
    while (!text.empty()) {
        const std::size_t size = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, size);
        json += trimmed(line).starts_with('#') ? std::string_view{} : line;
        json += '\n';
        text.remove_prefix(std::min(size + 1, text.size()));
    }
    std::vector<ConfSection> sections;
    auto root = config::parse_json(json, {file, 1}, faults);
    if (!root || root->list() == nullptr) {
        return sections;
    }
    for (Node& element : *root->list()) {
        config::List* const pair = element.list();
        const bool named = pair != nullptr && pair->size() == 2 && pair->front().text() != nullptr;
        if (!named || pair->back().object() == nullptr) {
            faults.error(element.place, "/" + std::to_string(element.index),
                         "must be [\"section\", {attributes}]");
            continue;
        }
        ConfSection section{camel_case(*pair->front().text()), element.place, {}};
        for (config::Member& member : *pair->back().object()) {
            make_untyped(member.node);
            set_attribute(section, member.name, std::move(member.node), faults);
        }
        sections.push_back(std::move(section));
    }
    return sections;
}

}  // namespace weft::router_config
