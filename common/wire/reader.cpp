#include "common/wire/reader.hpp"

#include "common/wire/big_endian.hpp"
#include "common/wire/descriptors.hpp"
#include "common/wire/value_head.hpp"

namespace weft::wire {
namespace {

/// True if `count` values stand in `in`, one after the other, and nothing else.
bool holds_values(Bytes in, std::size_t count, int nesting) noexcept {
    for (; count > 0; --count) {
        const std::size_t size = encoded_size(in, nesting);
        if (size == kNoValue) {
            return false;
        }
        in = in.subspan(size);
    }
    return in.empty();
}

/// The size of a list or map that fills `in`, if its values are well-formed. Apart, so that the
/// many values that are neither do not pay for it.
[[gnu::noinline]] std::size_t whole_compound(Bytes in, std::size_t width, int nesting) noexcept {
    const auto found = compound_of(in, width);
    return found && holds_values(found->values, found->count, nesting) ? in.size() : kNoValue;
}

/// Bytes of a value of fixed size.
constexpr std::size_t width_of(Code code) noexcept {
    return layout_of(static_cast<std::uint8_t>(code)).width;
}

/// `width` bytes, at most 8, in network order.
std::uint64_t load(const std::uint8_t* at, std::size_t width) noexcept {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < width; ++i) {
        value = value << 8 | at[i];
    }
    return value;
}

}  // namespace

std::size_t encoded_size(Bytes in, int nesting) noexcept {
    if (in.empty() || nesting > kValueNestingMax) {
        return kNoValue;
    }
    if (static_cast<Code>(in[0]) == Code::described) {
        const std::size_t descriptor = encoded_size(in.subspan(1), nesting + 1);
        if (descriptor == kNoValue) {
            return kNoValue;
        }
        const std::size_t value = encoded_size(in.subspan(1 + descriptor), nesting + 1);
        return value == kNoValue ? kNoValue : 1 + descriptor + value;
    }
    return with_layout(
        in[0], [ in, nesting ](Layout layout) __attribute__((always_inline)) {
            const std::size_t size = stated_size(in, layout);
            if (size > in.size()) {
                return kNoValue;
            }
            return layout.kind == Layout::Kind::compound
                       ? whole_compound(in.first(size), layout.width, nesting + 1)
                       : size;
        });
}

bool Reader::need(std::size_t size) noexcept {
    if (static_cast<std::size_t>(end_ - p_) < size) {
        set_failed();
        return false;
    }
    return true;
}

bool Reader::absent() noexcept {
    if (p_ == end_) {
        return true;
    }
    if (*p_ == static_cast<std::uint8_t>(Code::null)) {
        ++p_;
        return true;
    }
    return false;
}

std::optional<std::uint64_t> Reader::unsigned_integer(int width_max) noexcept {
    if (absent()) {
        return std::nullopt;
    }
    std::size_t width = 0;
    int type_width = 0;
    switch (static_cast<Code>(*p_)) {
        case Code::ubyte:
            width = width_of(Code::ubyte), type_width = 1;
            break;
        case Code::ushort:
            width = width_of(Code::ushort), type_width = 2;
            break;
        case Code::uint0:
            width = width_of(Code::uint0), type_width = 4;
            break;
        case Code::smalluint:
            width = width_of(Code::smalluint), type_width = 4;
            break;
        case Code::uint:
            width = width_of(Code::uint), type_width = 4;
            break;
        case Code::ulong0:
            width = width_of(Code::ulong0), type_width = 8;
            break;
        case Code::smallulong:
            width = width_of(Code::smallulong), type_width = 8;
            break;
        case Code::ulong:
            width = width_of(Code::ulong), type_width = 8;
            break;
        default:
            break;
    }
    // A narrower unsigned type than the spec asks for is harmless; a wider one is not.
    if (type_width == 0 || type_width > width_max) {
        set_failed();
        return std::nullopt;
    }
    if (!need(1 + width)) {
        return std::nullopt;
    }
    const std::uint64_t value = load(p_ + 1, width);
    p_ += 1 + width;
    return value;
}

std::optional<bool> Reader::boolean() noexcept {
    if (absent()) {
        return std::nullopt;
    }
    const auto code = static_cast<Code>(*p_);
    if (code == Code::boolean_true || code == Code::boolean_false) {
        ++p_;
        return code == Code::boolean_true;
    }
    if (code == Code::boolean && need(2) && p_[1] <= 1) {
        p_ += 2;
        return p_[-1] == 1;
    }
    set_failed();
    return std::nullopt;
}

std::optional<std::uint8_t> Reader::ubyte() noexcept {
    const auto value = unsigned_integer(1);
    return value ? std::optional(static_cast<std::uint8_t>(*value)) : std::nullopt;
}

