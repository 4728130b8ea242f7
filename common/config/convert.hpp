#pragma once

#include "common/config/keys.hpp"
#include "common/config/node.hpp"

#include <tl/expected.hpp>

#include <string>

namespace weft::config {

/// What a key's value must be: "a whole number from 0 to 9", "one of normal, edge".
std::string expected_value(const Key& key);

/// Why a value is not taken. `clamped` is what the bounds make of a number beyond them.
struct Unfit {
    std::string text;
    std::optional<Node> clamped = std::nullopt;
};

/// Gives `node` the type of `key`: port names, sizes and untyped texts become numbers and
/// booleans; whole numbers are std::int64_t, seconds are double.
///
/// Secrets and paths stay as written. The text of an error never shows a secret.
/// Threading: not shared (a function of its arguments).
[[nodiscard]] tl::expected<Node, Unfit> convert(const Key& key, const Node& node);

/// The default `text` of a key, typed; null if it is empty.
Node default_node(const Key& key, std::string_view text);

}  // namespace weft::config
