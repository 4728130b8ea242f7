#pragma once

#include "broker/selector/field.hpp"
#include "broker/selector/value.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weft::selector {

enum class Op : std::uint8_t {
    constant,
    name,
    any,       // OR of two and more
    all,       // AND of two and more
    negation,  // NOT
    equal,
    unequal,
    less,
    less_equal,
    greater,
    greater_equal,
    between,  // value, low, high
    in,       // value, then constants of one type
    like,     // value, then a pattern: a constant as Like::compile makes them
    is_null,
    sum,      // of two and more; inverse operands are subtracted
    product,  // of two and more; by inverse operands is divided
    minus,
};

struct Node {
    Op op = Op::constant;
    bool negated = false;     // NOT BETWEEN, NOT IN, NOT LIKE, IS NOT NULL
    std::uint16_t count = 0;  // of operands
    std::uint32_t first = 0;  // operand; of `constant` and `name` their number
};

using NodeId = std::uint16_t;

struct Operand {
    NodeId node = 0;
    bool inverse = false;
};

/// A selector as a tree in flat tables. Everything that it needs is in it, and each node is looked
/// at once at most when it is evaluated. Threading: immutable once it is built (a value).
class Program {
public:
    NodeId root() const { return root_; }
    const Node& node(NodeId id) const { return nodes_[id]; }
    std::span<const Operand> operands(const Node& node) const {
        return std::span{operands_}.subspan(node.first, node.count);
    }
    /// Of a node of the kind `constant`.
    Value constant(const Node& node) const;

    /// The names that it asks for, numbered as nodes of the kind `name` do.
    std::size_t names() const { return names_.size(); }
    /// Nothing: an application property's.
    std::optional<Field> field(std::size_t name) const { return names_[name].field; }
    std::string_view property(std::size_t name) const { return text_of(names_[name].text); }
    /// The number of the application property of that name.
    std::optional<std::size_t> find_property(std::string_view name) const noexcept;
    bool asks_header() const { return asks_header_; }
    bool asks_properties() const { return asks_properties_; }
    bool asks_application_properties() const { return !by_text_.empty(); }
    std::size_t size() const { return nodes_.size(); }

    // Building it: nodes after their operands.
    NodeId add(Op op, std::span<const Operand> operands, bool negated = false);
    NodeId add_constant(const Value& value);
    NodeId add_field(Field field);
    NodeId add_property(std::string_view name);
    void finish(NodeId root) { root_ = root; }

private:
    struct Text {
        std::uint32_t offset = 0;
        std::uint32_t size = 0;
    };
    struct Constant {
        Value value;  // its text is not set
        Text text;
    };
    struct Name {
        std::optional<Field> field{};
        Text text{};
    };

    std::string_view text_of(Text text) const {
        return std::string_view{pool_}.substr(text.offset, text.size);
    }
    Text keep(std::string_view text);
    NodeId add_node(Node node);
    NodeId add_name(Name name);

    std::vector<Node> nodes_;
    std::vector<Operand> operands_;
    std::vector<Constant> constants_;
    std::vector<Name> names_;
    std::vector<std::uint8_t> by_text_;  // application properties, by their names
    std::string pool_;                   // all texts
    NodeId root_ = 0;
    bool asks_header_ = false;
    bool asks_properties_ = false;
};

}  // namespace weft::selector
