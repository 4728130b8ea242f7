#pragma once

#include "common/mgmt/entity_type.hpp"

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace weft::mgmt {

/// The entity types that a daemon knows, in the order in which answers list them.
///
/// Starts with the abstract types every daemon has (entity, configurationEntity,
/// operationalEntity, org.amqp.management) and the management node itself.
/// Threading: immutable once built.
class Catalogue {
public:
    Catalogue();
    Catalogue(Catalogue&&) = default;  // types keep their addresses
    Catalogue& operator=(Catalogue&&) = default;

    /// Adds a type that inherits `base`'s attributes and operations. Two types, or two
    /// attributes of a type, of one name are a programmer's error.
    const EntityType& add(EntityType type, std::string_view base);

    /// By short or full name; null if there is none.
    const EntityType* find(std::string_view name) const;

    const std::deque<EntityType>& types() const { return types_; }

    /// "No such entity type 'linstener'; did you mean 'listener'?"
    std::string unknown_type(std::string_view name) const;

    /// "Unknown attribute 'prot' for 'org.…listener'; did you mean 'port'?"
    static std::string unknown_attribute(const EntityType& type, std::string_view attribute);

    /// "Operation 'X' not implemented for 'org.…listener'; it has CREATE, DELETE, READ"
    static std::string unsupported(const EntityType& type, std::string_view operation);

private:
    std::deque<EntityType> types_;
};

}  // namespace weft::mgmt
