#pragma once

#include "tools/weft/values/json.hpp"

#include <string>
#include <vector>

namespace weft::tools {

// Entities of type router.config.address: what an address, or a family of them, means.
// Threading: any thread (pure functions).

/// "address", "prefix" or "pattern": the attribute that holds the rule; "address" if none does.
std::string kind_of(const Entity& entry);

/// The rule's text, such as "orders" or "news/#".
std::string rule_of(const Entity& entry);

/// "mesh" or "node"; a router that knows no scopes tells nobody.
std::string scope_of(const Entity& entry);

/// "b1 (at router-c), b2 (not connected)": who keeps it, and the routers that each is connected to.
std::string brokers_of(const Entity& entry);

/// Which entry is meant. Threading: not shared (a value).
struct EntryChoice {
    std::string rule;
    std::string kind{};   // empty: any
    std::string scope{};  // empty: any
};

/// The one entry that is meant. Throws Failure, which names what comes near, or the flag that
/// tells several apart.
const Entity& find_entry(const std::vector<Entity>& entries, const EntryChoice& choice);

}  // namespace weft::tools
