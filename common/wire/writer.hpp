#pragma once

#include "common/base/bytes.hpp"
#include "common/wire/codes.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

/// Appending of encoded AMQP values, each in its shortest form.
/// Spec: AMQP 1.0 §1.6
namespace weft::wire {

/// Writes to the end of a buffer that the caller owns.
///
/// A list or map is opened with begin_*, filled, and closed with end(mark);
/// its size and count are patched in then (the 32-bit form, unless end_shortest is asked). The
/// fields of a performative's list count themselves: each call below is one value, and trailing
/// nulls may simply be left out. Threading: not shared.
class Writer {
public:
    explicit Writer(Buffer& out) : out_{out} {}

    /// Where a compound value was opened; give it back to end().
    struct Mark {
        std::size_t at = 0;
        std::uint32_t outer_count = 0;
    };

    Mark begin_list();
    Mark begin_map();
    /// A described list: descriptor, then as begin_list().
    Mark begin_described_list(std::uint64_t descriptor);
    void end(Mark mark);
    /// As end(), but in the shortest form that holds it: for what is kept or sent often.
    void end_shortest(Mark mark);

    /// The descriptor of the value written next; together they count as one.
    void descriptor(std::uint64_t code);
    void descriptor(std::string_view symbol);

    void null();
    void boolean(bool value);
    void ubyte(std::uint8_t value);
    void ushort(std::uint16_t value);
    void uint(std::uint32_t value);
    void ulong(std::uint64_t value);
    void byte(std::int8_t value);
    void short_(std::int16_t value);
    void int_(std::int32_t value);
    void long_(std::int64_t value);
    void float_(float value);
    void double_(double value);
    void character(char32_t value);
    void timestamp(std::int64_t milliseconds);
    void uuid(Bytes sixteen);
    void binary(Bytes value);
    void string(std::string_view value);
    void symbol(std::string_view value);
    /// A value that is encoded already; empty writes null.
    void raw(Bytes encoded);

    // As above, null if absent.
    void boolean(std::optional<bool> value) { value ? boolean(*value) : null(); }
    void uint(std::optional<std::uint32_t> value) { value ? uint(*value) : null(); }
    void ulong(std::optional<std::uint64_t> value) { value ? ulong(*value) : null(); }

private:
    void code(Code c) { out_.push_back(static_cast<std::uint8_t>(c)); }
    void fixed(Code c, std::uint64_t value, int width);
    void variable(Code short_form, Code long_form, Bytes value);
    Mark begin(Code c);

    Buffer& out_;
    std::uint32_t count_ = 0;
};

}  // namespace weft::wire
