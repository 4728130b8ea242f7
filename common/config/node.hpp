#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// The tree that a configuration is read into, whatever it was written in.
namespace weft::config {

/// Where something was written. `file` is an index into Faults; line 0 is "no line".
struct Place {
    std::uint32_t file = 0;
    std::uint32_t line = 0;
};

struct Node;
struct Member;
using List = std::vector<Node>;
using Object = std::vector<Member>;  // in the order written; names are unique

/// One value. Threading: not shared (a value).
struct Node {
    std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Object> value;
    Place place{};
    /// The position in the list it was written in; lists of several files may be joined.
    std::uint32_t index = 0;
    /// A string from a form without types (qdrouterd.conf, --set): it may stand for any scalar.
    bool untyped = false;

    const std::string* text() const { return std::get_if<std::string>(&value); }
    const List* list() const { return std::get_if<List>(&value); }
    const Object* object() const { return std::get_if<Object>(&value); }
    /// Compares values, not places.
    bool operator==(const Node& other) const;

    List* list() { return std::get_if<List>(&value); }
    Object* object() { return std::get_if<Object>(&value); }
};

struct Member {
    std::string name;
    Node node;

    bool operator==(const Member&) const = default;
};

/// The member of that name, or null.
const Node* find_member(const Object& object, std::string_view name);
Node* find_member(Object& object, std::string_view name);

/// What a value looks like in a fault: a short quotation, or "a list", "an object".
std::string describe(const Node& node);

}  // namespace weft::config
