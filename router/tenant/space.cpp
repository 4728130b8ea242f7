#include "router/tenant/space.hpp"

#include "common/base/conditions.hpp"
#include "router/core/address.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace weft::tenant {
namespace {

/// Digits at random behind "temp.", at the least: the original's 15 have 90 bits.
constexpr std::size_t kRandomMin = 15;

constexpr std::array<std::string_view, 3> kRouters{"_topo/", "_edge/", "_local/"};

bool is_digit_of_chance(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '_';
}

/// "temp.3tXb…", which nobody guesses.
bool is_made_up(std::string_view name) {
    constexpr std::string_view kTemporary = "temp.";
    if (!name.starts_with(kTemporary)) {
        return false;
    }
    name.remove_prefix(kTemporary.size());
    return name.size() >= kRandomMin && std::ranges::all_of(name, &is_digit_of_chance);
}

/// One router's level is dropped: not that of all routers.
bool take_one(std::string_view& text) {
    const std::size_t size = text.find('/');
    if (size == 0 || size == std::string_view::npos || text.substr(0, size) == "all") {
        return false;
    }
    text.remove_prefix(size + 1);
    return true;
}

/// A node that some router made up, as its name is written there.
bool is_temporary(std::string_view node) {
    if (node.starts_with(router::kTemporaryTarget)) {
        return is_made_up(node.substr(router::kTemporaryTarget.size()));
    }
    const bool topological = node.starts_with(kRouters[0]);
    if (!topological && !node.starts_with(kRouters[1])) {
        return false;
    }
    node.remove_prefix(kRouters[topological ? 0 : 1].size());
    return (!topological || take_one(node)) && take_one(node) && is_made_up(node);
}

/// The original reads it as one wherever it stands, unless the address begins with '/'.
bool has_scheme(std::string_view node) {
    return node.find(":/") != std::string_view::npos;
}

bool is_nothing(std::string_view node) {
    return node.empty() || node == "/" || node == ".";
}

/// What follows `before` in a text is the beginning of a name, not the middle of another one.
bool begins_name(std::string_view before) {
    if (before.ends_with('/')) {  // of "amqp:/acme/x", or of "/acme/x"
        before.remove_suffix(1);
        return before.ends_with(':') || (!before.ends_with('/') && begins_name(before));
    }
    const auto is_of_name = [](char c) {
        return is_digit_of_chance(c) ||
               std::string_view{"./-:[]@%"}.find(c) != std::string_view::npos ||
               static_cast<unsigned char>(c) >= 0x80;
    };
    return before.empty() || !is_of_name(before.back());
}

}  // namespace

Result<std::string_view> Space::whole(std::string_view text) {
    if (text.size() > router::kAddressBytesMax - std::min(prefix_.size(), text.size())) {
        return fail(kInvalidField, "the address is longer than 32 KiB, with what is put before it");
    }
    const std::string_view node = router::node_of(text);
    if (is_nothing(node) || is_temporary(node)) {
        return text;
    }
    for (const std::string_view theirs : kRouters) {
        if (node.starts_with(theirs)) {
            return fail(kNotAllowed, "addresses that begin with \"" + std::string{theirs} +
                                         "\" are the routers': tenants use those that a router "
                                         "has made up for one of them, and no others");
        }
    }
    whole_.assign(text.substr(0, text.size() - node.size()));
    if (whole_.empty() && has_scheme(node)) {
        whole_ = '/';
    }
    whole_.append(prefix_).append(node);
    return std::string_view{whole_};
}

std::string_view Space::own(std::string_view name) const {
    return name.starts_with(prefix_) ? name.substr(prefix_.size()) : name;
}

std::string Space::own_text(std::string_view text) const {
    const std::string_view node = router::node_of(text);
    const std::string_view head = text.substr(0, text.size() - node.size());
    const std::string_view rest = own(node);
    const bool reads_alike = head == "/" && has_scheme(rest) && router::node_of(rest) == rest;
    return std::string{reads_alike ? std::string_view{} : head}.append(rest);
}

bool Space::has(std::string_view text) const {
    return router::node_of(text).starts_with(prefix_);
}

std::string Space::own_words(std::string_view words) const {
    std::string own{words};
    for (std::size_t at = own.find(prefix_); at != std::string::npos; at = own.find(prefix_, at)) {
        if (begins_name(std::string_view{own}.substr(0, at))) {
            own.erase(at, prefix_.size());
        } else {
            at += prefix_.size();
        }
    }
    return own;
}

}  // namespace weft::tenant
