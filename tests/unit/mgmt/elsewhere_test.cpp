#include "common/mgmt/elsewhere.hpp"

#include "tests/unit/mgmt/fake_daemon.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <utility>

namespace weft::mgmt::test {
namespace {

using wire::List;
using wire::Map;
using wire::Value;

/// Lacks something in the first attempts at a request.
class FakeElsewhere final : public Elsewhere {
public:
    bool serve(std::function<void()> attempt, std::function<void()> done) override {
        if (full) {
            return false;
        }
        for (; lacking > 0; --lacking) {
            attempt();
            ++attempts;
        }
        attempt();
        done();
        return true;
    }
    bool lacks() const override { return lacking > 0; }
    std::string missing() const override { return left_out; }

    int lacking = 0;
    int attempts = 0;  // thrown away
    bool full = false;
    std::string left_out;
};

struct Spread : FakeDaemon {
    Spread() { agent.depend_on(elsewhere); }

    Reply whole(Map properties, Value body = {}) {
        Reply reply;
        const Request request{.properties = std::move(properties), .body = std::move(body)};
        CHECK(agent.run([&] { reply = agent.handle(request); }, [&] { ++done; }));
        return reply;
    }

    FakeElsewhere elsewhere;
    int done = 0;
};

}  // namespace

TEST_SUITE("Agent: what is known elsewhere") {
    TEST_CASE("while something is lacking nothing is changed") {
        Spread daemon;
        daemon.elsewhere.lacking = 3;
        const Reply reply =
            daemon.whole({{"operation", "UPDATE"}, {"type", "log"}, {"identity", "log/DEFAULT"}},
                         Map{{"includeSource", true}});
        CHECK(reply.status == Status::ok);
        CHECK(daemon.elsewhere.attempts == 3);
        CHECK(daemon.logs.updates == 1);
        CHECK(daemon.done == 1);
    }

    TEST_CASE("a list says what it leaves out") {
        Spread daemon;
        daemon.elsewhere.left_out = "loop 2 is busy";
        const Reply reply = daemon.whole({{"operation", "QUERY"}, {"entityType", "listener"}});
        CHECK(reply.status == Status::ok);
        CHECK(reply.description == "OK; incomplete: loop 2 is busy");
        CHECK(at(reply.body, "incomplete") == Value{"loop 2 is busy"});
        CHECK(reply.missing == "loop 2 is busy");
    }

    TEST_CASE("what is not found may be where nobody could look") {
        Spread daemon;
        daemon.elsewhere.left_out = "loop 2 is busy";
        const Map unknown{{"operation", "READ"}, {"type", kLink}, {"identity", "99"}};
        CHECK(daemon.whole(unknown).status == Status::internal_error);
        CHECK(daemon.whole(unknown).description == "Not known now: loop 2 is busy");
        const Map found{{"operation", "READ"}, {"type", kListener}, {"name", "l0"}};
        CHECK(daemon.whole(found).status == Status::ok);
        daemon.elsewhere.left_out.clear();
        CHECK(daemon.whole(unknown).status == Status::not_found);
    }

    TEST_CASE("where too many requests wait, none is run") {
        Spread daemon;
        daemon.elsewhere.full = true;
        CHECK_FALSE(daemon.agent.run([&] { ++daemon.done; }, [&] { ++daemon.done; }));
        CHECK(daemon.done == 0);
    }
}

TEST_SUITE("Agent: as the original says it") {
    TEST_CASE("an unknown attribute whose value is null says nothing") {
        FakeDaemon daemon;
        const Map request{{"operation", "UPDATE"}, {"type", "log"}, {"identity", "log/DEFAULT"}};
        CHECK(daemon.ask(request, Map{{"nosuch", Value{}}}).status == Status::ok);
        CHECK(daemon.ask(request, Map{{"nosuch", 1}}).status == Status::bad_request);
    }

    TEST_CASE("a column that is asked for twice is told once") {
        FakeDaemon daemon;
        const Reply reply =
            daemon.ask({{"operation", "QUERY"}, {"entityType", kListener}},
                       Map{{"attributeNames", List{"name", "port", "name", "name"}}});
        CHECK(at(reply.body, "attributeNames") == Value{List{"name", "port"}});
    }

    TEST_CASE("a connection that is not there can't be changed, and none can be deleted") {
        FakeDaemon daemon;
        const Map type{{"type", "connection"}, {"identity", "99"}};
        Map change{{"operation", "UPDATE"}};
        change.insert(change.end(), type.begin(), type.end());
        CHECK(daemon.ask(change, Map{{"adminStatus", "deleted"}}).status == Status::bad_request);
        daemon.connections.rows.push_back({.identity = "7", .name = {}, .attributes = {}});
        const Reply reply =
            daemon.ask({{"operation", "DELETE"}, {"type", "connection"}, {"identity", "7"}});
        CHECK(reply.status == Status::forbidden);
        CHECK(reply.description.starts_with("Forbidden: Operation 'DELETE' not implemented"));
    }
}

}  // namespace weft::mgmt::test
