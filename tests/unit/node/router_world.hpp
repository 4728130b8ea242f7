#pragma once

#include "common/io/log.hpp"
#include "router/node/router.hpp"
#include "tests/unit/router_config/fixture.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>

namespace weft::node::test {

inline router_config::RouterConfig parsed(const std::string& configuration) {
    router_config::test::Loaded loaded =
        router_config::test::load(configuration, {}, /*processors=*/2);
    REQUIRE(loaded.config);
    return *std::move(loaded.config);
}

/// A router with one loop, without management.
struct RouterWorld {
    explicit RouterWorld(const std::string& configuration) : router{parsed(configuration), loop} {
        const io::Log::Settings quiet{.levels = *io::parse_levels("warning+")};
        REQUIRE(io::log().set(io::Module::default_, quiet));
        REQUIRE(router.start());
    }

    io::Loop loop;
    Router router;
};

}  // namespace weft::node::test
