#pragma once

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

/// Any AMQP value as a tree: for management, properties and capabilities, never for message bodies
/// on their way through. Text is kept as it came: nothing here checks UTF-8.
/// Threading: not shared (values). Spec: AMQP 1.0 §1.6
namespace weft::wire {

struct Value;
class Writer;

struct Symbol {
    std::string text;
    bool operator==(const Symbol&) const = default;
};
struct Binary {
    Buffer bytes;
    bool operator==(const Binary&) const = default;
};
struct Timestamp {
    std::int64_t milliseconds = 0;
    bool operator==(const Timestamp&) const = default;
};
struct Uuid {
    std::array<std::uint8_t, 16> bytes{};
    bool operator==(const Uuid&) const = default;
};
/// decimal32, decimal64 and decimal128, passed on as the bytes they came in (4, 8 or 16).
struct Decimal {
    Buffer bytes;
    bool operator==(const Decimal&) const = default;
};
using List = std::vector<Value>;
/// In the order of the wire: maps of management answers are read by people.
using Map = std::vector<std::pair<Value, Value>>;
/// All elements have one type, described ones one descriptor: encode() checks it as a programmer's
/// error. An empty array remembers no type and is written as one of symbols.
struct Array {
    List elements;
    bool operator==(const Array&) const;
};
/// A null pointer stands for a null value.
struct Described {
    std::shared_ptr<const Value> descriptor;  // immutable, shared by copies
    std::shared_ptr<const Value> value;
    bool operator==(const Described&) const;
};

struct Value {
    using Alternatives = std::variant<std::monostate,
                                      bool,
                                      std::uint8_t,
                                      std::uint16_t,
                                      std::uint32_t,
                                      std::uint64_t,
                                      std::int8_t,
                                      std::int16_t,
                                      std::int32_t,
                                      std::int64_t,
                                      float,
                                      double,
                                      char32_t,
                                      Timestamp,
                                      Uuid,
                                      Decimal,
                                      Binary,
                                      std::string,
                                      Symbol,
                                      List,
                                      Map,
                                      Array,
                                      Described>;
    Alternatives data;

    Value() = default;
    template <class T>
        requires(!std::is_same_v<std::remove_cvref_t<T>, Value> &&
                 std::is_constructible_v<Alternatives, T>)
    // Implicit, so that literals of maps stay readable.
    // NOLINTNEXTLINE(bugprone-forwarding-reference-overload): the constraint excludes Value
    Value(T&& value) : data(std::forward<T>(value)) {}
    Value(const char* text) : data(std::string(text)) {}
    Value(std::string_view text) : data(std::string(text)) {}

    bool operator==(const Value&) const = default;

    bool is_null() const noexcept { return std::holds_alternative<std::monostate>(data); }
    template <class T>
    const T* as() const noexcept {
        return std::get_if<T>(&data);
    }
    /// The text of a string or symbol; null if it is neither.
    const std::string* text() const noexcept;
    /// The value of any integer type, if it fits.
    std::optional<std::int64_t> integer() const;
};

/// The value under a string or symbol key, the first if there are more; null if absent.
const Value* find(const Map& map, std::string_view key) noexcept;

/// Values (elements of arrays, descriptors, keys included) in a tree built from a peer's bytes;
/// more is an error, not memory.
inline constexpr std::size_t kValuesMax = 65536;
/// Elements of an array that take no bytes (null, true, 0, []): a few bytes could stand for any
/// number of values.
inline constexpr std::size_t kBytelessMax = 256;

/// Reads exactly one value from the front of `in` and moves `in` behind it, or leaves `in` alone.
/// Limits: kValueNestingMax, kValuesMax, kBytelessMax. Errors: kDecodeError, also for a value that
/// is cut off.
[[nodiscard]] Result<Value> decode(Bytes& in);
/// As above, for trees that share one limit: `values_left` is what remains of it.
[[nodiscard]] Result<Value> decode(Bytes& in, std::size_t& values_left);

/// Appends `value` in its shortest encoding.
void encode(Buffer& out, const Value& value);
/// As above, as the next value of the list or map that `out` has open.
void encode(Writer& out, const Value& value);
void encode(Writer& out, const List& list);
void encode(Writer& out, const Map& map);

/// For people and logs: {"a": 1, "b": [true, null]}; binary as hex.
std::string to_string(const Value& value);

}  // namespace weft::wire
