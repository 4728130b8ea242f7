#include "common/mgmt/json.hpp"

#include "common/base/conditions.hpp"
#include "common/base/text.hpp"
#include "common/mgmt/status.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstddef>
#include <limits>

namespace weft::mgmt {
namespace {

using Json = nlohmann::ordered_json;
using wire::Value;

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

Json number(double value) {
    return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json json_of(const Value& value);

Json array_of(const wire::List& list) {
    Json array = Json::array();
    for (const Value& each : list) {
        array.push_back(json_of(each));
    }
    return array;
}

Json object_of(const wire::Map& map) {
    Json object = Json::object();
    for (const auto& [key, value] : map) {
        const std::string* text = key.text();
        object[text != nullptr ? *text : wire::to_string(key)] = json_of(value);
    }
    return object;
}

struct ToJson {
    Json operator()(std::monostate) const { return nullptr; }
    Json operator()(bool value) const { return value; }
    template <class T>
        requires std::is_integral_v<T>
    Json operator()(T value) const {
        return value;
    }
    Json operator()(float value) const { return number(static_cast<double>(value)); }
    Json operator()(double value) const { return number(value); }
    Json operator()(char32_t value) const { return character_text(value); }
    Json operator()(wire::Timestamp value) const { return value.milliseconds; }
    Json operator()(const wire::Uuid& value) const { return uuid_text(value); }
    Json operator()(const wire::Decimal& value) const { return hex(value.bytes); }
    Json operator()(const wire::Binary& value) const { return hex(value.bytes); }
    Json operator()(const std::string& value) const { return value; }
    Json operator()(const wire::Symbol& value) const { return value.text; }
    Json operator()(const wire::List& value) const { return array_of(value); }
    Json operator()(const wire::Map& value) const { return object_of(value); }
    Json operator()(const wire::Array& value) const { return array_of(value.elements); }
    Json operator()(const wire::Described& value) const {
        return value.value == nullptr ? Json(nullptr) : json_of(*value.value);
    }
};

Json json_of(const Value& value) {
    return std::visit(ToJson{}, value.data);
}

Value value_of(json::Node from);

/// A value as management has it.
struct FromJson {
    template <class Scalar>
    Value operator()(Scalar& value) const {
        return Value{std::move(value)};
    }
    Value operator()(std::monostate&) const { return {}; }
    Value operator()(json::List& list) const {
        wire::List values;
        values.reserve(list.size());
        for (json::Node& each : list) {
            values.push_back(value_of(std::move(each)));
        }
        return values;
    }
    Value operator()(json::Object& object) const {
        wire::Map map;
        map.reserve(object.size());
        for (json::Member& each : object) {
            map.emplace_back(std::move(each.name), value_of(std::move(each.node)));
        }
        return map;
    }
};

Value value_of(json::Node from) {
    return std::visit(FromJson{}, from.value);
}

std::string told(const json::TextFault& fault) {
    constexpr std::size_t kPointerShownMax = 200;  // bytes
    return "line " + std::to_string(fault.at.line) + ", column " + std::to_string(fault.at.column) +
           ": " + fault.pointer.substr(0, kPointerShownMax) + (fault.pointer.empty() ? "" : ": ") +
           fault.text;
}

}  // namespace

std::string to_json(const Value& value, int indent) {
    return json_of(value).dump(indent, ' ', false, Json::error_handler_t::replace);
}

Result<Value> from_json(std::string_view text) {
    json::Reading reading = json::read(text, {.limits = kJsonLimits});
    if (!reading.faults.empty()) {
        return fail(kInvalidField,
                    "The text is not usable as JSON: " + told(reading.faults.front()));
    }
    return value_of(std::move(*reading.root));
}

}  // namespace weft::mgmt
