#include "common/daemon/transport_entities.hpp"

#include "tests/unit/daemon/kettle_service.hpp"

using namespace weft;
using namespace weft::daemon;
using namespace weft::daemon::test;

namespace {

struct Shown {
    io::Record record;
    io::Loop loop;
    mgmt::Agent agent{mgmt::Catalogue{}};
    Web web{loop, {.agent = agent, .health = {}, .metrics = {}}};
    Listeners listeners{loop, [](const OpenListener&, io::Socket) {}};
    Connectors connectors{loop};
    std::shared_ptr<KettleService> service = std::make_shared<KettleService>(loop, record);
};

wire::Value at(const mgmt::Row& row, std::string_view name) {
    const wire::Value* value = row.attributes.find(name);
    return value == nullptr ? wire::Value{} : *value;
}

}  // namespace

TEST_SUITE_BEGIN("transport entities");

TEST_CASE_FIXTURE(Shown,
                  "a listener's row says what is configured, its numbers and the service's own") {
    ListenerConfig config{.connection = place("door"), .http = true, .metrics = false};
    config.connection.family = io::Family::v4;
    config.connection.max_session_frames = 9;
    config.failover_urls = {{"amqp", "a", 1}, {"amqps", "::1", 5671}, {"", "b", 2}};
    const OpenListener& open = must_open(listeners, config, service);
    const ListenerSource source{listeners, web, {}};
    CHECK(source.size() == 1);
    const auto row = source.find(mgmt::FindBy::identity, open.identity);
    REQUIRE(row);
    CHECK(row->name == "door");
    CHECK(at(*row, "http") == wire::Value{true});
    CHECK(at(*row, "metrics") == wire::Value{false});
    CHECK(at(*row, "socketAddressFamily") == wire::Value{"IPv4"});
    CHECK(at(*row, "maxSessionFrames") == wire::Value{std::uint32_t{9}});
    CHECK(at(*row, "failoverUrls") == wire::Value{"amqp://a:1, amqps://[::1]:5671, b:2"});
    CHECK(at(*row, "boundPort").integer() == open.listener->bound_port());
    CHECK(at(*row, "refusedOrigins").integer() == 0);
    CHECK(at(*row, "material") == wire::Value{"copper"});
}

TEST_CASE_FIXTURE(Shown, "a connector's row says whom it dials and how that goes") {
    const auto open = connectors.open(place("out", 1), service);
    REQUIRE(open);
    const ConnectorSource source{connectors, {}};
    const auto row = source.find(mgmt::FindBy::name, "out");
    REQUIRE(row);
    CHECK(at(*row, "connectionStatus") == wire::Value{"CONNECTING"});
    CHECK(at(*row, "failoverUrls") == wire::Value{"amqp://127.0.0.1:1"});
    CHECK(at(*row, "material") == wire::Value{"copper"});
}

TEST_CASE_FIXTURE(Shown, "what a daemon does not do by request is refused") {
    const OpenListener& open = must_open(listeners, {.connection = place("door")}, service);
    ListenerSource listener_source{listeners, web, {}};
    CHECK_FALSE(listener_source.create("x", {}));
    CHECK_FALSE(listener_source.update(open.identity, {}));
    ConnectorSource connector_source{connectors, {}};
    CHECK_FALSE(connector_source.create("x", {}));
    CHECK_FALSE(connector_source.update("x", {}));
}

TEST_CASE_FIXTURE(Shown, "a daemon makes and changes its own, and deleting closes") {
    std::string changed;
    ListenerSource source{listeners,
                          web,
                          {.create =
                               [&](std::string_view name, const mgmt::Attributes&) {
                                   return listeners.open({.connection = place(std::string{name})},
                                                         service);
                               },
                           .update =
                               [&](const OpenListener& open, const mgmt::Attributes&) {
                                   changed = open.identity;
                                   return Result<void>{};
                               }}};
    const auto made = source.create("extra", {});
    REQUIRE(made);
    CHECK(made->identity == "listener/127.0.0.1:0:extra");
    CHECK(source.update(made->identity, {}));
    CHECK(changed == made->identity);
    CHECK_FALSE(source.update("listener/none", {}));
    CHECK(source.remove(made->identity));
    CHECK_FALSE(source.remove(made->identity));
    CHECK(listeners.all().empty());
}

TEST_SUITE_END();
