#pragma once

#include "common/base/bytes.hpp"
#include "common/wire/codes.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

/// Pull reading of encoded AMQP values without building a tree.
/// Spec: AMQP 1.0 §1.2, §1.6
namespace weft::wire {

/// The size in bytes of the value that starts `in` (a descriptor included);
/// 0 if it is cut off, malformed or nested deeper than kValueNestingMax.
std::size_t encoded_size(Bytes in, int nesting = 0) noexcept;

/// Reads values one after the other.
///
/// Total: every byte string has a defined result. The first malformed or
/// mistyped value makes the reader fail; from then on it reads only absent
/// values, so that a whole list can be read and `ok()` asked once.
/// Views returned point into the input. Threading: not shared (a value).
class Reader {
public:
    Reader() = default;
    explicit Reader(Bytes in) noexcept : p_{in.data()}, end_{in.data() + in.size()} {}

    bool ok() const noexcept { return !failed_; }
    bool done() const noexcept { return p_ == end_; }
    Bytes rest() const noexcept { return {p_, static_cast<std::size_t>(end_ - p_)}; }
    void set_failed() noexcept {
        failed_ = true;
        p_ = end_;
    }

    /// The next code, or Code::null at the end.
    Code peek() const noexcept { return done() ? Code::null : static_cast<Code>(*p_); }

    /// Enters the described list that is next ("00 53 14 c0 …") and returns a
    /// reader of its fields; `descriptor` gets what `descriptor()` says, 0 if that fails.
    Reader described_list(std::uint64_t& descriptor) noexcept;

    /// Enters the list (or map) that is next; `count` gets the number of its values.
    Reader list(std::uint32_t& count) noexcept;
    Reader map(std::uint32_t& count) noexcept;

    /// The descriptor in front of a described value; the value stays next. Of a symbol its number,
    /// kDescriptorUnknown if it has none (descriptors.hpp).
    std::optional<std::uint64_t> descriptor() noexcept;

    // Each reads one field; an absent field (null, or past the end) is nullopt.
    std::optional<bool> boolean() noexcept;
    std::optional<std::uint8_t> ubyte() noexcept;
    std::optional<std::uint16_t> ushort() noexcept;
    std::optional<std::uint32_t> uint() noexcept;
    std::optional<std::uint64_t> ulong() noexcept;
    /// Of any integer type, signed or not; an ulong above 2^63 comes out as its bits, negative.
    std::optional<std::int64_t> integer() noexcept;
    std::optional<std::int64_t> timestamp() noexcept;
    std::optional<Bytes> binary() noexcept;
    std::optional<std::string_view> string() noexcept;
    std::optional<std::string_view> symbol() noexcept;
    /// A string or a symbol.
    std::optional<std::string_view> text() noexcept;
    /// The whole encoding of the next value, whatever it is; empty if absent.
    Bytes raw() noexcept;

private:
    std::optional<std::uint64_t> unsigned_integer(int width_max) noexcept;
    std::optional<Bytes> variable(Code short_form, Code long_form) noexcept;
    Reader compound(Code short_form, Code long_form, std::uint32_t& count) noexcept;
    bool absent() noexcept;
    bool need(std::size_t size) noexcept;

    const std::uint8_t* p_ = nullptr;
    const std::uint8_t* end_ = nullptr;
    bool failed_ = false;
};

}  // namespace weft::wire
