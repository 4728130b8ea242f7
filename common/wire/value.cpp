#include "common/wire/value.hpp"

#include <limits>
#include <type_traits>

namespace weft::wire {
namespace {

bool same(const std::shared_ptr<const Value>& a, const std::shared_ptr<const Value>& b) {
    static const Value null;
    return (a ? *a : null) == (b ? *b : null);
}

}  // namespace

bool Array::operator==(const Array& other) const {
    return elements == other.elements;
}

bool Described::operator==(const Described& other) const {
    return same(descriptor, other.descriptor) && same(value, other.value);
}

const std::string* Value::text() const noexcept {
    if (const auto* symbol = as<Symbol>()) {
        return &symbol->text;
    }
    return as<std::string>();
}

std::optional<std::int64_t> Value::integer() const {
    return std::visit(
        [](const auto& v) -> std::optional<std::int64_t> {
            using T = std::decay_t<decltype(v)>;
            if constexpr (std::is_same_v<T, std::uint64_t>) {
                constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
                return v <= std::uint64_t{kMax} ? std::optional(static_cast<std::int64_t>(v))
                                                : std::nullopt;
            } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool> &&
                                 !std::is_same_v<T, char32_t>) {
                return std::int64_t{v};
            } else {
                return std::nullopt;
            }
        },
        data);
}

const Value* find(const Map& map, std::string_view key) noexcept {
    for (const auto& [candidate, value] : map) {
        const std::string* text = candidate.text();
        if (text != nullptr && *text == key) {
            return &value;
        }
    }
    return nullptr;
}

}  // namespace weft::wire
