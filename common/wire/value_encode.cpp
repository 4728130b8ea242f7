#include "common/base/assert.hpp"
#include "common/wire/big_endian.hpp"
#include "common/wire/value.hpp"
#include "common/wire/value_head.hpp"
#include "common/wire/writer.hpp"

#include <algorithm>
#include <bit>
#include <type_traits>

namespace weft::wire {
namespace {

using Elements = std::vector<const Value*>;

const Value& or_null(const std::shared_ptr<const Value>& value) {
    static const Value null;
    return value ? *value : null;
}

void put(Buffer& out, std::uint64_t value, std::size_t width) {
    std::uint8_t bytes[8];
    store_u64(bytes, value);
    append(out, Bytes(bytes).last(width));
}

Code decimal_code(const Decimal& decimal) {
    WEFT_CHECK(decimal.bytes.size() == 4 || decimal.bytes.size() == 8 ||
               decimal.bytes.size() == 16);
    return decimal.bytes.size() == 4   ? Code::decimal32
           : decimal.bytes.size() == 8 ? Code::decimal64
                                       : Code::decimal128;
}

void put_values(Writer& out, const List& list) {
    for (const Value& value : list) {
        encode(out, value);
    }
}

void put_values(Writer& out, const Map& map) {
    for (const auto& [key, value] : map) {
        encode(out, key);
        encode(out, value);
    }
}

void write_array(Writer& out, const Array& array);

struct ValueWriter {
    Writer& out;

    void operator()(std::monostate) const { out.null(); }
    void operator()(bool v) const { out.boolean(v); }
    void operator()(std::uint8_t v) const { out.ubyte(v); }
    void operator()(std::uint16_t v) const { out.ushort(v); }
    void operator()(std::uint32_t v) const { out.uint(v); }
    void operator()(std::uint64_t v) const { out.ulong(v); }
    void operator()(std::int8_t v) const { out.byte(v); }
    void operator()(std::int16_t v) const { out.short_(v); }
    void operator()(std::int32_t v) const { out.int_(v); }
    void operator()(std::int64_t v) const { out.long_(v); }
    void operator()(float v) const { out.float_(v); }
    void operator()(double v) const { out.double_(v); }
    void operator()(char32_t v) const { out.character(v); }
    void operator()(Timestamp v) const { out.timestamp(v.milliseconds); }
    void operator()(const Uuid& v) const { out.uuid(v.bytes); }
    void operator()(const Binary& v) const { out.binary(v.bytes); }
    void operator()(const std::string& v) const { out.string(v); }
    void operator()(const Symbol& v) const { out.symbol(v.text); }
    void operator()(const Array& v) const { write_array(out, v); }

    void operator()(const Decimal& v) const {
        Buffer encoded{static_cast<std::uint8_t>(decimal_code(v))};
        append(encoded, v.bytes);
        out.raw(encoded);
    }
    void operator()(const List& v) const { encode(out, v); }
    void operator()(const Map& v) const { encode(out, v); }
    void operator()(const Described& v) const {
        Buffer encoded{static_cast<std::uint8_t>(Code::described)};
        encode(encoded, or_null(v.descriptor));
        encode(encoded, or_null(v.value));
        out.raw(encoded);
    }
};

template <class T>
bool all_small(const Elements& elements) {
    return std::ranges::all_of(elements, [](const Value* element) {
        const T* v = element->as<T>();
        if constexpr (std::is_same_v<T, Binary>) {
            return v != nullptr && v->bytes.size() <= 0xff;
        } else if constexpr (std::is_same_v<T, Symbol>) {
            return v != nullptr && v->text.size() <= 0xff;
        } else if constexpr (std::is_same_v<T, std::string>) {
            return v != nullptr && v->size() <= 0xff;
        } else if constexpr (std::is_signed_v<T>) {
            return v != nullptr && *v >= -128 && *v <= 127;
        } else {
            return v != nullptr && *v <= 0xff;
        }
    });
}

/// The code that fits all elements, which have the type of the first.
struct CommonCode {
    const Elements& all;

    template <class T>
    Code shorter(Code small, Code wide) const {
        return all_small<T>(all) ? small : wide;
    }

    Code operator()(std::monostate) const { return Code::null; }
    Code operator()(bool) const { return Code::boolean; }
    Code operator()(std::uint8_t) const { return Code::ubyte; }
    Code operator()(std::uint16_t) const { return Code::ushort; }
    Code operator()(std::uint32_t) const {
        return shorter<std::uint32_t>(Code::smalluint, Code::uint);
    }
    Code operator()(std::uint64_t) const {
        return shorter<std::uint64_t>(Code::smallulong, Code::ulong);
    }
    Code operator()(std::int8_t) const { return Code::byte; }
    Code operator()(std::int16_t) const { return Code::short_; }
    Code operator()(std::int32_t) const {
        return shorter<std::int32_t>(Code::smallint, Code::int_);
    }
    Code operator()(std::int64_t) const {
        return shorter<std::int64_t>(Code::smalllong, Code::long_);
    }
    Code operator()(float) const { return Code::float_; }
    Code operator()(double) const { return Code::double_; }
    Code operator()(char32_t) const { return Code::character; }
    Code operator()(Timestamp) const { return Code::timestamp; }
    Code operator()(const Uuid&) const { return Code::uuid; }
    Code operator()(const Decimal& v) const { return decimal_code(v); }
    Code operator()(const Binary&) const { return shorter<Binary>(Code::vbin8, Code::vbin32); }
    Code operator()(const std::string&) const {
        return shorter<std::string>(Code::str8, Code::str32);
    }
    Code operator()(const Symbol&) const { return shorter<Symbol>(Code::sym8, Code::sym32); }
    Code operator()(const List&) const { return Code::list32; }
    Code operator()(const Map&) const { return Code::map32; }
    Code operator()(const Array&) const { return Code::array32; }
    Code operator()(const Described&) const { return Code::described; }
};

void put_elements(Buffer& out, const Elements& elements);

/// An element's bytes without their code, which the array has written once.
struct ElementWriter {
    Buffer& out;
    Code code;

