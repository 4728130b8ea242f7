#include "common/mgmt/catalogue.hpp"

#include "common/mgmt/answers.hpp"
#include "common/mgmt/nearest.hpp"

#include <doctest/doctest.h>

namespace weft::mgmt {

TEST_SUITE("Catalogue") {
    TEST_CASE("types are found by short and full name") {
        const Catalogue catalogue = router_catalogue();
        const EntityType* link = catalogue.find("router.link");
        REQUIRE(link != nullptr);
        CHECK(link->name == "org.apache.qpid.dispatch.router.link");
        CHECK(catalogue.find(link->name) == link);
        CHECK(catalogue.find("org.amqp.management") != nullptr);
        CHECK(catalogue.find("link") == nullptr);
        CHECK(catalogue.find("") == nullptr);
    }

    TEST_CASE("a router's catalogue has every type of the 1.19 model") {
        const Catalogue catalogue = router_catalogue();
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
        const Catalogue catalogue = router_catalogue();
        for (const EntityType& type : catalogue.types()) {
            CHECK_MESSAGE(type.description.ends_with('.'), type.name);
            for (const Attribute& attribute : type.attributes) {
                CHECK_MESSAGE(attribute.description.ends_with('.'), attribute.name);
                CHECK_MESSAGE(attribute.description.size() <= 100, attribute.name);
            }
        }
    }

    TEST_CASE("every default is a value of its attribute's type") {
        const Catalogue catalogue = router_catalogue();
        for (const EntityType& type : catalogue.types()) {
            for (const Attribute& attribute : type.attributes) {
                if (!attribute.default_value.is_null()) {
                    const auto same = coerce(attribute, attribute.default_value);
                    REQUIRE_MESSAGE(same, attribute.name);
                    CHECK_MESSAGE(*same == attribute.default_value, attribute.name);
                }
            }
        }
    }

    TEST_CASE("types inherit attributes and operations") {
        const Catalogue catalogue = router_catalogue();
        const EntityType& listener = *catalogue.find("listener");
        CHECK(listener.is_a(*catalogue.find("configurationEntity")));
        CHECK(listener.is_a(*catalogue.find("entity")));
        CHECK(listener.is_a(listener));
        CHECK_FALSE(listener.is_a(*catalogue.find("operationalEntity")));
        CHECK(listener.find("identity") != nullptr);
        CHECK(listener.supports("READ"));
        CHECK_FALSE(listener.supports("UPDATE"));
    }

    TEST_CASE("a last word of a type's name leads to the type") {
        const Catalogue catalogue = router_catalogue();
        CHECK(catalogue.unknown_type("linkRoute")
                  .ends_with("did you mean 'router.config.linkRoute'?"));
        CHECK(catalogue.unknown_type("zebra") == "No such entity type 'zebra'");
    }

    TEST_CASE("a daemon may add types of its own") {
        Catalogue catalogue;
        const EntityType& queue =
            catalogue.add({.short_name = "broker.queue",
                           .description = "A queue.",
                           .attributes = {reading("depth", Kind::integer, "Messages held.")}},
                          "operationalEntity");
        CHECK(catalogue.find("broker.queue") == &queue);
        CHECK(queue.find("depth") != nullptr);
        CHECK(queue.attributes.front().name == "name");
    }

    TEST_CASE("the nearest name is a small slip away, or there is none") {
        const std::vector<std::string_view> known{"port", "host", "saslMechanisms", "role"};
        CHECK(nearest("prot", known) == "port");
        CHECK(nearest("prt", known) == "port");
        CHECK(nearest("saslmechanism", known) == "saslMechanisms");
        CHECK(nearest("zzz", known) == "");
        CHECK(nearest("", known) == "");
        CHECK(nearest(std::string(100'000, 'p'), known) == "");
    }
}

}  // namespace weft::mgmt
