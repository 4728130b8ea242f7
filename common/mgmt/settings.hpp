#pragma once

#include "common/mgmt/source.hpp"

/// Attributes that a requester sends, checked against the catalogue.
namespace weft::mgmt {

/// What CREATE may hand to a source: known, settable, converted. What is not given stays out, for
/// the source knows what that means; so do `name`, `type` and null values. Errors: kInvalidField.
[[nodiscard]] Result<Attributes> checked_for_create(const EntityType& type, const wire::Map& given);

/// What UPDATE may hand to a source: those that differ from `row` and may be changed. Statistics
/// are left out, for clients send back what they read. A null asks for the default. Errors:
/// kInvalidField.
[[nodiscard]] Result<Attributes> checked_for_update(const EntityType& type,
                                                    const wire::Map& given,
                                                    const Row& row);

}  // namespace weft::mgmt
