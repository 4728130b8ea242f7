#pragma once

#include "common/base/bytes.hpp"
#include "common/wire/big_endian.hpp"
#include "common/wire/codes.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

/// The head of an encoded value: what its first bytes say of the rest.
///
/// Everything that reads or writes encoded values stands on this, the hot readers and writers too:
/// hence all of it is inline. Total: any bytes. Threading: any thread (no state).
/// Spec: AMQP 1.0 §1.2
namespace weft::wire {

/// What a constructor says of the bytes behind it.
struct Layout {
    enum class Kind : std::uint8_t {
        none,      // the spec has no such constructor; 0x00, a descriptor, is none either
        fixed,     // `width` bytes of value
        variable,  // a size of `width` bytes, then so many bytes
        compound,  // the same, and a count of `width` bytes is the first of them
        array,     // the same, and the constructor of all elements follows the count
    };

    Kind kind = Kind::none;
    std::uint8_t width = 0;
};

/// Calls `use` with the layout of a constructor, which its high digit tells, and returns what that
/// returns. To `use` the layout is a constant, one of each: readers of many values are as fast as
/// if they were written out for each layout.
template <class Use>
constexpr auto with_layout(std::uint8_t constructor, Use use) noexcept {
    using Kind = Layout::Kind;
    switch (constructor >> 4U) {
        case 0x4:
            return use(Layout{Kind::fixed, 0});
        case 0x5:
            return use(Layout{Kind::fixed, 1});
        case 0x6:
            return use(Layout{Kind::fixed, 2});
        case 0x7:
            return use(Layout{Kind::fixed, 4});
        case 0x8:
            return use(Layout{Kind::fixed, 8});
        case 0x9:
            return use(Layout{Kind::fixed, 16});
        case 0xa:
            return use(Layout{Kind::variable, 1});
        case 0xb:
            return use(Layout{Kind::variable, 4});
        case 0xc:
            return use(Layout{Kind::compound, 1});
        case 0xd:
            return use(Layout{Kind::compound, 4});
        case 0xe:
            return use(Layout{Kind::array, 1});
        case 0xf:
            return use(Layout{Kind::array, 4});
        default:
            return use(Layout{Kind::none, 0});
    }
}

constexpr Layout layout_of(std::uint8_t constructor) noexcept {
    return with_layout(constructor, [](Layout layout) { return layout; });
}

/// A size or count of `width` bytes, 1 or 4.
inline std::uint32_t load_size(const std::uint8_t* at, std::size_t width) noexcept {
    return width == 1 ? *at : load_u32(at);
}

// What stated_size() says instead of a size.
inline constexpr std::size_t kNoValue = 0;
inline constexpr std::size_t kSizeCutOff = std::numeric_limits<std::size_t>::max();

/// The size a value without descriptor states in its first bytes, its constructor included, whether
/// or not it is all there; its contents are not looked at.
[[gnu::always_inline]] inline std::size_t stated_size(Bytes in, Layout layout) noexcept {
    if (layout.kind == Layout::Kind::none) {
        return kNoValue;
    }
    const std::size_t head = std::size_t{1} + layout.width;
    if (layout.kind == Layout::Kind::fixed) {
        return head;
    }
    return in.size() < head ? kSizeCutOff : head + load_size(&in[1], layout.width);
}
inline std::size_t stated_size(Bytes in) noexcept {
    return in.empty() ? kSizeCutOff
                      : with_layout(
                            in[0], [in](Layout layout) __attribute__((always_inline)) {
                                return stated_size(in, layout);
                            });
}

/// Bytes of constructor, size and count in front of the values of a list, map or array.
constexpr std::size_t compound_head(std::size_t width) noexcept {
    return 1 + 2 * width;
}
inline constexpr std::size_t kHead8 = compound_head(1);
inline constexpr std::size_t kHead32 = compound_head(4);

/// A list, map or array of which all bytes are there.
struct Compound {
    std::uint32_t count = 0;  // of values, as stated
    Bytes values{};           // of an array the constructor of all first
};

/// The list, map or array that starts `in`, of a constructor with sizes of `width` bytes; nothing
/// if it is cut off or shorter than its head.
[[gnu::always_inline]] inline std::optional<Compound> compound_of(Bytes in,
                                                                  std::size_t width) noexcept {
    const std::size_t head = compound_head(width);
    if (in.size() < head) {
        return std::nullopt;
    }
    const std::size_t total = 1 + width + load_size(&in[1], width);
    if (total < head || total > in.size()) {
        return std::nullopt;
    }
    return Compound{load_size(&in[1 + width], width), in.subspan(head, total - head)};
}

/// True if a list, map or array whose values take `body` bytes has a short form.
constexpr bool fits_head8(std::size_t body, std::size_t count) noexcept {
    return body + 1 <= 0xff && count <= 0xff;
}
/// Writes the head of one into kHead8 bytes.
inline void store_head8(std::uint8_t* at, Code code, std::size_t body, std::size_t count) noexcept {
    at[0] = static_cast<std::uint8_t>(code);
    at[1] = static_cast<std::uint8_t>(body + 1);
    at[2] = static_cast<std::uint8_t>(count);
}
/// The same into kHead32 bytes.
inline void store_head32(std::uint8_t* at,
                         Code code,
                         std::size_t body,
                         std::size_t count) noexcept {
    at[0] = static_cast<std::uint8_t>(code);
    store_u32(at + 1, static_cast<std::uint32_t>(body + 4));
    store_u32(at + 5, static_cast<std::uint32_t>(count));
}

/// Bytes of a numeric descriptor as everybody writes it: "00 53 24".
inline constexpr std::size_t kDescriptor8 = 3;

/// True if `in` starts with such a descriptor; its last byte is the number.
inline bool has_descriptor8(Bytes in) noexcept {
    return in.size() >= kDescriptor8 && in[0] == static_cast<std::uint8_t>(Code::described) &&
           in[1] == static_cast<std::uint8_t>(Code::smallulong);
}
/// Writes kDescriptor8 bytes.
inline void store_descriptor8(std::uint8_t* at, std::uint8_t number) noexcept {
    at[0] = static_cast<std::uint8_t>(Code::described);
    at[1] = static_cast<std::uint8_t>(Code::smallulong);
    at[2] = number;
}

}  // namespace weft::wire
