#include "common/mgmt/catalogue.hpp"

#include "tests/unit/mgmt/fake_catalogue.hpp"

#include <doctest/doctest.h>

namespace weft::mgmt {

TEST_SUITE("Catalogue") {
    TEST_CASE("types are found by short and full name") {
        const Catalogue catalogue = test::fake_catalogue();
        const EntityType* link = catalogue.find("router.link");
        REQUIRE(link != nullptr);
        CHECK(link->name == "org.apache.qpid.dispatch.router.link");
        CHECK(catalogue.find(link->name) == link);
        CHECK(catalogue.find("org.amqp.management") != nullptr);
        CHECK(catalogue.find("link") == nullptr);
        CHECK(catalogue.find("") == nullptr);
    }

    TEST_CASE("types inherit attributes and operations") {
        const Catalogue catalogue = test::fake_catalogue();
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
        const Catalogue catalogue = test::fake_catalogue();
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
}

}  // namespace weft::mgmt
