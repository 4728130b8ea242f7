#include "common/daemon/listeners.hpp"

#include "tests/unit/daemon/kettle_service.hpp"

using namespace weft;
using namespace weft::daemon;
using namespace weft::daemon::test;

namespace {

struct Listening {
    io::Record record;
    io::Loop loop;
    std::string http_from;
    Listeners listeners{
        loop, [this](const OpenListener& from, io::Socket) { http_from = from.identity; }};
    std::shared_ptr<KettleService> service = std::make_shared<KettleService>(loop, record);
};

}  // namespace

TEST_SUITE_BEGIN("listeners");

TEST_CASE_FIXTURE(Listening, "what comes in goes to the listener's service") {
    const OpenListener& open = must_open(listeners, {.connection = place("door")}, service);
    CHECK(open.identity == "listener/127.0.0.1:0:door");
    CHECK(listeners.find(open.identity) == &open);
    const io::Socket client = io::dial(open.listener->bound_port());
    io::send_all(client, "hello");
    io::run_until(loop, [&] { return service->record.received == "hello"; });
    CHECK(service->accepted == 1);
    CHECK(http_from.empty());
}

TEST_CASE_FIXTURE(Listening, "what comes in where HTTP is spoken goes to the web") {
    const OpenListener& open =
        must_open(listeners, {.connection = place("web"), .http = true}, service);
    const io::Socket client = io::dial(open.listener->bound_port());
    io::run_until(loop, [&] { return !http_from.empty(); });
    CHECK(http_from == open.identity);
    CHECK(service->accepted == 0);
}

TEST_CASE_FIXTURE(Listening, "what speaks HTTP is for management, when descriptors are scarce") {
    const OpenListener& door = must_open(listeners, {.connection = place("door")}, service);
    const OpenListener& web =
        must_open(listeners, {.connection = place("web"), .http = true}, service);
    CHECK(door.listener->options().claim == io::Claim::client);
    CHECK(web.listener->options().claim == io::Claim::management);
}

TEST_CASE_FIXTURE(Listening, "a listener that has no name but its place is identified by that") {
    const OpenListener& open =
        must_open(listeners, {.connection = place("listener/127.0.0.1:0")}, service);
    CHECK(open.identity == "listener/127.0.0.1:0");
}

TEST_CASE_FIXTURE(Listening, "two of a name are refused, and a port in use") {
    const OpenListener& open = must_open(listeners, {.connection = place("door")}, service);
    const auto again = listeners.open({.connection = place("door")}, service);
    REQUIRE_FALSE(again);
    CHECK(again.error().text == "Name conflicts with an existing entity: listener door");
    CHECK_FALSE(
        listeners.open({.connection = place("other", open.listener->bound_port())}, service));
    CHECK(listeners.all().size() == 1);
}

TEST_CASE_FIXTURE(Listening,
                  "a listener that is closed takes nobody, and its connections live on") {
    const OpenListener& open = must_open(listeners, {.connection = place("door")}, service);
    const std::string identity = open.identity;
    const io::Socket client = io::dial(open.listener->bound_port());
    io::run_until(loop, [&] { return service->record.transport != nullptr; });
    CHECK(listeners.close(identity));
    CHECK_FALSE(listeners.close(identity));
    CHECK(listeners.find(identity) == nullptr);
    io::send_all(client, "still there");
    io::run_until(loop, [&] { return service->record.received == "still there"; });
}

TEST_SUITE_END();
