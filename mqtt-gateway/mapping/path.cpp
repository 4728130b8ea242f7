#include "mqtt-gateway/mapping/path.hpp"

#include "common/keys/key.hpp"

#include <algorithm>
#include <array>

namespace weft::mqtt_mapping {
namespace {

constexpr char kTopicSeparator = '/';
constexpr std::string_view kEmptyLevel = "%00";

/// What stands for a character in a path; empty: itself.
std::string_view escape_of(char c, Separator separator) noexcept {
    switch (c) {
        case '%':
            return "%25";
        case '*':
            return "%2A";
        case '.':
            return separator == Separator::dot ? "%2E" : "";
        default:
            return "";
    }
}

/// The character that an escape at the front of `text` stands for; 0: there is none.
char escaped_at(std::string_view text, Separator separator) noexcept {
    if (text.starts_with("%25")) {
        return '%';
    }
    if (text.starts_with("%2A") || text.starts_with("%2a")) {
        return '*';
    }
    const bool dot = text.starts_with("%2E") || text.starts_with("%2e");
    return dot && separator == Separator::dot ? '.' : '\0';
}

void append_level(std::string& out, std::string_view level, Separator separator) {
    if (level.empty()) {
        out += kEmptyLevel;
        return;
    }
    for (const char c : level) {
        const std::string_view escape = escape_of(c, separator);
        if (escape.empty()) {
            out += c;
        } else {
            out += escape;
        }
    }
}

void append_plain_level(std::string& out, std::string_view level, Separator separator) {
    if (level == kEmptyLevel) {
        return;
    }
    while (!level.empty()) {
        const char c = escaped_at(level, separator);
        out += c == '\0' ? level.front() : c;
        level.remove_prefix(c == '\0' ? 1 : kEmptyLevel.size());
    }
}

/// "_topo/AREA/ROUTER/temp.…" or "_edge/ROUTER/temp.…": an address of a dynamic terminus.
bool is_made_up(std::string_view address) noexcept {
    const bool of_mesh = address.starts_with("_topo/");
    if (!of_mesh && !address.starts_with("_edge/")) {
        return false;
    }
    for (int levels = of_mesh ? 3 : 2; levels > 0; --levels) {
        const std::size_t end = address.find('/');
        if (end == std::string_view::npos) {
            return false;
        }
        address.remove_prefix(end + 1);
    }
    return address.starts_with("temp.") && address.find('/') == std::string_view::npos &&
           !address.ends_with('.');
}

}  // namespace

std::size_t count_levels(std::string_view topic) noexcept {
    return 1 + static_cast<std::size_t>(std::ranges::count(topic, kTopicSeparator));
}

bool is_pattern(std::string_view path, Separator separator) noexcept {
    if (path.find_first_of("+#") != std::string_view::npos) {
        return true;
    }
    for (bool ended = false; !ended;) {
        if (keys::take_word(path, character(separator), ended) == "*") {
            return true;
        }
    }
    return false;
}

bool stands_for(std::string_view source, std::string_view path, Separator separator) noexcept {
    const char between = character(separator);
    bool source_ended = false;
    bool path_ended = false;
    while (!source_ended) {
        const std::string_view level = keys::take_word(source, between, source_ended);
        if (level == keys::kManyWords) {
            return true;
        }
        if (path_ended) {
            return false;
        }
        const std::string_view own = keys::take_word(path, between, path_ended);
        if (level != own && level != "+" && level != "*") {
            return false;
        }
    }
    return path_ended;
}

bool reads_as_itself(std::string_view address) noexcept {
    constexpr std::array<std::string_view, 5> kOwn{"$", "_topo/", "_edge/", "_local/", "_weft/"};
    const std::size_t colon = address.find(":/");
    const bool has_scheme =
        colon != std::string_view::npos && colon < address.find_first_of("/?#[]@.");
    if (is_made_up(has_scheme ? address.substr(colon + 2) : address)) {
        return true;
    }
    const bool is_own = std::ranges::any_of(
        kOwn, [&](std::string_view begin) { return address.starts_with(begin); });
    return !has_scheme && !is_own && !address.empty() && !address.starts_with('/') &&
           !address.ends_with('.') && !address.ends_with('/');
}

void append_path(std::string& out, std::string_view topic, Separator separator) {
    for (bool ended = false;;) {
        append_level(out, keys::take_word(topic, kTopicSeparator, ended), separator);
        if (ended) {
            return;
        }
        out += character(separator);
    }
}

void append_topic(std::string& out, std::string_view path, Separator separator) {
    for (bool ended = false;;) {
        append_plain_level(out, keys::take_word(path, character(separator), ended), separator);
        if (ended) {
            return;
        }
        out += kTopicSeparator;
    }
}

}  // namespace weft::mqtt_mapping
