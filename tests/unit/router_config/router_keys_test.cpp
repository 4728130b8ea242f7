#include "router/config/router_keys.hpp"

#include "common/config/convert.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace weft::config;
using weft::router_config::router_table;

TEST_SUITE("router key table") {
    TEST_CASE("names are unique, also among old ones") {
        std::set<std::string_view> sections;
        for (const Section& section : router_table().sections) {
            CAPTURE(section.name);
            CHECK(sections.insert(section.name).second);
            std::set<std::string_view> keys;
            for (const Key& key : section.keys) {
                CAPTURE(key.name);
                CHECK(keys.insert(key.name).second);
                CHECK((key.old_name.empty() || keys.insert(key.old_name).second));
            }
        }
    }

    TEST_CASE("all has a meaning, what does not work a reason") {
        for (const Section& section : router_table().sections) {
            CHECK_FALSE(section.meaning.empty());
            CHECK((section.support == Support::honoured) == section.reason.empty());
            for (const Key& key : section.keys) {
                CAPTURE(key.name);
                const bool works = key.support == Support::honoured;
                CHECK(works == key.reason.empty());
                CHECK(key.meaning.ends_with('.'));
                CHECK((!key.old_name_shown || !key.old_name.empty()));
                CHECK((key.type == Type::choice) == !key.choices.empty());
            }
        }
    }

    TEST_CASE("every default fits its own key") {
        for (const Section& section : router_table().sections) {
            for (const Key& key : section.keys) {
                CAPTURE(key.name);
                for (const std::string_view text :
                     {key.default_value, key.conf_default.value_or("")}) {
                    const Node written{std::string{text}, {}, 0, true};
                    CHECK((text.empty() || convert(key, written).has_value()));
                }
            }
        }
    }
}
