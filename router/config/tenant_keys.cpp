#include "router/config/router_keys.hpp"

#include <array>

namespace weft::router_config {
namespace {

using config::Key;
using config::Type;

constexpr std::array kTenantKeys{
    Key{.name = "name",
        .meaning = "Name of the tenant: letters, digits and `. - _ : [ ]`, at most 255 bytes, and "
                   "a letter or digit first.",
        .required = true},
    Key{.name = "vhosts",
        .type = Type::texts,
        .meaning = "The hosts that its connections name, in letters of any case; its name, if none "
                   "is given. Where there is a policy, these are the names of vhosts, not their "
                   "aliases."},
    Key{.name = "prefix",
        .meaning = "What is put before all its addresses, and ends with `/`; `NAME/` if it is not "
                   "given. No prefix may begin with another."},
};

}  // namespace

config::Section tenant_section() {
    return {.name = "tenants",
            .entity = "tenant",
            .meaning =
                "Tenants of the listeners with `multiTenant`: hosts that belong together. A "
                "host that is in no list is a tenant of its own, with the prefix `HOST/`.",
            .keys = kTenantKeys};
}

}  // namespace weft::router_config
