#include "common/base/conditions.hpp"
#include "common/wire/codes.hpp"
#include "common/wire/value.hpp"
#include "common/wire/value_head.hpp"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <optional>

namespace weft::wire {
namespace {

using Descriptors = std::vector<std::shared_ptr<const Value>>;

/// Builds a tree. What it allocates is bounded by `values_left` and by the bytes of the input:
/// nothing is reserved for a count that neither of them allows.
class Decoder {
public:
    Decoder(Bytes in, std::size_t& values_left) : in_{in}, values_left_{values_left} {}

    Bytes rest() const { return in_; }
    const std::string& reason() const { return reason_; }

    bool value(Value& out, int nesting);

private:
    bool payload(Code code, Value& out, int nesting);
    bool fixed(Code code, std::size_t width, Value& out);
    bool variable(Code code, std::size_t width, Value& out);
    bool compound(Code code, std::size_t width, Value& out, int nesting);
    bool list(std::size_t count, Value& out, int nesting);
    bool map(std::size_t count, Value& out, int nesting);
    bool array(std::size_t count, Value& out, int nesting);
    bool element(const Descriptors& descriptors, Code code, Value& out, int nesting);

    bool failed(std::string reason);
    bool take(std::size_t size, Bytes& out);
    bool size_field(std::size_t width, std::size_t& out);
    bool spend_value();

