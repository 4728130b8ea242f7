#include "router/config/router_keys.hpp"

#include <array>
#include <string_view>

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
    Key{.name = "quota",
        .type = Type::map,
        .meaning =
            "What the tenant may have at this router, none of which has a limit if it is not "
            "given: `connections`, `links` and different `addresses` of these at once; "
            "`messagesPerSecond` and `bytesPerSecond` that it sends, beyond which its "
            "sessions are offered no window for a while; the largest message, "
            "`maxMessageSize`."},
};

constexpr Key number(std::string_view name, std::string_view meaning) {
    return {.name = name, .type = Type::integer, .default_value = "0", .meaning = meaning};
}

constexpr std::array kQuotaKeys{
    number("connections", "Connections at once; 0: any number."),
    number("links", "Links at once; 0: any number."),
    number("addresses", "Different addresses of these links; 0: any number."),
    number("messagesPerSecond", "Messages that it sends a second, on average; 0: any number."),
    Key{.name = "bytesPerSecond",
        .type = Type::size,
        .default_value = "0",
        .meaning = "Bytes of messages that it sends a second, on average; 0: any number."},
    Key{.name = "maxMessageSize",
        .type = Type::size,
        .default_value = "0",
        .meaning = "The largest message that it may send; 0: any."},
    Key{.name = "storedBytes",
        .type = Type::size,
        .default_value = "0",
        .meaning = "Bytes that brokers keep of it.",
        .support = config::Support::refused,
        .reason = "a router stores nothing; limit each of its queues by \"maxBytes\""},
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

config::Section quota_section() {
    return {.name = "quota",
            .entity = "quota",
            .meaning = "What one tenant may have at this router.",
            .keys = kQuotaKeys};
}

}  // namespace weft::router_config
