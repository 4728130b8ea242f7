#pragma once

#include "common/wire/value.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The management model: kinds of entities and their attributes, as data.
///
/// Names are string literals, or a table's that lives as long as the program.
/// Threading: immutable after construction.
namespace weft::mgmt {

/// What every full type name of the Qpid Dispatch model starts with.
inline constexpr std::string_view kTypePrefix = "org.apache.qpid.dispatch.";

enum class Kind : std::uint8_t {
    string,
    path,
    entity_id,
    integer,
    number,  // an integer, or a double if it has a fraction
    boolean,
    list,
    map,
    properties,
    choice
};

/// The type of an attribute's value; a choice names its values.
struct AttributeType {
    Kind kind = Kind::string;
    std::vector<std::string_view> choices;

    AttributeType(Kind k) : kind{k} {}  // implicit: tables stay readable
    explicit AttributeType(std::vector<std::string_view> values)
        : kind{Kind::choice}, choices{std::move(values)} {}
};

struct Attribute {
    std::string_view name = {};
    AttributeType type = Kind::string;
    std::string description = {};
    std::string_view unit = {};      // "s", "bytes"; empty if there is none
    wire::Value default_value = {};  // null: none
    bool required = false;           // in CREATE
    bool create = false;             // CREATE may set it
    bool update = false;             // UPDATE may change it
    bool statistic = false;          // the daemon changes it; UPDATE ignores it
    bool secret = false;             // taken, never told
    bool spelled = false;            // a string, which no number stands for
    std::string_view alias = {};     // a second name, understood wherever the first one is
    bool alias_shown = false;        // the second name is a column of its own in answers
};

// What tables are written with.

/// An attribute that CREATE may set.
Attribute setting(std::string_view name,
                  AttributeType type,
                  std::string description,
                  wire::Value default_value = {});
/// An attribute that only the daemon sets.
Attribute reading(std::string_view name, AttributeType type, std::string description);
AttributeType one_of(std::vector<std::string_view> choices);
Attribute required(Attribute attribute);
Attribute updatable(Attribute attribute);
Attribute secret(Attribute attribute);
/// Also taken under an older name.
Attribute once_called(std::string_view alias, Attribute attribute);
/// Also told under another name, because clients ask for either.
Attribute shown_as_well(std::string_view alias, Attribute attribute);

struct EntityType {
    std::string short_name = {};  // "router.link"
    std::string name = {};        // with kTypePrefix; the catalogue fills it in
    std::string description = {};
    std::vector<std::string_view> operations = {};  // own, then those of the base
    std::vector<Attribute> attributes = {};         // those of the base, then own
    const EntityType* base = nullptr;
    /// Asked for an attribute it doesn't have, it answers null; other types answer 404.
    bool null_for_unknown = false;
    /// Where all types are asked, its names and identities are told as "router/A".
    bool typed_among_all = false;
    bool singleton = false;
    bool deprecated = false;
    bool forbidden = false;  // every operation answers 403

    /// By name or alias; null if there is none.
    const Attribute* find(std::string_view attribute) const;
    bool is_a(const EntityType& other) const;
    bool supports(std::string_view operation) const;
    /// What is told when nobody says which attributes: names, and aliases that are shown.
    std::vector<std::string_view> columns() const;
    /// For texts: the last words of the name, "linkRoute" for router.config.linkRoute.
    std::string_view schema_name() const;
};

}  // namespace weft::mgmt
