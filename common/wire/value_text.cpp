#include "common/base/text.hpp"
#include "common/wire/value.hpp"

#include <cstdio>
#include <type_traits>

namespace weft::wire {
namespace {

/// Quoted; what would leave the line or the quotes is escaped, other bytes stay as they are.
void put_quoted(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        const auto byte = static_cast<std::uint8_t>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20 || byte == 0x7f) {
            out += "\\u00";
            append_hex(out, byte);
        } else {
            out += c;
        }
    }
    out += '"';
}

void put_number(std::string& out, double number) {
    char text[40];
    std::snprintf(text, sizeof text, "%.17g", number);
    out += text;
}

void put_uuid(std::string& out, const Uuid& uuid) {
    const Bytes bytes = uuid.bytes;
    std::size_t at = 0;
    for (const std::size_t size : {4U, 2U, 2U, 2U, 6U}) {
        if (at > 0) {
            out += '-';
        }
        append_hex(out, bytes.subspan(at, size));
        at += size;
    }
}

struct TextWriter {
    std::string& out;

    template <class T>
        requires std::is_integral_v<T>
    void operator()(T v) const {
        out += std::to_string(v);
    }
    void operator()(std::monostate) const { out += "null"; }
    void operator()(bool v) const { out += v ? "true" : "false"; }
    void operator()(float v) const { put_number(out, static_cast<double>(v)); }
    void operator()(double v) const { put_number(out, v); }
    void operator()(char32_t v) const {
        char text[16];
        std::snprintf(text, sizeof text, "U+%04X", static_cast<unsigned>(v));
        out += text;
    }
    void operator()(Timestamp v) const { out += std::to_string(v.milliseconds); }
    void operator()(const Uuid& v) const { put_uuid(out, v); }
    void operator()(const Decimal& v) const { hex(v.bytes); }
    void operator()(const Binary& v) const { hex(v.bytes); }
    void operator()(const std::string& v) const { put_quoted(out, v); }
    void operator()(const Symbol& v) const { put_quoted(out, v.text); }
    void operator()(const Array& v) const { (*this)(v.elements); }
    void operator()(const List& v) const {
        out += '[';
        std::string_view separator;
        for (const Value& element : v) {
            out += separator;
            value(element);
            separator = ", ";
        }
        out += ']';
    }
    void operator()(const Map& v) const {
        out += '{';
        std::string_view separator;
        for (const auto& [key, mapped] : v) {
            out += separator;
            value(key);
            out += ": ";
            value(mapped);
            separator = ", ";
        }
        out += '}';
    }
    void operator()(const Described& v) const {
        out += '@';
        value(v.descriptor ? *v.descriptor : Value{});
        out += ' ';
        value(v.value ? *v.value : Value{});
    }

    void value(const Value& v) const { std::visit(*this, v.data); }
    void hex(Bytes bytes) const {
        out += "0x";
        append_hex(out, bytes);
    }
};

}  // namespace

std::string to_string(const Value& value) {
    std::string out;
    TextWriter{out}.value(value);
    return out;
}

}  // namespace weft::wire
