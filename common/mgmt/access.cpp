#include "common/mgmt/access.hpp"

#include "common/mgmt/change.hpp"
#include "common/mgmt/entity_type.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace weft::mgmt {
namespace {

constexpr std::array<std::string_view, 4> kNames{"none", "viewer", "operator", "admin"};
constexpr std::array<std::string_view, 4> kPersons{"nobody here", "a viewer", "an operator",
                                                   "an admin"};
/// Who changes these can make himself what he wants, or write files.
constexpr std::array<std::string_view, 8> kAdmins{
    "listener", "connector", "sslProfile", "authServicePlugin", "policy", "vhost", "tenant", "log"};

}  // namespace

std::string_view name_of(Access access) {
    return kNames[static_cast<std::size_t>(access)];
}

std::string_view person_of(Access access) {
    return kPersons[static_cast<std::size_t>(access)];
}

std::optional<Access> access_named(std::string_view name) {
    const auto found = std::ranges::find(kNames, name);
    return found == kNames.end() ? std::nullopt
                                 : std::optional{static_cast<Access>(found - kNames.begin())};
}

Access needed_for(const EntityType* type, std::string_view operation) {
    if (operation == "PEEK") {  // what messages say is nobody's who only looks after the daemon
        return Access::operator_;
    }
    if (is_reading(operation)) {
        return Access::viewer;
    }
    const bool admins =
        type != nullptr && std::ranges::find(kAdmins, type->short_name) != kAdmins.end();
    return admins ? Access::admin : Access::operator_;
}

}  // namespace weft::mgmt
