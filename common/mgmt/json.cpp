#include "common/mgmt/json.hpp"

#include "common/base/conditions.hpp"
#include "common/mgmt/json_writer.hpp"
#include "common/mgmt/status.hpp"

#include <cstddef>
#include <utility>

namespace weft::mgmt {
namespace {

using wire::Value;

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
    JsonWriter writer{indent};
    writer.value(value);
    return writer.take();
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