    template <class T>
        requires std::is_integral_v<T>
    void operator()(T v) const {
        const auto digit = static_cast<std::uint8_t>(code) >> 4;
        const std::size_t width = digit == 5 ? 1 : digit == 6 ? 2 : digit == 7 ? 4 : 8;
        put(out, static_cast<std::uint64_t>(v), width);
    }
    void operator()(std::monostate) const {}
    void operator()(float v) const { put(out, std::bit_cast<std::uint32_t>(v), 4); }
    void operator()(double v) const { put(out, std::bit_cast<std::uint64_t>(v), 8); }
    void operator()(Timestamp v) const { put(out, static_cast<std::uint64_t>(v.milliseconds), 8); }
    void operator()(const Uuid& v) const { append(out, v.bytes); }
    void operator()(const Decimal& v) const {
        WEFT_CHECK(decimal_code(v) == code);
        append(out, v.bytes);
    }
    void operator()(const Binary& v) const { variable(v.bytes, Code::vbin8); }
    void operator()(const std::string& v) const { variable(as_bytes(v), Code::str8); }
    void operator()(const Symbol& v) const { variable(as_bytes(v.text), Code::sym8); }
    void operator()(const List& v) const {
        sized(v.size(), [&](Writer& writer) { put_values(writer, v); });
    }
    void operator()(const Map& v) const {
        sized(2 * v.size(), [&](Writer& writer) { put_values(writer, v); });
    }
    void operator()(const Array& v) const {
        sized(v.elements.size(), [&](Writer&) {
            Elements elements;
            std::ranges::for_each(v.elements, [&](const Value& e) { elements.push_back(&e); });
            put_elements(out, elements);
        });
    }
    void operator()(const Described&) const { WEFT_CHECK(false); }  // put_elements unwraps them

    void variable(Bytes bytes, Code small) const {
        put(out, bytes.size(), code == small ? 1 : 4);
        append(out, bytes);
    }
    template <class Fill>
    void sized(std::size_t count, const Fill& fill) const {
        const std::size_t at = out.size();
        out.resize(at + 8);
        Writer writer(out);
        fill(writer);
        store_u32(&out[at], static_cast<std::uint32_t>(out.size() - at - 4));
        store_u32(&out[at + 4], static_cast<std::uint32_t>(count));
    }
};

/// The constructor that all elements share, then each one's bytes.
void put_elements(Buffer& out, const Elements& elements) {
    if (elements.empty()) {
        put(out, static_cast<std::uint8_t>(Code::sym8), 1);
        return;
    }
    const Value& first = *elements.front();
    const Code code = std::visit(CommonCode{elements}, first.data);
    put(out, static_cast<std::uint8_t>(code), 1);
    if (const auto* described = first.as<Described>()) {
        encode(out, or_null(described->descriptor));
        Elements inner;
        for (const Value* element : elements) {
            const auto* each = element->as<Described>();
            WEFT_CHECK(each != nullptr);
            WEFT_CHECK(each->descriptor == described->descriptor ||
                       or_null(each->descriptor) == or_null(described->descriptor));
            inner.push_back(&or_null(each->value));
        }
        put_elements(out, inner);
        return;
    }
    for (const Value* element : elements) {
        WEFT_CHECK(element->data.index() == first.data.index());
        std::visit(ElementWriter{out, code}, element->data);
    }
}

void write_array(Writer& out, const Array& array) {
    Buffer body;
    ElementWriter{body, Code::array32}(array);
    const Bytes elements = Bytes(body).subspan(kHead32 - 1);  // behind size and count
    const std::size_t count = array.elements.size();
    Buffer encoded;
    if (fits_head8(elements.size(), count)) {
        encoded.resize(kHead8);
        store_head8(encoded.data(), Code::array8, elements.size(), count);
        append(encoded, elements);
    } else {
        put(encoded, static_cast<std::uint8_t>(Code::array32), 1);
        append(encoded, body);
    }
    out.raw(encoded);
}

}  // namespace

void encode(Writer& out, const Value& value) {
    std::visit(ValueWriter{out}, value.data);
}

void encode(Writer& out, const List& list) {
    const Writer::Mark mark = out.begin_list();
    put_values(out, list);
    out.end_shortest(mark);
}

void encode(Writer& out, const Map& map) {
    const Writer::Mark mark = out.begin_map();
    put_values(out, map);
    out.end_shortest(mark);
}

void encode(Buffer& out, const Value& value) {
    Writer writer(out);
    encode(writer, value);
}

}  // namespace weft::wire
