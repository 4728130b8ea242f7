#include "common/daemon/simple_daemon.hpp"

#include "tests/unit/daemon/kettle_table.hpp"
#include "tests/unit/io/support.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace weft;
using namespace weft::daemon;
using namespace weft::daemon::test;

namespace {

/// A connection that takes no links.
class Peer final : public endpoint::Connection {
public:
    Peer(io::Transport& transport,
         std::shared_ptr<const endpoint::ConnectionProfile> profile,
         Connections& connections)
        : Connection{transport, std::move(profile)}, connections_{connections} {
        start(connections_.add(*this));
    }

private:
    void on_gone(std::string_view) override { connections_.forget(*this); }

    Connections& connections_;
};

/// A kettle that is connected to itself, if it is `dialling`.
struct Kettle {
    io::Loop loop;
    SimpleDaemon daemon;

    explicit Kettle(const CommonConfig& config)
        : daemon{loop,
                 {.product = {.container = "K", .name = "weft-kettle", .version = "1"},
                  .kind = "kettle",
                  .config = config,
                  .table = kettle_table()},
                 [](io::Transport& transport,
                    std::shared_ptr<const endpoint::ConnectionProfile> profile,
                    SimpleDaemon& of) {
                     return std::make_unique<Peer>(transport, std::move(profile), of.connections());
                 }} {
        REQUIRE(daemon.start());
    }

    mgmt::Reply ask(wire::Map properties, wire::Value body = {}) {
        return daemon.agent().handle(
            {.properties = std::move(properties), .body = std::move(body)});
    }
    /// The rows of a type, each a list of the attributes asked for.
    wire::List query(const char* type, wire::List attributes) {
        const mgmt::Reply reply = ask({{"operation", "QUERY"}, {"entityType", type}},
                                      wire::Map{{"attributeNames", std::move(attributes)}});
        const wire::Value* rows = wire::find(*reply.body.as<wire::Map>(), "results");
        REQUIRE_MESSAGE(rows != nullptr, reply.description);
        return *rows->as<wire::List>();
    }
};

CommonConfig one_listener(std::uint16_t port) {
    ListenerConfig listener;
    listener.connection = {.name = "door",
                           .host = "127.0.0.1",
                           .port = port,
                           .max_frame_size = 512,
                           .max_sessions = 1};
    return {.ssl_profiles = {}, .listeners = {listener}, .connectors = {}, .log = {}};
}

}  // namespace

TEST_SUITE_BEGIN("simple daemon");

TEST_CASE("it shows its listeners and its log") {
    name_modules();
    Kettle kettle{one_listener(0)};
    CHECK(kettle.daemon.title() == "kettle K");
    CHECK(kettle.query("listener", {"name"}) == wire::List{wire::Value{wire::List{"door"}}});
    CHECK(kettle.query("log", {"module"}).size() == kModules.size());
}

TEST_CASE("its connections are shown, can be closed by request, and end with it") {
    name_modules();
    Kettle first{one_listener(0)};
    const auto port = first.query("listener", {"boundPort"})[0].as<wire::List>()->front();
    CommonConfig dials;
    const auto number = static_cast<std::uint16_t>(port.integer().value_or(0));
    const std::string port_text = std::to_string(number);
    dials.connectors = {{.name = "out",
                         .host = "localhost",
                         .port = number,
                         .max_frame_size = 512,
                         .max_sessions = 1}};
    dials.listeners = {};
    Kettle second{dials};
    const auto run_until = [&](auto condition) {
        while (!condition()) {
            first.loop.post([] {});
            first.loop.run_one();
            second.loop.post([] {});
            second.loop.run_one();
        }
    };
    run_until([&] {
        return second.query("connector", {"connectionStatus"}) ==
               wire::List{wire::Value{wire::List{"SUCCESS"}}};
    });
    CHECK(first.query("connection", {"container", "dir", "listener", "sasl"}) ==
          wire::List{wire::Value{wire::List{"K", "in", "door", "ANONYMOUS"}}});
    CHECK(second.query("connection", {"dir", "listener", "host"}) ==
          wire::List{wire::Value{wire::List{"out", "out", "localhost:" + port_text}}});

    const auto change = [&](wire::Map attributes) {
        return first
            .ask({{"operation", "UPDATE"}, {"type", "connection"}, {"identity", "1"}},
                 std::move(attributes))
            .status;
    };
    CHECK(change({{"enableProtocolTrace", true}}) == mgmt::Status::ok);
    CHECK(change({{"adminStatus", "deleted"}}) == mgmt::Status::ok);
    run_until([&] { return first.daemon.connections().size() == 0; });
    CHECK(change({{"adminStatus", "deleted"}}) == mgmt::Status::bad_request);

    run_until([&] { return first.daemon.connections().size() == 1; });  // it dials again
    int stopped = 0;
    first.daemon.stop([&] { ++stopped; });
    run_until([&] { return stopped > 0; });
    CHECK(first.daemon.connections().size() == 0);
    bool passed = false;
    const io::Timer later =
        first.loop.after(std::chrono::milliseconds{100}, [&] { passed = true; });
    run_until([&] { return passed; });
    CHECK(stopped == 1);
}

TEST_SUITE_END();
