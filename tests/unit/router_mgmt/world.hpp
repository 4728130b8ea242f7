#pragma once

#include "router/mgmt/management.hpp"
#include "tests/unit/node/router_world.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <utility>

namespace weft::router_mgmt::test {

/// A router and its operator.
struct Managed {
    /// Starts it if it has one loop alone: others stand still, and are played by the test.
    Managed(router_config::RouterConfig config, io::Loop& loop)
        : router{std::move(config), loop}, management{router} {
        const io::Log::Settings quiet{.levels = *io::parse_levels("warning+")};
        REQUIRE(io::log().set(io::Module::default_, quiet));
        if (router.shards().size() == 1) {
            REQUIRE(router.start());
        }
    }

    mgmt::Reply ask(wire::Map properties, wire::Value body = {}) {
        const mgmt::Request request{.properties = std::move(properties), .body = std::move(body)};
        mgmt::Reply reply;
        bool done = false;
        REQUIRE(management.agent().run([&] { reply = management.agent().handle(request); },
                                       [&] { done = true; }));
        while (!done) {
            router.loop().run_one();
        }
        return reply;
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

    /// The numbers, and the page /metrics.
    Scrape scrape() {
        std::optional<Scrape> made;
        management.scraper().scrape([&](const Scrape* scrape) { made = *scrape; });
        while (!made) {
            router.loop().run_one();
        }
        return *std::move(made);
    }
    Metrics metrics() { return scrape().metrics; }

    node::Router router;
    Management management;
};

struct OwnLoop {
    io::Loop loop;
};

/// One of them, with its loop.
struct World : OwnLoop, Managed {
    explicit World(router_config::RouterConfig config) : Managed{std::move(config), loop} {}
    explicit World(const std::string& configuration = R"({"router": {"id": "A"}})")
        : World{node::test::parsed(configuration)} {}
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

}  // namespace weft::router_mgmt::test
