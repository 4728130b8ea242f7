#include "common/config/overrides.hpp"

#include "common/config/json_text.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::config {

namespace {

/// The tokens of "/a/b~1c": a, b/c.
std::vector<std::string> split_pointer(std::string_view pointer) {
    std::vector<std::string> tokens;
    for (std::size_t i = 0; i < pointer.size(); ++i) {
        const std::string_view rest = pointer.substr(i, 2);
        if (pointer[i] == '/') {
            tokens.emplace_back();
        } else if (rest == "~0" || rest == "~1") {
            tokens.back() += rest == "~0" ? '~' : '/';
            ++i;
        } else {
            tokens.back() += pointer[i];
        }
    }
    return tokens;
}

bool is_position(std::string_view token) {
    return token == "-" || (!token.empty() && token.find_first_not_of("0123456789") == token.npos);
}

/// The element of `list` at `token`; a new one just after the last; null further on.
Node* element(List& list, std::string_view token, Place place) {
    std::size_t position = list.size();
    if (token != "-") {
        const auto parsed = std::from_chars(token.data(), token.data() + token.size(), position).ec;
        if (!is_position(token) || parsed != std::errc{} || position > list.size()) {
            return nullptr;
        }
    }
    if (position == list.size()) {
        list.push_back({{}, place, static_cast<std::uint32_t>(position), false});
    }
    return &list[position];
}

Node* child(Node& node, const std::string& token, Place place) {
    if (std::holds_alternative<std::monostate>(node.value)) {
        if (is_position(token)) {
            node.value = List{};
        } else {
            node.value = Object{};
        }
    }
    if (List* const list = node.list()) {
        return element(*list, token, place);
    }
    Object* const object = node.object();
    if (object == nullptr) {
        return nullptr;
    }
    if (Node* const found = find_member(*object, token)) {
        return found;
    }
    object->push_back({token, {{}, place, 0, false}});
    return &object->back().node;
}

std::optional<Node> parse_value(std::string_view text, Place place, Faults& faults) {
    const std::size_t start = std::min(text.find_first_not_of(' '), text.size());
    if (start < text.size() && std::string_view{"{[\""}.find(text[start]) != text.npos) {
        auto node = parse_json(text, place, faults);
        return node;
    }
    return Node{std::string{text}, place, 0, true};
}

void apply(const std::string& setting, Place place, Node& root, Faults& faults) {
    const std::size_t equals = setting.find('=');
    const std::string pointer = setting.substr(0, equals);
    const std::vector<std::string> tokens =
        pointer.starts_with('/') ? split_pointer(pointer) : std::vector<std::string>{};
    if (equals == setting.npos || tokens.empty() || tokens.size() > kJsonLimits.nesting) {
        faults.error(place, "", quote(setting) + " must be /section/key=value");
        return;
    }
    auto value = parse_value(std::string_view{setting}.substr(equals + 1), place, faults);
    if (!value) {
        return;
    }
    Node* node = &root;
    for (const std::string& token : tokens) {
        node = child(*node, token, place);
        if (node == nullptr) {
            faults.error(place, pointer, "leads nowhere: there is no " + quote(token));
            return;
        }
    }
    value->index = node->index;
    *node = std::move(*value);
}

}  // namespace

void apply_overrides(std::span<const std::string> settings, Node& root, Faults& faults) {
    if (settings.empty()) {
        return;
    }
    const Place place{faults.add_file("--set"), 0};
    for (const std::string& setting : settings) {
        apply(setting, place, root, faults);
    }
}

}  // namespace weft::config
