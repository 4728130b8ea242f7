#include "tests/unit/router_mgmt/world.hpp"

using namespace weft;
using namespace weft::router;
using namespace weft::node;
using namespace weft::node::test;
using namespace weft::router_mgmt;
using namespace weft::router_mgmt::test;

TEST_SUITE_BEGIN("entity_transport");

TEST_CASE("a listener made at run time listens, and is gone when deleted") {
    World world;
    const mgmt::Reply made =
        world.create("listener", {{"name", "extra"}, {"port", "0"}, {"idleTimeoutSeconds", 30}});
    REQUIRE_MESSAGE(made.status == mgmt::Status::created, made.description);
    CHECK(at(made.body, "identity") == wire::Value{"listener/127.0.0.1:0:extra"});
    CHECK(at(made.body, "port") == wire::Value{"0"});
    CHECK(number(at(made.body, "boundPort")) > 0);
    CHECK(number(at(made.body, "idleTimeoutSeconds")) == 30);
    CHECK(at(made.body, "stripAnnotations") == wire::Value{"both"});
    REQUIRE(world.router.listeners().all().size() == 1);

    CHECK(world.remove("listener", "extra").status == mgmt::Status::no_content);
    CHECK(world.router.listeners().all().empty());
    CHECK(world.remove("listener", "extra").status == mgmt::Status::not_found);
}

TEST_CASE("a listener without a name is named after its place") {
    World world;
    const mgmt::Reply made = world.create("listener", {{"port", "0"}});
    CHECK(at(made.body, "name") == wire::Value{"listener/127.0.0.1:0"});
    CHECK(at(made.body, "identity") == wire::Value{"listener/127.0.0.1:0"});
}

TEST_CASE("whoever names no host is told where it listens") {
    World world;
    CHECK(world.create("listener", {{"port", "0"}}).description ==
          "Created: no host was given, so it listens on 127.0.0.1 alone");
    CHECK(world.create("listener", {{"name", "here"}, {"host", "127.0.0.1"}, {"port", "0"}})
              .description == "Created");
}

TEST_CASE(
    "listeners that management makes are open to the network only where a qdrouterd.conf is") {
    const wire::Map open{{"name", "open"}, {"host", "0.0.0.0"}, {"port", "0"}};
    World json;
    CHECK(json.create("listener", open).status == mgmt::Status::bad_request);
    World conf{"router {\n id: A\n}\nlistener {\n host: 127.0.0.1\n port: 0\n}\n"};
    CHECK(conf.create("listener", open).status == mgmt::Status::created);
    CHECK(conf.create("listener",
                      {{"name", "said"}, {"host", "0.0.0.0"}, {"port", "0"}, {"insecure", false}})
              .status == mgmt::Status::bad_request);
    CHECK(conf.create("listener", {{"name", "all"}, {"port", "0"}}).description ==
          "Created: no host was given, so it listens on all interfaces");
}

TEST_CASE("listeners and connectors come in the order of the file, then as they were made") {
    World world{R"({"listeners": [{"name": "z", "port": 0}, {"name": "a", "port": 0},
                                  {"name": "m", "port": 0}],
                    "connectors": [{"name": "y", "port": 1}, {"name": "b", "port": 1}]})"};
    world.create("listener", {{"name", "c"}, {"port", "0"}});
    CHECK(world.query("listener", {"name"}) ==
          wire::List{row({"z"}), row({"a"}), row({"m"}), row({"c"})});
    CHECK(world.query("connector", {"name"}) == wire::List{row({"y"}), row({"b"})});
}

TEST_CASE("what a configuration file may not say is refused in the same words") {
    World world;
    const auto refusal = [&](wire::Map attributes) {
        const mgmt::Reply reply = world.create("listener", std::move(attributes));
        CHECK(reply.status == mgmt::Status::bad_request);
        return reply.description;
    };
    CHECK(refusal({{"port", "70000"}}) ==
          "'port' must be a port from 0 to 65535, \"amqp\" or \"amqps\", not \"70000\"");
    CHECK(refusal({{"port", "0"}, {"sslProfile", "x"}}) ==
          "'sslProfile' names none of the sslProfiles: there are none");
    CHECK(refusal({{"port", "0"}, {"role", "edge"}}).starts_with("'role' "));
    CHECK(refusal({{"port", "0"}, {"openProperties", wire::Map{{"qd.x", 1}}}}) ==
          "'qd.x' is a property of the daemon's own; choose another name");
    CHECK(world.router.listeners().all().empty());
}

