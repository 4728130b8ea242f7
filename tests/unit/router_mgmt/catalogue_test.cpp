#include "router/mgmt/entity_catalogue.hpp"

#include <doctest/doctest.h>

namespace weft::router {

TEST_SUITE("the router's catalogue") {
    TEST_CASE("a router's catalogue has every type of the 1.19 model") {
        const mgmt::Catalogue catalogue = entity_catalogue();
        for (const char* name : {"entity",
                                 "configurationEntity",
                                 "operationalEntity",
                                 "org.amqp.management",
                                 "management",
                                 "router",
                                 "listener",
                                 "connector",
                                 "log",
                                 "logStats",
                                 "router.link",
                                 "router.address",
                                 "router.node",
                                 "router.config.address",
                                 "router.config.linkRoute",
                                 "router.config.autoLink",
                                 "router.config.exchange",
                                 "router.config.binding",
                                 "router.connection.linkRoute",
                                 "connection",
                                 "allocator",
                                 "sslProfile",
                                 "authServicePlugin",
                                 "policy",
                                 "vhost",
                                 "vhostUserGroupSettings",
                                 "vhostStats",
                                 "console"}) {
            CHECK_MESSAGE(catalogue.find(name) != nullptr, name);
        }
        CHECK(catalogue.types().size() == 28);
    }

    TEST_CASE("every type and attribute is described in one sentence") {
        const mgmt::Catalogue catalogue = entity_catalogue();
        for (const mgmt::EntityType& type : catalogue.types()) {
            CHECK_MESSAGE(type.description.ends_with('.'), type.name);
            for (const mgmt::Attribute& attribute : type.attributes) {
                CHECK_MESSAGE(attribute.description.ends_with('.'), attribute.name);
                CHECK_MESSAGE(attribute.description.size() <= 100, attribute.name);
            }
        }
    }

    TEST_CASE("every default is a value of its attribute's type") {
        const mgmt::Catalogue catalogue = entity_catalogue();
        for (const mgmt::EntityType& type : catalogue.types()) {
            for (const mgmt::Attribute& attribute : type.attributes) {
                if (!attribute.default_value.is_null()) {
                    const auto same = mgmt::coerce(attribute, attribute.default_value);
                    REQUIRE_MESSAGE(same, attribute.name);
                    CHECK_MESSAGE(*same == attribute.default_value, attribute.name);
                }
            }
        }
    }
}

}  // namespace weft::router
