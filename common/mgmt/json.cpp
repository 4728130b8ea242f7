#include "common/mgmt/json.hpp"

#include "common/base/conditions.hpp"
#include "common/base/text.hpp"
#include "common/mgmt/status.hpp"
#include "common/wire/codes.hpp"

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

/// Builds values while the parser runs, so that limits hold before memory is spent.
class Builder final : public nlohmann::json_sax<Json> {
public:
    Value take() { return std::move(root_); }
    std::string problem() const { return problem_; }

    bool null() override { return put({}); }
    bool boolean(bool value) override { return put(value); }
    bool number_integer(number_integer_t value) override { return put(std::int64_t{value}); }
    bool number_unsigned(number_unsigned_t value) override {
        const bool fits =
            value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
        return put(fits ? Value{static_cast<std::int64_t>(value)} : Value{std::uint64_t{value}});
    }
    bool number_float(number_float_t value, const string_t&) override { return put(value); }
    bool string(string_t& value) override { return put(std::move(value)); }
    bool binary(binary_t&) override { return false; }
    bool key(string_t& value) override {
        if (wire::find(*std::get_if<wire::Map>(&open_.back().data), value) != nullptr) {
            return refuse("the key '" + value + "' stands twice in one object");
        }
        keys_.back() = std::move(value);
        return true;
    }
    bool start_object(std::size_t) override { return enter(wire::Map{}); }
    bool end_object() override { return leave(); }
    bool start_array(std::size_t) override { return enter(wire::List{}); }
    bool end_array() override { return leave(); }
    bool parse_error(std::size_t position,
                     const std::string&,
                     const nlohmann::detail::exception&) override {
        return refuse("it stops making sense at character " + std::to_string(position));
    }

private:
    bool refuse(std::string problem) {
        problem_ = std::move(problem);
        return false;
    }

    bool put(Value value) {
        if (++values_ > wire::kValuesMax) {
            return refuse("it has too many values");
        }
        if (open_.empty()) {
            root_ = std::move(value);
        } else if (auto* list = std::get_if<wire::List>(&open_.back().data)) {
            list->push_back(std::move(value));
        } else {
            std::get_if<wire::Map>(&open_.back().data)
                ->emplace_back(std::move(keys_.back()), std::move(value));
        }
        return true;
    }

    bool enter(Value container) {
        if (open_.size() == static_cast<std::size_t>(wire::kValueNestingMax)) {
            return refuse("it is nested too deeply");
        }
        open_.push_back(std::move(container));
        keys_.emplace_back();
        return true;
    }

    bool leave() {
        Value done = std::move(open_.back());
        open_.pop_back();
        keys_.pop_back();
        return put(std::move(done));
    }

    Value root_;
    std::vector<Value> open_;        // containers being filled, outermost first
    std::vector<std::string> keys_;  // where the next value goes, for each of them
    std::size_t values_ = 0;
    std::string problem_;
};

}  // namespace

std::string to_json(const Value& value, int indent) {
    return json_of(value).dump(indent, ' ', false, Json::error_handler_t::replace);
}

Result<Value> from_json(std::string_view text) {
    Builder builder;
    if (!Json::sax_parse(text, &builder)) {
        return fail(kInvalidField, "The text is not usable as JSON: " + builder.problem());
    }
    return builder.take();
}

}  // namespace weft::mgmt
