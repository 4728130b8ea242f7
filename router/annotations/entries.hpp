#pragma once

#include "common/base/bytes.hpp"
#include "common/wire/big_endian.hpp"
#include "common/wire/codes.hpp"
#include "common/wire/reader.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

/// Walking over annotations and traces without decoding what nobody asks for.
namespace weft::annotations {

/// A string's code and the symbol's of the same width differ in this bit alone.
inline constexpr std::uint8_t kSymbolBit =
    static_cast<std::uint8_t>(wire::Code::sym8) ^ static_cast<std::uint8_t>(wire::Code::str8);
static_assert((static_cast<std::uint8_t>(wire::Code::sym32) ^
               static_cast<std::uint8_t>(wire::Code::str32)) == kSymbolBit);

/// A string or symbol that starts a value, and the bytes it takes; 0 if another type does.
struct Text {
    std::string_view text;
    std::size_t size = 0;
};

inline Text text_of(Bytes in) noexcept {
    if (in.size() < 2) {
        return {};
    }
    const auto kind = static_cast<wire::Code>(in[0] & ~kSymbolBit);
    const bool wide = kind == wire::Code::str32 && in.size() >= 5;
    if (kind != wire::Code::str8 && !wide) {
        return {};
    }
    const std::size_t head = wide ? 5 : 2;
    const std::size_t size = wide ? wire::load_u32(&in[1]) : in[1];
    if (size > in.size() - head) {
        return {};
    }
    return {as_text(in.subspan(head, size)), head + size};
}

/// True if what text_of() found at `in` is a symbol.
inline bool is_symbol(Bytes in) noexcept {
    return !in.empty() && (in[0] & kSymbolBit) == kSymbolBit;
}

/// As encoded_size() for values that scan() has seen: does not look into those of a short form.
inline std::size_t size_of(Bytes in) noexcept {
    constexpr int kVariable8 = static_cast<int>(wire::Code::vbin8) >> 4;
    constexpr int kCompound8 = static_cast<int>(wire::Code::list8) >> 4;
    const int kind = in.empty() ? 0 : in[0] >> 4;
    if ((kind == kVariable8 || kind == kCompound8) && in.size() >= 2) [[likely]] {
        const std::size_t size = 2 + std::size_t{in[1]};
        return size <= in.size() ? size : 0;
    }
    return wire::encoded_size(in);
}

/// The entries of a map of annotations, one after the other. Total: any bytes.
/// Threading: not shared (a value).
class Entries {
public:
    /// `map` is the section's value, without its descriptor.
    explicit Entries(Bytes map) noexcept {
        wire::Reader reader(map);
        std::uint32_t count = 0;
        rest_ = reader.map(count).rest();
        ok_ = reader.ok();
    }

    /// Steps to the next entry; false after the last, or if what follows is not one.
    bool next() noexcept {
        if (rest_.empty()) {
            return false;
        }
        const Text text = text_of(rest_);
        const std::size_t key_size = text.size > 0 ? text.size : wire::encoded_size(rest_);
        const std::size_t value_size = key_size > 0 ? size_of(rest_.subspan(key_size)) : 0;
        if (value_size == 0) {
            ok_ = false;
            return false;
        }
        key_ = text.text;
        value_ = rest_.subspan(key_size, value_size);
        whole_ = rest_.first(key_size + value_size);
        rest_ = rest_.subspan(whole_.size());
        return true;
    }

    bool ok() const noexcept { return ok_; }
    /// Strings count like symbols: a peer that is lax about the type means the same key. Empty if
    /// it is not a text.
    std::string_view key() const noexcept { return key_; }
    bool key_is_symbol() const noexcept { return !key_.empty() && is_symbol(whole_); }
    Bytes value() const noexcept { return value_; }
    Bytes whole() const noexcept { return whole_; }

private:
    Bytes rest_;
    std::string_view key_;
    Bytes value_;
    Bytes whole_;
    bool ok_ = true;
};

/// The routers of an encoded trace, a list of texts. Total: any bytes.
/// Threading: not shared (a value).
class TraceWalk {
public:
    /// Empty: there is none, and so no router.
    explicit TraceWalk(Bytes trace) noexcept {
        if (!trace.empty()) {
            wire::Reader reader(trace);
            rest_ = reader.list(count_).rest();
            ok_ = reader.ok();
        }
    }

    /// Steps to the next text; false after the last, or at what is not one.
    bool next() noexcept {
        const Text text = text_of(rest_);
        symbol_ = is_symbol(rest_);
        text_ = text.text;
        rest_ = rest_.subspan(text.size);
        return text.size > 0;
    }

    /// It is a list.
    bool ok() const noexcept { return ok_; }
    /// As the list says, be they texts or not.
    std::uint32_t count() const noexcept { return count_; }
    bool done() const noexcept { return rest_.empty(); }
    std::string_view text() const noexcept { return text_; }
    bool text_is_symbol() const noexcept { return symbol_; }
    Bytes rest() const noexcept { return rest_; }

private:
    Bytes rest_;
    std::string_view text_;
    std::uint32_t count_ = 0;
    bool symbol_ = false;
    bool ok_ = true;
};

}  // namespace weft::annotations
