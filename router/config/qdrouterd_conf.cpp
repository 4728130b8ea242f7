#include "router/config/qdrouterd_conf.hpp"

#include "common/base/text.hpp"
#include "common/json/tree.hpp"
#include "router/config/qdrouterd_text.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace weft::router_config {

namespace {

using config::Faults;
using config::Node;
using config::Section;

constexpr std::string_view kSchemaPrefix = "org.apache.qpid.dispatch.";
constexpr std::string_view kConfigPrefix = "router.config.";

/// The first character that is no space and in no # comment; 0 if there is none.
char first_character(std::string_view text) {
    bool comment = false;
    for (const char c : text) {
        if (c == '\n') {
            comment = false;
        } else if (c == '#') {
            comment = true;
        } else if (!comment && std::string_view{" \t\r\xef\xbb\xbf"}.find(c) == std::string::npos) {
            return c;
        }
    }
    return 0;
}

/// The name people write: without "router.config.".
std::string_view short_name(const Section& section) {
    const bool prefixed = section.entity.starts_with(kConfigPrefix);
    return section.entity.substr(prefixed ? kConfigPrefix.size() : 0);
}

const Section* find_section(const config::KeyTable& table, std::string_view name) {
    if (name.starts_with(kSchemaPrefix)) {
        name.remove_prefix(kSchemaPrefix.size());
    }
    const auto found = std::ranges::find_if(table.sections, [name](const Section& section) {
        return name == section.entity || name == short_name(section);
    });
    return found == table.sections.end() ? nullptr : &*found;
}

std::string unknown_section(const config::KeyTable& table, std::string_view name) {
    std::vector<std::string_view> names;
    for (const Section& section : table.sections) {
        names.push_back(short_name(section));
    }
    std::string text = "unknown section " + config::quote(name);
    const std::string_view near = nearest(name, names);
    return near.empty() ? text : text + "; did you mean \"" + std::string{near} + "\"?";
}

/// Puts `section` where our JSON would have it.
void add(const Section& kind, ConfSection section, config::Object& root, Faults& faults) {
    Node node{std::move(section.attributes), section.place, 0, false};
    Node* const earlier = find_member(root, kind.name);
    if (kind.singleton) {
        if (earlier != nullptr) {
            faults.error(node.place, json::join_pointer("", kind.name),
                         "is given twice; keep one of them");
            return;
        }
        root.push_back({std::string{kind.name}, std::move(node)});
        return;
    }
    if (earlier == nullptr) {
        root.push_back({std::string{kind.name}, {config::List{}, section.place, 0, false}});
    }
    config::List& list = *find_member(root, kind.name)->list();
    node.index = static_cast<std::uint32_t>(list.size());
    list.push_back(std::move(node));
}

}  // namespace

bool is_qdrouterd_conf(std::string_view text) {
    const char first = first_character(text);
    return first != 0 && first != '{' && first != '/';
}

Node load_qdrouterd_conf(const std::string& path,
                         std::string_view text,
                         const config::KeyTable& table,
                         Faults& faults) {
    const std::uint32_t file = faults.add_file(path);
    std::vector<ConfSection> sections = first_character(text) == '['
                                            ? parse_conf_list(text, file, faults)
                                            : parse_conf_lines(text, file, faults);
    config::Object root;
    for (ConfSection& section : sections) {
        const Section* const kind = find_section(table, section.name);
        if (kind == nullptr) {
            faults.error(section.place, "", unknown_section(table, section.name));
            continue;
        }
        add(*kind, std::move(section), root, faults);
    }
    return {std::move(root), {file, 1}, 0, false};
}

}  // namespace weft::router_config
