#include "common/daemon/catalogue.hpp"

#include "common/mgmt/coercion.hpp"
#include "router/config/router_keys.hpp"
#include "router/mgmt/entity_catalogue.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

namespace weft::router_mgmt {
namespace {

/// What may be set of entities of that type; nullopt where nothing may.
std::optional<config::Section> section_of(const mgmt::EntityType& type) {
    for (const config::Section& other :
         {router_config::user_group_section(), router_config::connection_link_route_section()}) {
        if (other.entity == type.short_name) {
            return other;
        }
    }
    const config::Section* section = router_config::router_table().find_entity(type.short_name);
    return section == nullptr ? std::nullopt : std::optional{*section};
}

/// What is observed and may be changed, of things that nobody configures.
bool is_switch(const mgmt::Attribute& attribute) {
    return attribute.update &&
           (attribute.name == "adminStatus" || attribute.name == "enableProtocolTrace");
}

}  // namespace

TEST_SUITE("the router's catalogue") {
    TEST_CASE("a router says of a connection what every daemon does, in that order, and more") {
        const mgmt::Catalogue catalogue = entity_catalogue();
        std::vector<std::string_view> own;
        std::vector<std::string_view> common;
        const mgmt::EntityType of_daemons = daemon::connection_type();
        for (const mgmt::Attribute& attribute : catalogue.find("connection")->attributes) {
            (of_daemons.find(attribute.name) == nullptr ? own : common).push_back(attribute.name);
        }
        CHECK(own == std::vector<std::string_view>{"name", "identity", "type", "active", "tenant",
                                                   "lastDlvSeconds"});
        CHECK(std::ranges::equal(common, of_daemons.attributes, {}, {}, &mgmt::Attribute::name));
    }

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
        CHECK(catalogue.types().size() == 31);
    }

    TEST_CASE("every type and attribute is described, a reading in one sentence") {
        const mgmt::Catalogue catalogue = entity_catalogue();
        for (const mgmt::EntityType& type : catalogue.types()) {
            CHECK_MESSAGE(type.description.ends_with('.'), type.name);
            for (const mgmt::Attribute& attribute : type.attributes) {
                CHECK_MESSAGE(attribute.description.ends_with('.'), attribute.name);
                CHECK_MESSAGE((!attribute.statistic || attribute.description.size() <= 100),
                              attribute.name);
            }
        }
    }

    TEST_CASE("a setting stands in the key table, and nothing else may be set") {
        const mgmt::Catalogue catalogue = entity_catalogue();
        const mgmt::EntityType& base = *catalogue.find("entity");
        for (const mgmt::EntityType& type : catalogue.types()) {
            const std::optional<config::Section> section = section_of(type);
            for (const mgmt::Attribute& attribute : type.attributes) {
                CAPTURE(type.name);
                CAPTURE(attribute.name);
                if (base.find(attribute.name) == nullptr) {
                    // `type` is the entity's own in management.
                    const std::string_view key =
                        attribute.name == "addressType" ? "type" : attribute.name;
                    const bool setting = section && section->find(key) != nullptr;
                    CHECK(attribute.create == setting);
                    CHECK((setting || attribute.statistic || is_switch(attribute)));
                }
            }
        }
    }

    TEST_CASE("every key of the table is an attribute of its entities") {
        const mgmt::Catalogue catalogue = entity_catalogue();
        std::vector<config::Section> sections{router_config::router_table().sections.begin(),
                                              router_config::router_table().sections.end()};
        sections.insert(sections.end(), {router_config::user_group_section(),
                                         router_config::connection_link_route_section()});
        for (const config::Section& section : sections) {
            // Files of their own, and who may change what: only their configuration says so.
            if (std::set<std::string_view>{"users", "jwt", "audit", "managementRights"}.contains(
                    section.entity)) {
                continue;
            }
            const mgmt::EntityType* type = catalogue.find(section.entity);
            REQUIRE_MESSAGE(type != nullptr, section.entity);
            bool changeable = false;
            for (const config::Key& key : section.keys) {
                CAPTURE(section.entity);
                CAPTURE(key.name);
                const mgmt::Attribute* attribute = type->find(key.name);
                REQUIRE(attribute != nullptr);
                CHECK((key.old_name.empty() || type->find(key.old_name) == attribute));
                CHECK(attribute->update == key.changeable);
                changeable = changeable || key.changeable;
            }
            CHECK(type->supports("UPDATE") == changeable);
        }
    }

    TEST_CASE("what the original has by default, the table has too") {
        const mgmt::Catalogue catalogue = entity_catalogue();
        const auto default_of = [&](const char* type, const char* attribute) {
            return catalogue.find(type)->find(attribute)->default_value;
        };
        CHECK(default_of("router", "helloIntervalSeconds") == wire::Value{std::int64_t{1}});
        CHECK(default_of("router", "allowUnsettledMulticast") == wire::Value{false});
        CHECK(default_of("connector", "allowRedirect") == wire::Value{true});
        CHECK(default_of("connector", "port") == wire::Value{"amqp"});
        CHECK(default_of("router.config.address", "distribution") == wire::Value{"balanced"});
        CHECK(default_of("vhostUserGroupSettings", "maxSenders") ==
              wire::Value{std::int64_t{2147483647}});
        CHECK(default_of("router", "fastHelloSeconds") == wire::Value{0.2});
        CHECK(default_of("router", "workerThreads").is_null());
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

}  // namespace weft::router_mgmt
