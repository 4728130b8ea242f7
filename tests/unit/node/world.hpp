#pragma once

#include "common/io/log.hpp"
#include "common/mgmt/agent.hpp"
#include "router/node/router.hpp"
#include "tests/unit/router_config/fixture.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>

namespace weft::router::test {

/// A router with one loop, and its operator.
struct World {
    explicit World(RouterConfig config) : router{std::move(config), loop} {
        const io::Log::Settings quiet{.levels = *io::parse_levels("warning+")};
        REQUIRE(io::log().set(io::Module::default_, quiet));
        if (router.shard_count() == 1) {  // other loops stand still, and are played by the test
            REQUIRE(router.start());
        }
    }
    explicit World(const std::string& configuration = R"({"router": {"id": "A"}})")
        : World{parsed(configuration)} {}

    static RouterConfig parsed(const std::string& configuration) {
        Loaded loaded = load(configuration, {}, /*processors=*/2);
        REQUIRE(loaded.config);
        return *std::move(loaded.config);
    }

    mgmt::Reply ask(wire::Map properties, wire::Value body = {}) {
        return router.agent().handle(
            {.properties = std::move(properties), .body = std::move(body)});
    }
    /// The rows of a type, each a list of the attributes asked for.
    wire::List query(const char* type, wire::List attributes, wire::Map more = {}) {
        wire::Map properties{{"operation", "QUERY"}, {"entityType", type}};
        properties.insert(properties.end(), more.begin(), more.end());
        const mgmt::Reply reply =
            ask(std::move(properties), wire::Map{{"attributeNames", std::move(attributes)}});
        const wire::Value* rows = wire::find(*reply.body.as<wire::Map>(), "results");
        REQUIRE_MESSAGE(rows != nullptr, reply.description);
        return *rows->as<wire::List>();
    }
    mgmt::Reply create(const char* type, wire::Map attributes) {
        return ask({{"operation", "CREATE"}, {"type", type}}, std::move(attributes));
    }
    mgmt::Reply change(const char* type, std::string identity, wire::Map attributes) {
        return ask({{"operation", "UPDATE"}, {"type", type}, {"identity", std::move(identity)}},
                   std::move(attributes));
    }
    mgmt::Reply remove(const char* type, std::string name) {
        return ask({{"operation", "DELETE"}, {"type", type}, {"name", std::move(name)}});
    }

    io::Loop loop;
    Router router;
};

/// The value under a key of a reply's map; null if there is none.
inline wire::Value at(const wire::Value& body, std::string_view key) {
    const auto* map = body.as<wire::Map>();
    const wire::Value* found = map == nullptr ? nullptr : wire::find(*map, key);
    return found == nullptr ? wire::Value{} : *found;
}

/// The number that a value of any integer type is; -1 if it is none.
inline std::int64_t number(const wire::Value& value) {
    return value.integer().value_or(-1);
}

inline wire::Value row(wire::List values) {
    return wire::Value{std::move(values)};
}

}  // namespace weft::router::test