    Bytes in_;
    std::size_t& values_left_;
    std::string reason_;
};

bool Decoder::failed(std::string reason) {
    reason_ = std::move(reason);
    return false;
}

bool Decoder::take(std::size_t size, Bytes& out) {
    if (in_.size() < size) {
        return failed("a value is cut off");
    }
    out = in_.first(size);
    in_ = in_.subspan(size);
    return true;
}

bool Decoder::size_field(std::size_t width, std::size_t& out) {
    Bytes bytes;
    if (!take(width, bytes)) {
        return false;
    }
    out = load_size(bytes.data(), width);
    return true;
}

bool Decoder::spend_value() {
    if (values_left_ == 0) {
        return failed("more than " + std::to_string(kValuesMax) + " values");
    }
    --values_left_;
    return true;
}

bool Decoder::value(Value& out, int nesting) {
    Bytes code;
    if (nesting > kValueNestingMax) {
        return failed("values are nested deeper than " + std::to_string(kValueNestingMax));
    }
    if (!spend_value() || !take(1, code)) {
        return false;
    }
    if (static_cast<Code>(code[0]) != Code::described) {
        return payload(static_cast<Code>(code[0]), out, nesting);
    }
    Value descriptor;
    Value inner;
    if (!value(descriptor, nesting + 1) || !value(inner, nesting + 1)) {
        return false;
    }
    out.data = Described{std::make_shared<const Value>(std::move(descriptor)),
                         std::make_shared<const Value>(std::move(inner))};
    return true;
}

bool Decoder::payload(Code code, Value& out, int nesting) {
    const Layout layout = layout_of(static_cast<std::uint8_t>(code));
    switch (layout.kind) {
        case Layout::Kind::variable:
            return variable(code, layout.width, out);
        case Layout::Kind::compound:
        case Layout::Kind::array:
            return compound(code, layout.width, out, nesting);
        case Layout::Kind::none:
        case Layout::Kind::fixed:
            break;
    }
    return fixed(code, layout.width, out);
}

std::uint64_t big_endian(Bytes bytes) {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : bytes.first(std::min<std::size_t>(bytes.size(), 8))) {
        value = value << 8 | byte;
    }
    return value;
}

/// The value of an integer type's code; nothing if the code is of another type.
std::optional<Value> integer(Code code, std::uint64_t bits) {
    switch (code) {
        case Code::ubyte:
            return static_cast<std::uint8_t>(bits);
        case Code::ushort:
            return static_cast<std::uint16_t>(bits);
        case Code::uint0:
        case Code::smalluint:
        case Code::uint:
            return static_cast<std::uint32_t>(bits);
        case Code::ulong0:
        case Code::smallulong:
        case Code::ulong:
            return bits;
        case Code::byte:
            return static_cast<std::int8_t>(bits);
        case Code::short_:
            return static_cast<std::int16_t>(bits);
        case Code::smallint:
            return std::int32_t{static_cast<std::int8_t>(bits)};
        case Code::int_:
            return static_cast<std::int32_t>(bits);
        case Code::smalllong:
            return std::int64_t{static_cast<std::int8_t>(bits)};
        case Code::long_:
            return static_cast<std::int64_t>(bits);
        default:
            return std::nullopt;
    }
}

/// As above, of the other types of fixed width.
std::optional<Value> other_fixed(Code code, std::uint64_t bits, Bytes bytes) {
    switch (code) {
        case Code::null:
            return Value{};
        case Code::boolean_true:
            return true;
        case Code::boolean_false:
            return false;
        case Code::float_:
            return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
        case Code::double_:
            return std::bit_cast<double>(bits);
        case Code::character:
            return static_cast<char32_t>(bits);
        case Code::timestamp:
            return Timestamp{static_cast<std::int64_t>(bits)};
        case Code::decimal32:
        case Code::decimal64:
        case Code::decimal128:
            return Decimal{Buffer(bytes.begin(), bytes.end())};
        case Code::uuid: {
            Uuid uuid;
            std::ranges::copy(bytes, uuid.bytes.begin());
            return uuid;
        }
        case Code::list0:
            return List{};
        default:
            return std::nullopt;
    }
}

bool Decoder::fixed(Code code, std::size_t width, Value& out) {
    Bytes bytes;
    if (!take(width, bytes)) {
        return false;
    }
    const std::uint64_t bits = big_endian(bytes);
    if (code == Code::boolean) {
        out = Value{bits == 1};
        return bits <= 1 || failed("a boolean is neither 0 nor 1");
    }
    auto value = integer(code, bits);
    if (!value) {
        value = other_fixed(code, bits, bytes);
    }
    if (!value) {
        char text[48];
        std::snprintf(text, sizeof text, "0x%02x is no type's code", static_cast<unsigned>(code));
        return failed(text);
    }
    out = *std::move(value);
    return true;
}

bool Decoder::variable(Code code, std::size_t width, Value& out) {
    std::size_t size = 0;
    Bytes bytes;
    if (!size_field(width, size) || !take(size, bytes)) {
        return false;
    }
    switch (code) {
        case Code::vbin8:
        case Code::vbin32:
            out.data = Binary{Buffer(bytes.begin(), bytes.end())};
            return true;
        case Code::str8:
        case Code::str32:
            out.data = std::string(as_text(bytes));
            return true;
        case Code::sym8:
        case Code::sym32:
            out.data = Symbol{std::string(as_text(bytes))};
            return true;
        default:
            return failed("a value of variable width has no known type");
    }
}

bool Decoder::compound(Code code, std::size_t width, Value& out, int nesting) {
    std::size_t size = 0;
    std::size_t count = 0;
    Bytes body;
    if (!size_field(width, size) || !take(size, body)) {
        return false;
    }
    const Bytes behind = in_;
    in_ = body;
    if (!size_field(width, count)) {
        return false;
    }
    bool ok = false;
    switch (code) {
        case Code::list8:
        case Code::list32:
            ok = list(count, out, nesting + 1);
            break;
        case Code::map8:
        case Code::map32:
            ok = map(count, out, nesting + 1);
            break;
        case Code::array8:
        case Code::array32:
            ok = array(count, out, nesting + 1);
            break;
        default:
            return failed("a compound value has no known type");
    }
    if (ok && !in_.empty()) {
        return failed("a compound value is longer than its elements");
    }
    in_ = behind;
    return ok;
}

bool Decoder::list(std::size_t count, Value& out, int nesting) {
    if (count > in_.size()) {
        return failed("a list counts more elements than it has bytes");
    }
    List& elements = out.data.emplace<List>();
    elements.reserve(std::min(count, values_left_));
    for (; count > 0; --count) {
        if (!value(elements.emplace_back(), nesting)) {
            return false;
        }
    }
    return true;
}

bool Decoder::map(std::size_t count, Value& out, int nesting) {
    if (count > in_.size() || count % 2 != 0) {
        return failed("a map's count is odd or exceeds its bytes");
    }
    Map& pairs = out.data.emplace<Map>();
    pairs.reserve(std::min(count, values_left_) / 2);
    for (; count > 0; count -= 2) {
        auto& [key, mapped] = pairs.emplace_back();
        if (!value(key, nesting) || !value(mapped, nesting)) {
            return false;
        }
    }
    return true;
}

bool Decoder::array(std::size_t count, Value& out, int nesting) {
    List& elements = out.data.emplace<Array>().elements;
    if (count == 0 && in_.empty()) {
        return true;  // some peers leave out the constructor of no elements
    }
    Descriptors descriptors;
    Bytes code;
    if (!take(1, code)) {
        return false;
    }
    for (; static_cast<Code>(code[0]) == Code::described; ++nesting) {
        Value descriptor;
        if (!value(descriptor, nesting) || !take(1, code)) {
            return false;
        }
        descriptors.push_back(std::make_shared<const Value>(std::move(descriptor)));
    }
    if (nesting > kValueNestingMax) {
        return failed("values are nested deeper than " + std::to_string(kValueNestingMax));
    }
    if (count > kBytelessMax && in_.empty()) {  // the input's size does not bound them
        return failed("an array has more than " + std::to_string(kBytelessMax) +
                      " elements without bytes");
    }
    elements.reserve(std::min(count, values_left_));
    for (; count > 0; --count) {
        if (!element(descriptors, static_cast<Code>(code[0]), elements.emplace_back(), nesting)) {
            return false;
        }
    }
    return true;
}

bool Decoder::element(const Descriptors& descriptors, Code code, Value& out, int nesting) {
    if (!spend_value() || !payload(code, out, nesting)) {
        return false;
    }
    for (auto at = descriptors.rbegin(); at != descriptors.rend(); ++at) {
        if (!spend_value()) {
            return false;
        }
        Described described{*at, std::make_shared<const Value>(std::move(out))};
        out = Value{std::move(described)};
    }
    return true;
}

}  // namespace

Result<Value> decode(Bytes& in, std::size_t& values_left) {
    Decoder decoder(in, values_left);
    Value out;
    if (!decoder.value(out, 0)) {
        return fail(kDecodeError, decoder.reason());
    }
    in = decoder.rest();
    return out;
}

Result<Value> decode(Bytes& in) {
    std::size_t values_left = kValuesMax;
    return decode(in, values_left);
}

}  // namespace weft::wire
