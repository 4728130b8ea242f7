#include "common/config/node.hpp"

#include "common/config/fault.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace weft::config {

namespace {

struct Describe {
    std::string operator()(std::monostate) const { return "null"; }
    std::string operator()(bool value) const { return value ? "true" : "false"; }
    std::string operator()(std::int64_t value) const { return std::to_string(value); }
    std::string operator()(double value) const {
        std::array<char, 32> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
        return {digits.data(), end};
    }
    std::string operator()(const std::string& value) const { return quote(value); }
    std::string operator()(const List&) const { return "a list"; }
    std::string operator()(const Object&) const { return "an object"; }
};

}  // namespace

bool Node::operator==(const Node& other) const {
    return value == other.value;
}

const Node* find_member(const Object& object, std::string_view name) {
    const auto found = std::ranges::find(object, name, &Member::name);
    return found == object.end() ? nullptr : &found->node;
}

Node* find_member(Object& object, std::string_view name) {
    const auto found = std::ranges::find(object, name, &Member::name);
    return found == object.end() ? nullptr : &found->node;
}

std::string describe(const Node& node) {
    return std::visit(Describe{}, node.value);
}

}  // namespace weft::config
