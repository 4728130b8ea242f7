#include "broker/selector/program.hpp"

#include <algorithm>

namespace weft::selector {
namespace {

bool is_of_header(Field field) {
    return field < Field::message_id || field == Field::delivery_mode ||
           field == Field::redelivered || field == Field::jms_delivery_count;
}

}  // namespace

Value Program::constant(const Node& node) const {
    const Constant& constant = constants_[node.first];
    Value value = constant.value;
    value.text = text_of(constant.text);
    return value;
}

std::optional<std::size_t> Program::find_property(std::string_view name) const noexcept {
    const auto text = [this](std::uint8_t index) { return property(index); };
    const auto found = std::ranges::lower_bound(by_text_, name, {}, text);
    return found != by_text_.end() && text(*found) == name ? std::optional<std::size_t>(*found)
                                                           : std::nullopt;
}

Program::Text Program::keep(std::string_view text) {
    const Text kept{static_cast<std::uint32_t>(pool_.size()),
                    static_cast<std::uint32_t>(text.size())};
    pool_.append(text);
    return kept;
}

NodeId Program::add_node(Node node) {
    nodes_.push_back(node);
    return static_cast<NodeId>(nodes_.size() - 1);
}

NodeId Program::add(Op op, std::span<const Operand> operands, bool negated) {
    const auto first = static_cast<std::uint32_t>(operands_.size());
    operands_.insert(operands_.end(), operands.begin(), operands.end());
    return add_node({.op = op,
                     .negated = negated,
                     .count = static_cast<std::uint16_t>(operands.size()),
                     .first = first});
}

NodeId Program::add_constant(const Value& value) {
    Constant constant{.value = value, .text = keep(value.text)};
    constant.value.text = {};
    constants_.push_back(constant);
    return add_node(
        {.op = Op::constant, .first = static_cast<std::uint32_t>(constants_.size() - 1)});
}

NodeId Program::add_name(Name name) {
    names_.push_back(name);
    return add_node({.op = Op::name, .first = static_cast<std::uint32_t>(names_.size() - 1)});
}

NodeId Program::add_field(Field field) {
    const auto known = std::ranges::find(names_, std::optional{field}, &Name::field);
    if (known != names_.end()) {
        return add_node(
            {.op = Op::name, .first = static_cast<std::uint32_t>(known - names_.begin())});
    }
    (is_of_header(field) ? asks_header_ : asks_properties_) = true;
    return add_name({.field = field});
}

NodeId Program::add_property(std::string_view name) {
    if (const auto known = find_property(name)) {
        return add_node({.op = Op::name, .first = static_cast<std::uint32_t>(*known)});
    }
    const auto place = std::ranges::lower_bound(
        by_text_, name, {}, [this](std::uint8_t index) { return property(index); });
    const auto at = place - by_text_.begin();
    const NodeId node = add_name({.text = keep(name)});
    by_text_.insert(by_text_.begin() + at, static_cast<std::uint8_t>(names_.size() - 1));
    return node;
}

}  // namespace weft::selector
