#include "common/amqp/capabilities.hpp"

#include "common/wire/value.hpp"

namespace weft::amqp {

Buffer capabilities(std::initializer_list<std::string_view> names) {
    wire::Array array;
    for (const std::string_view name : names) {
        array.elements.emplace_back(wire::Symbol{std::string(name)});
    }
    Buffer encoded;
    wire::encode(encoded, array);
    return encoded;
}

void each_capability(Bytes encoded, const std::function<void(const std::string& name)>& f) {
    std::size_t values_left = kCapabilitiesMax + 1;
    const auto value = wire::decode(encoded, values_left);
    if (!value) {
        return;
    }
    if (const auto* one = value->as<wire::Symbol>()) {
        f(one->text);
    } else if (const auto* many = value->as<wire::Array>()) {
        for (const wire::Value& element : many->elements) {
            if (const auto* symbol = element.as<wire::Symbol>()) {
                f(symbol->text);
            }
        }
    }
}

bool has_capability(Bytes encoded, std::string_view wanted) {
    bool found = false;
    each_capability(encoded, [&](const std::string& name) { found = found || name == wanted; });
    return found;
}

}  // namespace weft::amqp
