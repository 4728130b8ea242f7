#pragma once

#include "tools/weft/values/json.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// What a daemon keeps of who did what: entities of the type "audit".
/// Threading: any thread (pure functions).
namespace weft::tools {

/// Which of them are asked for; empty: all.
struct AuditFilter {
    std::string user{};
    std::string action{};
    bool refused = false;  // those alone
};

/// Those that come behind the number `after`, oldest first, the last `most` of them.
std::vector<Entity> audit_of(std::vector<Entity> events,
                             const AuditFilter& filter,
                             std::int64_t after,
                             std::size_t most);

/// The number of an event, by which they are in order.
std::int64_t audit_number(const Entity& event);

/// What is to be said of one, a line without its end.
std::string audit_text(const Entity& event);

}  // namespace weft::tools
