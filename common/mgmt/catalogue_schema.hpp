#pragma once

#include "common/mgmt/catalogue.hpp"
#include "common/wire/value.hpp"

/// The catalogue told to clients.
namespace weft::mgmt {

/// {prefix, entityTypes: {short name: {attributes: {…}, operations, …}}}; the short names of
/// router.config.* are their last words. What is false or absent is left out.
wire::Map schema(const Catalogue& catalogue);

// Maps from full type name to a list, of `type` alone, or all if it is null.

/// The types that each type extends, nearest first; with `type`, all that extend it too.
wire::Map type_bases(const Catalogue& catalogue, const EntityType* type);
wire::Map type_attributes(const Catalogue& catalogue, const EntityType* type);
wire::Map type_operations(const Catalogue& catalogue, const EntityType* type);

}  // namespace weft::mgmt
