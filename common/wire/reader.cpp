#include "common/wire/reader.hpp"

#include "common/wire/big_endian.hpp"
#include "common/wire/descriptors.hpp"

namespace weft::wire {
namespace {

constexpr std::size_t kMalformed = 0;

/// Size of a value of variable or compound encoding, its constructor included.
std::size_t sized(Bytes in, std::size_t size_width) noexcept {
    if (in.size() < 1 + size_width) {
        return kMalformed;
    }
    const std::size_t body = size_width == 1 ? in[1] : load_u32(in.data() + 1);
    const std::size_t total = 1 + size_width + body;
    return total <= in.size() ? total : kMalformed;
}

/// True if `count` values stand in `in`, one after the other, and nothing else.
bool holds_values(Bytes in, std::size_t count, int nesting) noexcept {
    for (; count > 0; --count) {
        const std::size_t size = encoded_size(in, nesting);
        if (size == kMalformed) {
            return false;
        }
        in = in.subspan(size);
    }
    return in.empty();
}

std::size_t sized_compound(Bytes in, std::size_t width, int nesting) noexcept {
    const std::size_t total = sized(in, width);
    if (total == kMalformed || total < 1 + 2 * width) {
        return kMalformed;
    }
    const std::size_t count = width == 1 ? in[2] : load_u32(in.data() + 5);
    const bool whole =
        holds_values(in.subspan(1 + 2 * width, total - 1 - 2 * width), count, nesting);
    return whole ? total : kMalformed;
}

}  // namespace

std::size_t encoded_size(Bytes in, int nesting) noexcept {
    if (in.empty() || nesting > kValueNestingMax) {
        return kMalformed;
    }
    if (in[0] == 0) {
        const std::size_t descriptor = encoded_size(in.subspan(1), nesting + 1);
        if (descriptor == kMalformed) {
            return kMalformed;
        }
        const std::size_t value = encoded_size(in.subspan(1 + descriptor), nesting + 1);
        return value == kMalformed ? kMalformed : 1 + descriptor + value;
    }
    const auto fixed = [&](std::size_t width) {
        return width < in.size() ? 1 + width : kMalformed;
    };
    switch (in[0] >> 4) {
        case 0x4:
            return 1;
        case 0x5:
            return fixed(1);
        case 0x6:
            return fixed(2);
        case 0x7:
            return fixed(4);
        case 0x8:
            return fixed(8);
        case 0x9:
            return fixed(16);
        case 0xa:
            return sized(in, 1);
        case 0xb:
            return sized(in, 4);
        case 0xc:
            return sized_compound(in, 1, nesting + 1);
        case 0xd:
            return sized_compound(in, 4, nesting + 1);
        case 0xe:
            return sized(in, 1);
        case 0xf:
            return sized(in, 4);
        default:
            return kMalformed;
    }
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
    const auto code = static_cast<Code>(*p_);
    std::size_t width = 0;
    int type_width = 0;
    switch (code) {
        case Code::ubyte:
            width = 1, type_width = 1;
            break;
        case Code::ushort:
            width = 2, type_width = 2;
            break;
        case Code::uint0:
            width = 0, type_width = 4;
            break;
        case Code::smalluint:
            width = 1, type_width = 4;
            break;
        case Code::uint:
            width = 4, type_width = 4;
            break;
        case Code::ulong0:
            width = 0, type_width = 8;
            break;
        case Code::smallulong:
            width = 1, type_width = 8;
            break;
        case Code::ulong:
            width = 8, type_width = 8;
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
    std::uint64_t value = 0;
    for (std::size_t i = 1; i <= width; ++i) {
        value = value << 8 | p_[i];
    }
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
    const std::size_t total = width == 0 ? kMalformed : sized(rest(), width);
    if (total == kMalformed) {
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
    const Code code = peek();
    return code == Code::sym8 || code == Code::sym32 ? symbol() : string();
}

Bytes Reader::raw() noexcept {
    if (absent()) {
        return {};
    }
    const std::size_t size = encoded_size(rest());
    if (size == kMalformed) {
        set_failed();
        return {};
    }
    const Bytes value{p_, size};
    p_ += size;
    return value;
}

std::optional<std::uint64_t> Reader::descriptor() noexcept {
    if (p_ == end_ || *p_ != 0) {
        set_failed();
        return std::nullopt;
    }
    ++p_;
    const Code code = peek();
    if (code == Code::sym8 || code == Code::sym32) {
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
    const std::size_t width = code == short_form ? 1 : code == long_form ? 4 : 0;
    const std::size_t total = width == 0 ? kMalformed : sized(rest(), width);
    if (total == kMalformed || total < 1 + 2 * width) {
        set_failed();
        return {};
    }
    count = width == 1 ? p_[2] : load_u32(p_ + 5);
    Reader fields{Bytes{p_ + 1 + 2 * width, total - 1 - 2 * width}};
    p_ += total;
    return fields;
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
