#include "common/mgmt/access.hpp"

#include "tests/unit/mgmt/fake_daemon.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>

namespace weft::mgmt::test {
namespace {

using wire::Map;
using wire::Value;

/// Users are called as what they may.
struct Guarded : FakeDaemon {
    Guarded() {
        agent.limit_access(
            [](const Requester& who) { return access_named(who.user).value_or(Access::none); });
    }
    Status status(const char* user, Map properties, Value body = {}) {
        return agent
            .handle({.properties = std::move(properties),
                     .body = std::move(body),
                     .who = {.user = user, .via = "AMQP"}})
            .status;
    }
    HttpResponse http(const char* user, const char* method, const char* target) {
        return served_http(agent, {.method = method, .target = target},
                           {.user = user, .host = "h", .via = "HTTP"});
    }
};

bool contains(const HttpResponse& response, std::string_view text) {
    return response.body.find(text) != std::string::npos;
}

}  // namespace

TEST_SUITE("Agent: who may what") {
    TEST_CASE("a viewer sees, an operator runs, an admin lets in") {
        Guarded daemon;
        const Map reading{{"operation", "QUERY"}, {"entityType", kListener}};
        CHECK(daemon.status("none", reading) == Status::forbidden);
        CHECK(daemon.status("viewer", reading) == Status::ok);
        const Map one{{"operation", "READ"}, {"type", kListener}, {"name", "l1"}};
        CHECK(daemon.status("none", one) == Status::forbidden);
        CHECK(daemon.status("viewer", one) == Status::ok);

        const Map routing{{"operation", "CREATE"},
                          {"type", "org.apache.qpid.dispatch.router.config.linkRoute"},
                          {"name", "a"}};
        const Map body{{"direction", "in"}, {"prefix", "p"}};
        CHECK(daemon.status("viewer", routing, body) == Status::forbidden);
        CHECK(daemon.link_routes.rows.empty());
        CHECK(daemon.status("operator", routing, body) == Status::created);

        const Map gone{{"operation", "DELETE"}, {"type", kListener}, {"name", "l1"}};
        const Map untyped{{"operation", "DELETE"}, {"name", "l1"}};
        CHECK(daemon.status("operator", gone) == Status::forbidden);
        CHECK(daemon.status("operator", untyped) == Status::forbidden);
        const Map louder{{"operation", "UPDATE"}, {"type", "log"}, {"identity", "log/DEFAULT"}};
        CHECK(daemon.status("operator", louder, Map{{"enable", "debug+"}}) == Status::forbidden);
        CHECK(daemon.listeners.rows.size() == 3);
        CHECK(daemon.logs.updates == 0);
        CHECK(daemon.status("admin", louder, Map{{"enable", "debug+"}}) == Status::ok);
        CHECK(daemon.status("admin", untyped) == Status::no_content);
    }

    TEST_CASE("the type of what is created decides, wherever it stands") {
        Guarded daemon;
        CHECK(daemon.status("operator", {{"operation", "CREATE"}},
                            Map{{"type", "listener"}, {"port", "1"}}) == Status::forbidden);
        CHECK(daemon.listeners.rows.size() == 3);
    }

    TEST_CASE("who is refused hears what it takes, and where that is said") {
        Guarded daemon;
        const Reply reply = daemon.agent.handle(
            {.properties = {{"operation", "DELETE"}, {"type", kListener}, {"name", "l1"}},
             .who = {.user = "viewer", .via = "AMQP"}});
        CHECK(reply.description ==
              "Forbidden: DELETE of listener takes an admin, and who asks is a viewer: see "
              "\"management\" in the daemon's configuration");
    }

    TEST_CASE("what messages say is no viewer's") {
        CHECK(needed_for(nullptr, "PEEK") == Access::operator_);
        CHECK(needed_for(nullptr, "EXPLAIN") == Access::viewer);
        CHECK(needed_for(nullptr, "GET-LOG") == Access::viewer);
        CHECK(needed_for(nullptr, "UNHEARD-OF") == Access::operator_);
    }

    TEST_CASE("over HTTP it is the same, and /api/me says what it is") {
        Guarded daemon;
        CHECK(daemon.http("none", "GET", "/api").status == 403);
        CHECK(daemon.http("none", "GET", "/api/schema").status == 403);
        CHECK(daemon.http("none", "GET", "/api/listener").status == 403);
        CHECK(daemon.http("viewer", "GET", "/api/listener").status == 200);
        CHECK(daemon.http("viewer", "DELETE", "/api/listener/l1").status == 403);
        CHECK(daemon.http("operator", "DELETE", "/api/listener/l1").status == 403);
        CHECK(daemon.http("admin", "DELETE", "/api/listener/l1").status == 204);

        const HttpResponse none = daemon.http("none", "GET", "/api/me");
        CHECK(none.status == 200);
        CHECK(contains(none, R"("access": "none")"));
        CHECK(contains(none, R"("operations": {})"));
        const HttpResponse runs = daemon.http("operator", "GET", "/api/me");
        CHECK(contains(runs, R"("user": "operator")"));
        CHECK(contains(runs, R"("router.config.linkRoute")"));
        CHECK_FALSE(contains(runs, R"("listener": [)"));
        CHECK(contains(daemon.http("admin", "GET", "/api/me"), R"("listener": [)"));
        CHECK(daemon.http("admin", "DELETE", "/api/me").status == 405);
    }

    TEST_CASE("without a judge whoever asks may everything") {
        FakeDaemon daemon;
        CHECK(daemon.agent.access_of({}) == Access::admin);
    }
}

}  // namespace weft::mgmt::test