TEST_CASE("two entities of a name are refused, a port in use too") {
    World world{R"({"listeners": [{"name": "clients", "port": 0}]})"};
    CHECK(world.create("listener", {{"name", "clients"}, {"port", "0"}}).description ==
          "Name conflicts with an existing entity: 'clients'");
    const std::string port =
        std::to_string(world.router.listeners().all().front()->listener->bound_port());
    const mgmt::Reply taken = world.create("listener", {{"name", "other"}, {"port", port}});
    CHECK(taken.status == mgmt::Status::bad_request);
    CHECK(world.router.listeners().all().size() == 1);
}

TEST_CASE("a connector shows whether its peer answers, and is gone when deleted") {
    World world{R"({"listeners": [{"name": "clients", "port": 0}]})"};
    const std::string port =
        std::to_string(world.router.listeners().all().front()->listener->bound_port());
    const mgmt::Reply made = world.create("connector", {{"name", "self"}, {"port", port}});
    REQUIRE_MESSAGE(made.status == mgmt::Status::created, made.description);
    CHECK(at(made.body, "connectionStatus") == wire::Value{"CONNECTING"});
    CHECK(at(made.body, "failoverUrls") == wire::Value{"amqp://127.0.0.1:" + port});

    const auto status = [&] {
        return world.query("connector", {"connectionStatus"})[0].as<wire::List>()->front();
    };
    while (status() != wire::Value{"SUCCESS"}) {
        world.loop.run_one();
    }
    const wire::List told = world.query("connector", {"connectionMsg"});
    const std::string message = *told[0].as<wire::List>()->front().text();
    CHECK(message.find(" Connection Opened: dir=out host=127.0.0.1:" + port +
                       " vhost= encrypted=no auth=ANONYMOUS user=") != std::string::npos);
    CHECK(message.find(" container_id=") != std::string::npos);
    const wire::List ends = world.query("connection", {"dir", "listener", "sasl"});
    REQUIRE(ends.size() == 2);
    CHECK(std::ranges::count(ends, row({"out", "self", "ANONYMOUS"})) == 1);
    CHECK(std::ranges::count(ends, row({"in", "clients", "ANONYMOUS"})) == 1);

    CHECK(world.remove("connector", "self").status == mgmt::Status::no_content);
    CHECK(world.query("connector", {"name"}).empty());
    while (
        !world.router.shards().home().connections().empty()) {  // they say good-bye to each other
        world.loop.run_one();
    }
}

TEST_CASE("a listener is shown as it was configured") {
    World world{R"({"listeners": [
        {"name": "web", "port": 0, "http": true, "metrics": false, "linkCapacity": 7,
         "stripAnnotations": "in", "failoverUrls": "amqp://a:1, amqps://b",
         "openProperties": {"x": 1}, "maxSessionFrames": 9, "socketAddressFamily": "IPv4"}]})"};
    CHECK(world.query("listener", {"http", "metrics", "healthz", "linkCapacity", "stripAnnotations",
                                   "failoverUrls", "openProperties", "maxSessionFrames",
                                   "socketAddressFamily"}) ==
          wire::List{row({true, false, true, std::uint16_t{7}, "in", "amqp://a:1, amqps://b:5671",
                          wire::Map{{"x", std::int64_t{1}}}, std::uint32_t{9}, "IPv4"})});
}

TEST_CASE("what a request leaves out is what a file leaves out, and a default may be said") {
    World world;
    const wire::List defaults = {"host", "linkCapacity", "idleTimeoutSeconds", "stripAnnotations"};
    REQUIRE(world.create("listener", {{"name", "short"}, {"port", "0"}}).status ==
            mgmt::Status::created);
    REQUIRE(world
                .create("listener", {{"name", "long"},
                                     {"host", "127.0.0.1"},
                                     {"port", "0"},
                                     {"linkCapacity", 250},
                                     {"idleTimeoutSeconds", 16},
                                     {"stripAnnotations", "both"},
                                     {"requireSsl", false}})
                .status == mgmt::Status::created);
    const wire::List rows = world.query("listener", defaults);
    REQUIRE(rows.size() == 2);
    CHECK(rows[0] == rows[1]);
    CHECK(rows[0] == row({"127.0.0.1", std::uint16_t{250}, std::int64_t{16}, "both"}));
}

TEST_CASE("open properties are shown, also where there are none") {
    World world;
    const mgmt::Reply made =
        world.create("listener", {{"name", "one"}, {"port", "0"}, {"openProperties", wire::Map{}}});
    CHECK(made.status == mgmt::Status::created);
    CHECK(at(made.body, "openProperties") == wire::Value{wire::Map{}});
}

TEST_CASE("seconds may have a fraction, as in a file") {
    World world;
    const mgmt::Reply made =
        world.create("listener", {{"port", "0"}, {"idleTimeoutSeconds", "0.5"}});
    REQUIRE_MESSAGE(made.status == mgmt::Status::created, made.description);
    CHECK(at(made.body, "idleTimeoutSeconds") == wire::Value{0.5});
}

TEST_SUITE_END();
