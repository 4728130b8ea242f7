#include "common/mgmt/json_writer.hpp"

#include "common/base/text.hpp"
#include "common/base/utf8.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <set>
#include <utility>

namespace weft::mgmt {
namespace {

using wire::Value;

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

std::string uuid_text(const wire::Uuid& uuid) {
    std::string text = hex(uuid.bytes);
    for (const std::size_t at : {20u, 16u, 12u, 8u}) {
        text.insert(at, "-");
    }
    return text;
}

/// A character in UTF-8; surrogates and what is past Unicode come out as the replacement.
std::string character_text(char32_t c) {
    if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) {
        c = 0xfffd;
    }
    const auto tail = [&](int shift) { return static_cast<char>(0x80 | ((c >> shift) & 0x3f)); };
    if (c < 0x80) {
        return {static_cast<char>(c)};
    }
    if (c < 0x800) {
        return {static_cast<char>(0xc0 | (c >> 6)), tail(0)};
    }
    if (c < 0x10000) {
        return {static_cast<char>(0xe0 | (c >> 12)), tail(6), tail(0)};
    }
    return {static_cast<char>(0xf0 | (c >> 18)), tail(12), tail(6), tail(0)};
}

/// What a character needs to stand in quotes; empty if nothing.
std::string_view short_escape(char c) {
    switch (c) {
        case '"':
            return "\\\"";
        case '\\':
            return "\\\\";
        case '\b':
            return "\\b";
        case '\f':
            return "\\f";
        case '\n':
            return "\\n";
        case '\r':
            return "\\r";
        case '\t':
            return "\\t";
        default:
            return {};
    }
}

struct Visitor {
    JsonWriter& out;

    void operator()(std::monostate) const { out.raw("null"); }
    void operator()(bool value) const { out.raw(value ? "true" : "false"); }
    template <class T>
        requires std::is_integral_v<T>
    void operator()(T value) const {
        out.raw(std::to_string(value));
    }
    void operator()(float value) const { out.number(static_cast<double>(value)); }
    void operator()(double value) const { out.number(value); }
    void operator()(char32_t value) const { out.string(character_text(value)); }
    void operator()(wire::Timestamp value) const { out.raw(std::to_string(value.milliseconds)); }
    void operator()(const wire::Uuid& value) const { out.string(uuid_text(value)); }
    void operator()(const wire::Decimal& value) const { out.string(hex(value.bytes)); }
    void operator()(const wire::Binary& value) const { out.string(hex(value.bytes)); }
    void operator()(const std::string& value) const { out.string(value); }
    void operator()(const wire::Symbol& value) const { out.string(value.text); }
    void operator()(const wire::List& value) const {
        out.open('[');
        for (const Value& each : value) {
            out.element();
            out.value(each);
        }
        out.close(']');
    }
    void operator()(const wire::Array& value) const { (*this)(value.elements); }
    /// Of members with one name the first is told.
    void operator()(const wire::Map& value) const {
        std::set<std::string> told;
        out.open('{');
        for (const auto& [key, each] : value) {
            const std::string* text = key.text();
            const auto [name, is_new] = told.insert(text != nullptr ? *text : wire::to_string(key));
            if (is_new) {
                out.member(*name);
                out.value(each);
            }
        }
        out.close('}');
    }
    void operator()(const wire::Described& value) const {
        out.value(value.value == nullptr ? Value{} : *value.value);
    }
};

}  // namespace

void JsonWriter::open(char bracket) {
    text_ += bracket;
    ++depth_;
    empty_ = true;
}

void JsonWriter::close(char bracket) {
    --depth_;
    if (!std::exchange(empty_, false)) {
        begin_line();
    }
    text_ += bracket;
}

void JsonWriter::element() {
    if (!std::exchange(empty_, false)) {
        text_ += ',';
    }
    begin_line();
}

void JsonWriter::member(std::string_view name) {
    element();
    string(name);
    text_ += indent_ < 0 ? ":" : ": ";
}

void JsonWriter::begin_line() {
    if (indent_ >= 0) {
        text_ += '\n';
        text_.append(depth_ * static_cast<std::size_t>(indent_), ' ');
    }
}

void JsonWriter::value(const Value& value) {
    std::visit(Visitor{*this}, value.data);
}

void JsonWriter::string(std::string_view text) {
    text_ += '"';
    while (!text.empty()) {
        const char c = text.front();
        const std::size_t size = utf8_size(text);
        const std::string_view escape = short_escape(c);
        if (size == 0) {
            text_ += kReplacement;
        } else if (!escape.empty()) {
            text_ += escape;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            text_ += "\\u00";
            append_hex(text_, static_cast<std::uint8_t>(c));
        } else {
            text_ += text.substr(0, size);
        }
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    text_ += '"';
}

/// The shortest text that means the same number, with a point or an exponent; null if it is none.
void JsonWriter::number(double value) {
    if (!std::isfinite(value)) {
        text_ += "null";
        return;
    }
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    const std::string_view text{digits.data(), end};
    text_ += text;
    if (text.find_first_of(".e") == std::string_view::npos) {
        text_ += ".0";
    }
}

}  // namespace weft::mgmt
