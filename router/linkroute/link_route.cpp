#include "router/linkroute/link_route.hpp"

#include "common/base/conditions.hpp"

#include <algorithm>
#include <cstddef>

namespace weft::linkroute {
namespace {

using Grammar = router::AddressPattern::Grammar;
using Kind = router::AddressPattern::Kind;
using router::Direction;

constexpr std::string_view kClasses = "CDEF";

bool is_separator(char c) {
    return c == '/' || c == '.';
}

/// As levels are read: one separator at either end says nothing.
std::string_view without_ends(std::string_view text) {
    if (!text.empty() && is_separator(text.front())) {
        text.remove_prefix(1);
    }
    if (!text.empty() && is_separator(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

/// "a/b/#": no other wildcard, and not that alone.
bool is_prefix(std::string_view text) {
    const auto pattern = router::AddressPattern::parse(Grammar::pattern, text);
    return pattern && pattern->levels().size() > 1 &&
           std::ranges::find_if(pattern->levels(),
                                [](const auto& level) { return level.kind != Kind::literal; }) ==
               pattern->levels().end() - 1 &&
           pattern->levels().back().kind == Kind::many;
}

std::string replaced(std::string_view address, std::string_view front, std::string_view by) {
    if (address.starts_with(front) && address != front) {
        address.remove_prefix(front.size());
    }
    return std::string(by).append(address);
}

}  // namespace

Result<router::AddressPattern> read_pattern(Grammar grammar, std::string_view text) {
    WEFT_TRY(auto pattern, router::AddressPattern::parse(grammar, text));
    const std::size_t levels = pattern.levels().size();
    if (levels > kLevelsMax) {
        return fail(kInvalidField, "a link route has at most " + std::to_string(kLevelsMax) +
                                       " levels, not " + std::to_string(levels));
    }
    return pattern;
}

std::string ExternalPrefixes::outward(std::string_view address) const {
    return replaced(address, del, add);
}

std::string ExternalPrefixes::inward(std::string_view address) const {
    return replaced(address, add, del);
}

void take_out(std::vector<LinkRoute*>& of, const LinkRoute& route) {
    of.back()->place_index = route.place_index;
    of[route.place_index] = of.back();
    of.pop_back();
}

bool takes(const LinkRoute& route, Direction direction, std::string_view address) {
    return route.direction == direction &&
           read_pattern(route.grammar, route.text)->matches(address);
}

std::string mesh_key(const LinkRoute& route) {
    std::string_view text = without_ends(route.text);
    bool prefix = route.grammar == Grammar::prefix;
    if (!prefix && is_prefix(route.text)) {
        prefix = true;
        text.remove_suffix(2);
    }
    const std::size_t letter = (prefix ? 0U : 2U) + (route.direction == Direction::in ? 0U : 1U);
    return std::string(1, kClasses[letter]).append(text);
}

bool is_link_route_key(std::string_view key) {
    return key.size() > 1 && kClasses.find(key.front()) != std::string_view::npos;
}

MeshRoute read_mesh_key(std::string_view key) {
    const std::size_t letter = kClasses.find(key.front());
    return {.direction = letter % 2 == 0 ? Direction::in : Direction::out,
            .grammar = letter < 2 ? Grammar::prefix : Grammar::pattern,
            .text = key.substr(1)};
}

}  // namespace weft::linkroute
