#pragma once

#include "common/mgmt/agent.hpp"

namespace weft::mgmt {

/// The properties of a request, read and checked.
struct Agent::Target {
    std::string operation;                    // in capitals
    const EntityType* type = nullptr;         // of the entity addressed, if said
    const EntityType* entity_type = nullptr;  // of the entities asked for
    std::optional<std::string> name;
    std::optional<std::string> identity;
    std::optional<std::int64_t> offset;
    std::optional<std::int64_t> count;
    std::optional<std::int64_t> limit;
    std::optional<std::int64_t> indent;
    bool force = false;  // of DELETE

    /// Errors: kInvalidField, naming the property.
    [[nodiscard]] static Result<Target> of(const wire::Map& properties, const Catalogue& catalogue);
};

}  // namespace weft::mgmt
