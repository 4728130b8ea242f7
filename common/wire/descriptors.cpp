#include "common/wire/descriptors.hpp"

#include "common/wire/reader.hpp"
#include "common/wire/value.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace weft::wire {
namespace {

void number_descriptors(Value& value);

void number_descriptors(List& list) {
    for (Value& each : list) {
        number_descriptors(each);
    }
}

void number_descriptors(Described& described) {
    const Symbol* symbol = described.descriptor ? described.descriptor->as<Symbol>() : nullptr;
    const std::uint64_t number = symbol ? descriptor_number(symbol->text) : kDescriptorUnknown;
    if (number != kDescriptorUnknown) {
        described.descriptor = std::make_shared<const Value>(number);
    }
    if (described.value) {
        Value inner = *described.value;
        number_descriptors(inner);
        described.value = std::make_shared<const Value>(std::move(inner));
    }
}

void number_descriptors(Value& value) {
    if (auto* described = std::get_if<Described>(&value.data)) {
        number_descriptors(*described);
    } else if (auto* list = std::get_if<List>(&value.data)) {
        number_descriptors(*list);
    } else if (auto* array = std::get_if<Array>(&value.data)) {
        number_descriptors(array->elements);
    } else if (auto* map = std::get_if<Map>(&value.data)) {
        for (auto& [key, mapped] : *map) {
            number_descriptors(key);
            number_descriptors(mapped);
        }
    }
}

}  // namespace

std::uint64_t descriptor_number(std::string_view symbol) noexcept {
    const auto* const found = std::ranges::find(kDescribedTypes, symbol, &DescribedType::symbol);
    return found == kDescribedTypes.end() ? kDescriptorUnknown : found->number;
}

std::uint64_t descriptor_of(Bytes in) noexcept {
    return Reader{in}.descriptor().value_or(kDescriptorUnknown);
}

Buffer with_numeric_descriptors(Bytes value) {
    Bytes rest = value;
    std::size_t values_left = kRenumberedMax;
    auto decoded = decode(rest, values_left);
    if (!decoded || !rest.empty()) {
        return {value.begin(), value.end()};
    }
    number_descriptors(*decoded);
    Buffer encoded;
    encode(encoded, *decoded);
    return encoded;
}

}  // namespace weft::wire
