#include "common/daemon/connection_profile.hpp"

#include "common/io/log.hpp"

#include <doctest/doctest.h>

using namespace weft;
using namespace weft::daemon;

namespace {

const Product kKettleMaker{.container = "K", .name = "weft-kettle", .version = "1"};

wire::Map properties_of(const endpoint::ConnectionProfile& profile) {
    Bytes encoded = profile.engine.properties;
    return *wire::decode(encoded)->as<wire::Map>();
}

}  // namespace

TEST_SUITE("connection profile") {
    TEST_CASE("a listener's connections are servers of the sizes that are configured") {
        ListenerConfig config;
        config.connection = {.name = "door", .max_frame_size = 1024, .max_sessions = 8};
        config.initial_handshake_timeout = std::chrono::seconds{3};
        config.max_message_size = 4096;
        config.failover_urls = {{"amqps", "b", 5671}, {"", "c", 1}};
        const auto profile = listener_profile(config, kKettleMaker, {{wire::Symbol{"own"}, true}});
        CHECK(profile.name == "door");
        CHECK(profile.engine.server);
        CHECK(profile.engine.container_id == "K");
        CHECK(profile.engine.max_frame_size == 1024);
        CHECK(profile.engine.channel_max == 7);
        CHECK(profile.engine.handshake_timeout == std::chrono::seconds{3});
        CHECK(profile.max_message_size == 4096);
        CHECK(profile.authenticator != nullptr);
        const wire::Map properties = properties_of(profile);
        CHECK(*wire::find(properties, "product") == wire::Value{"weft-kettle"});
        CHECK(*wire::find(properties, "own") == wire::Value{true});
        const auto* failovers = wire::find(properties, "failover-server-list")->as<wire::List>();
        REQUIRE(failovers != nullptr);
        const auto scheme_at = [&](std::size_t index) {
            return wire::find(*failovers->at(index).as<wire::Map>(), "scheme");
        };
        REQUIRE(failovers->size() == 2);
        CHECK(*scheme_at(0) == wire::Value{"amqps"});
        CHECK(scheme_at(1) == nullptr);  // nobody configured one
    }

    TEST_CASE("an open that small frames can't hold is warned of") {
        const auto warned = [](const endpoint::ConnectionProfile& profile) {
            const std::size_t before = io::log().recent().size();
            warn_of_long_open(profile);
            return io::log().recent().size() > before;
        };
        ListenerConfig config;
        config.connection = {.name = "door", .max_sessions = 1};
        CHECK_FALSE(warned(listener_profile(config, kKettleMaker)));
        config.failover_urls.resize(30, {"amqps", "other.example.com", 5671});
        CHECK(warned(listener_profile(config, kKettleMaker)));
    }

    TEST_CASE("a connector's connections are clients that say what is configured") {
        ConnectionConfig config{.name = "out", .host = "h", .max_sessions = 1};
        config.open_properties = {{"x", {.value = std::int64_t{1}}}};
        const auto profile = connector_profile(config, kKettleMaker);
        CHECK_FALSE(profile.engine.server);
        CHECK(profile.engine.hostname == "h");
        REQUIRE(profile.engine.sasl_choices.size() == 1);
        CHECK(profile.engine.sasl_choices[0].mechanism == "ANONYMOUS");
        CHECK(profile.authenticator == nullptr);
        CHECK(*wire::find(properties_of(profile), "x") == wire::Value{std::int64_t{1}});
    }
}