std::optional<std::uint16_t> Reader::ushort() noexcept {
    const auto value = unsigned_integer(2);
    return value ? std::optional(static_cast<std::uint16_t>(*value)) : std::nullopt;
}

std::optional<std::uint32_t> Reader::uint() noexcept {
    const auto value = unsigned_integer(4);
    return value ? std::optional(static_cast<std::uint32_t>(*value)) : std::nullopt;
}

std::optional<std::uint64_t> Reader::ulong() noexcept {
    return unsigned_integer(8);
}

std::optional<std::int64_t> Reader::integer() noexcept {
    switch (peek()) {
        case Code::byte:
        case Code::smallint:
        case Code::smalllong:
        case Code::short_:
        case Code::int_:
        case Code::long_:
            break;
        default: {
            const auto value = unsigned_integer(8);
            return value ? std::optional(static_cast<std::int64_t>(*value)) : std::nullopt;
        }
    }
    const std::size_t width = layout_of(*p_).width;
    if (!need(1 + width)) {
        return std::nullopt;
    }
    const std::size_t spare = 64 - 8 * width;  // bits that become copies of the sign
    const auto value = static_cast<std::int64_t>(load(p_ + 1, width) << spare) >> spare;
    p_ += 1 + width;
    return value;
}

std::optional<std::int64_t> Reader::timestamp() noexcept {
    if (absent()) {
        return std::nullopt;
    }
    if (static_cast<Code>(*p_) != Code::timestamp || !need(9)) {
        set_failed();
        return std::nullopt;
    }
    const auto value = static_cast<std::int64_t>(load_u64(p_ + 1));
    p_ += 9;
    return value;
}

std::optional<Bytes> Reader::variable(Code short_form, Code long_form) noexcept {
    if (absent()) {
        return std::nullopt;
    }
    const auto code = static_cast<Code>(*p_);
    const std::size_t width = code == short_form ? 1 : code == long_form ? 4 : 0;
    const std::size_t total = width == 0 ? kNoValue : stated_size(rest());
    if (total == kNoValue || !need(total)) {
        set_failed();
        return std::nullopt;
    }
    const Bytes value{p_ + 1 + width, total - 1 - width};
    p_ += total;
    return value;
}

std::optional<Bytes> Reader::binary() noexcept {
    return variable(Code::vbin8, Code::vbin32);
}

std::optional<std::string_view> Reader::string() noexcept {
    const auto value = variable(Code::str8, Code::str32);
    return value ? std::optional(as_text(*value)) : std::nullopt;
}

std::optional<std::string_view> Reader::symbol() noexcept {
    const auto value = variable(Code::sym8, Code::sym32);
    return value ? std::optional(as_text(*value)) : std::nullopt;
}

std::optional<std::string_view> Reader::text() noexcept {
    return is_symbol(peek()) ? symbol() : string();
}

Bytes Reader::raw() noexcept {
    if (absent()) {
        return {};
    }
    const std::size_t size = encoded_size(rest());
    if (size == kNoValue) {
        set_failed();
        return {};
    }
    const Bytes value{p_, size};
    p_ += size;
    return value;
}

std::optional<std::uint64_t> Reader::descriptor() noexcept {
    if (p_ == end_ || peek() != Code::described) {
        set_failed();
        return std::nullopt;
    }
    ++p_;
    if (is_symbol(peek())) {
        const auto name = symbol();
        return name ? std::optional(descriptor_number(*name)) : std::nullopt;
    }
    const auto value = unsigned_integer(8);
    if (!value) {
        set_failed();
    }
    return value;
}

Reader Reader::compound(Code short_form, Code long_form, std::uint32_t& count) noexcept {
    count = 0;
    const Code code = peek();
    std::optional<Compound> found;
    if (code == short_form) {
        found = compound_of(rest(), 1);
    } else if (code == long_form) {
        found = compound_of(rest(), 4);
    }
    if (!found) {
        set_failed();
        return {};
    }
    count = found->count;
    p_ = found->values.data() + found->values.size();
    return Reader{found->values};
}

Reader Reader::list(std::uint32_t& count) noexcept {
    if (peek() == Code::list0) {
        ++p_;
        count = 0;
        return {};
    }
    return compound(Code::list8, Code::list32, count);
}

Reader Reader::map(std::uint32_t& count) noexcept {
    return compound(Code::map8, Code::map32, count);
}

Reader Reader::described_list(std::uint64_t& descriptor_out) noexcept {
    const auto value = descriptor();
    descriptor_out = value.value_or(0);
    if (!value) {
        return {};
    }
    std::uint32_t count = 0;
    return list(count);
}

}  // namespace weft::wire
