#include "common/mgmt/http_api.hpp"

#include "common/mgmt/answers.hpp"
#include "common/mgmt/json.hpp"
#include "common/mgmt/uri_text.hpp"
#include "tests/unit/mgmt/fake_daemon.hpp"

#include <doctest/doctest.h>

namespace weft::mgmt::test {
namespace {

using wire::List;
using wire::Map;
using wire::Value;

HttpResponse get(FakeDaemon& daemon, const std::string& path, const std::string& query = {}) {
    return served_http(daemon.agent, {.method = "GET", .target = path + "?" + query});
}

HttpResponse send(FakeDaemon& daemon,
                  const std::string& method,
                  const std::string& path,
                  const std::string& body,
                  const std::string& content_type = "application/json; charset=utf-8") {
    return served_http(daemon.agent, {.method = method,
                                      .target = path,
                                      .headers = {{"content-type", content_type}},
                                      .body = body});
}

Value body(const HttpResponse& reply) {
    return from_json(reply.body).value_or(Value{});
}

std::string header(const HttpResponse& reply, std::string_view name) {
    for (const auto& [key, value] : reply.headers) {
        if (key == name) {
            return value;
        }
    }
    return {};
}

/// The error text, once it is certain that this is what an error looks like.
std::string error(const HttpResponse& reply) {
    CHECK(reply.content_type == "application/json");
    CHECK(at(body(reply), "status") == Value{std::int64_t{reply.status}});
    const Value text = at(body(reply), "error");
    return text.text() == nullptr ? "" : *text.text();
}

}  // namespace

TEST_SUITE("HTTP API") {
    TEST_CASE("the root lists the types with links") {
        FakeDaemon daemon;
        for (const char* path : {"/api", "/api/"}) {
            const HttpResponse reply = get(daemon, path);
            CHECK(reply.status == 200);
            CHECK(reply.content_type == "application/json");
            CHECK(list_in(body(reply)).size() == daemon.agent.catalogue().types().size());
            CHECK(reply.body.find("\"href\": \"/api/router.config.linkRoute\"") !=
                  std::string::npos);
        }
        CHECK(at(body(get(daemon, "/api/schema")), "prefix") == Value{"org.apache.qpid.dispatch"});
    }

    TEST_CASE("HEAD is answered as GET is") {
        FakeDaemon daemon;
        for (const char* path : {"/api", "/api/schema", "/api/listener", "/api/listener/l1"}) {
            const HttpResponse reply =
                served_http(daemon.agent, {.method = "HEAD", .target = path});
            CHECK(reply.status == 200);
            CHECK(reply.body == get(daemon, path).body);
        }
    }

    TEST_CASE("a type's entities are a list of objects") {
        FakeDaemon daemon;
        const HttpResponse reply =
            get(daemon, "/api/listener", "attributes=name,port&count=2&offset=1");
        CHECK(reply.status == 200);
        CHECK(body(reply) == Value{List{Map{{"name", "l1"}, {"port", "5671"}},
                                        Map{{"name", "l2"}, {"port", "5672"}}}});
        CHECK(header(reply, "Link") == "");
        CHECK(list_in(body(get(daemon, "/api/" + kListener + "/"))).size() == 3);
        CHECK(body(get(daemon, "/api/sslProfile")) == Value{List{}});
    }

    TEST_CASE("a page that isn't the last links to the next") {
        FakeDaemon daemon;
        const HttpResponse reply = get(daemon, "/api/listener", "count=2&attributes=name");
        CHECK(header(reply, "Link") ==
              "</api/listener?offset=2&count=2&attributes=name>; rel=\"next\"");
    }

    TEST_CASE("a long list is made in pieces, each a request that has its own turn") {
        FakeDaemon daemon;
        constexpr std::size_t kRows = 3 * HttpListing::kRowsAtOnce + 1;
        while (daemon.connections.rows.size() < kRows) {
            daemon.connections.rows.push_back(
                {.identity = std::to_string(daemon.connections.rows.size()),
                 .name = {},
                 .attributes = {{"host", "h"}}});
        }
        HttpExchange exchange{daemon.agent,
                              {.method = "GET", .target = "/api/connection?attributes=identity"},
                              {}};
        int pieces = 0;
        for (bool whole = false; !whole; ++pieces) {
            daemon.connections.visited = 0;
            exchange.attempt();
            exchange.attempt();  // one that lacked something is thrown away
            CHECK(daemon.connections.visited <= 2 * HttpListing::kRowsAtOnce);
            whole = exchange.keep();
        }
        CHECK(pieces == 4);
        const HttpResponse reply = exchange.take();
        const wire::Value rows = body(reply);
        REQUIRE(list_in(rows).size() == kRows);
        CHECK(at(list_in(rows).back(), "identity") == Value{std::to_string(kRows - 1)});
        CHECK(header(reply, "Link") == "");
        CHECK(list_in(body(get(daemon, "/api/connection", "count=300&offset=10"))).size() == 300);
        CHECK(header(get(daemon, "/api/connection", "count=300&offset=10"), "Link") ==
              "</api/connection?offset=310&count=300>; rel=\"next\"");
    }

    TEST_CASE("a list ends with as much text as one answer holds, and says where to go on") {
        FakeDaemon daemon;
        for (int i = 0; i < 2000; ++i) {
            daemon.connections.rows.push_back({.identity = std::to_string(i),
                                               .name = {},
                                               .attributes = {{"host", std::string(16'384, 'h')}}});
        }
        const HttpResponse reply = get(daemon, "/api/connection", "attributes=host");
        CHECK(reply.body.size() > kPageBytesMax);
        CHECK(reply.body.size() < kPageBytesMax + HttpListing::kRowsAtOnce * 16'500);
        CHECK(header(reply, "Link").starts_with("</api/connection?offset=1"));
    }

    TEST_CASE("a list is selected and ordered as it is asked for, and says how long it is") {
        FakeDaemon daemon;
        daemon.links.rows.clear();
        for (int i = 0; i < 600; ++i) {
            daemon.links.rows.push_back(
                {.identity = std::to_string(i),
                 .name = {},
                 .attributes = {{"linkName", (i % 2 == 0 ? "Even:" : "odd:") + std::to_string(i)},
                                {"deliveryCount", std::int64_t{i % 100}}}});
        }
        const auto hosts = [&](const std::string& query) {
            std::string found;
            const HttpResponse reply =
                get(daemon, "/api/router.link", "attributes=linkName,deliveryCount&" + query);
            CHECK(reply.status == 200);
            const Value rows = body(reply);
            for (const Value& row : list_in(rows)) {
                found += *at(row, "linkName").text() + " ";
            }
            return found + header(reply, "Weft-Total");
        };
        CHECK(hosts("sort=-deliveryCount&count=2") == "odd:99 odd:199 600");
        CHECK(hosts("sort=deliveryCount&count=2&offset=6") == "odd:1 odd:101 600");
        CHECK(hosts("match=EVEN:59&sort=linkName") ==
              "Even:590 Even:592 Even:594 Even:596 Even:598 5");
        CHECK(hosts("where=linkName=Even:*&where=deliveryCount!=0&count=1") == "Even:2 294");
        CHECK(hosts("where=linkName%3Dodd:7") == "odd:7 1");
        CHECK(hosts("match=nowhere") == "0");
        CHECK(hosts("sort=linkName&offset=700") == "600");
        const std::string query = "attributes=linkName&sort=-linkName&match=odd&count=300";
        CHECK(list_in(body(get(daemon, "/api/router.link", query))).size() == 300);
        CHECK(header(get(daemon, "/api/router.link", query + "&offset=0"), "Link") == "");
        CHECK(header(get(daemon, "/api/router.link", "attributes=linkName&sort=linkName&count=300"),
                     "Link") ==
              "</api/router.link?offset=300&attributes=linkName&sort=linkName&count=300>; "
              "rel=\"next\"");
    }

    TEST_CASE("a selection that can't be is refused") {
        FakeDaemon daemon;
        for (const char* query :
             {"where=host", "where==x", "where=!=x", "where=%zz", "sort=%zz", "sort=host&sort=host",
              "match=a&match=b", "attributes=host&sort=identity", "where=nothing=x"}) {
            CAPTURE(query);
            CHECK(get(daemon, "/api/connection", query).status == 400);
        }
        CHECK(error(get(daemon, "/api/connection", "attributes=host&where=role=x")) ==
              "'role' is none of the attributes that are asked for");
    }

    TEST_CASE("an operation that has no method is asked for by name") {
        FakeDaemon daemon;
        daemon.agent.serve_log([](std::size_t count) {
            return std::vector<LogLine>(std::min(count, std::size_t{3}));
        });
        const std::string log = "/api/management?operation=GET-LOG";
        const HttpResponse reply = send(daemon, "POST", log, R"({"limit": 2})");
        CHECK(reply.status == 200);
        CHECK(list_in(body(reply)).size() == 2);
        CHECK(send(daemon, "POST", log, "{}", "text/plain").status == 415);
        CHECK(send(daemon, "POST", log, R"({"operation": "X"})").status == 400);
        CHECK(send(daemon, "POST", log, R"({"type": "X"})").status == 400);
        CHECK(send(daemon, "POST", "/api/vhost?operation=CREATE", "{}").status == 400);
        CHECK(send(daemon, "POST", "/api/vhost?operation=create", "{}").status == 400);
        CHECK(send(daemon, "POST", "/api/vhost?operation=%zz", "{}").status == 400);
        CHECK(send(daemon, "POST", "/api/vhost?operation=BAKE", "{}").status == 501);
        CHECK(daemon.vhosts.rows.empty());
    }

    TEST_CASE("a request at which the daemon fails has an answer") {
        FakeDaemon daemon;
        for (const char* path : {"/api/listener", "/api/listener/l1"}) {
            HttpExchange exchange{daemon.agent, {.method = "GET", .target = path}, {}};
            REQUIRE(exchange.keep());  // as if its attempt had thrown
            CHECK(exchange.take().status == 500);
        }
    }

    TEST_CASE("an entity is found by identity or name, slashes and colons included") {
        FakeDaemon daemon;
        for (const char* path : {"/api/listener/l1", "/api/listener/listener/0.0.0.0:5671:l1",
                                 "/api/listener/listener%2F0.0.0.0%3a5671%3Al1"}) {
            const HttpResponse reply = get(daemon, path);
            CHECK(reply.status == 200);
            CHECK(at(body(reply), "name") == Value{"l1"});
        }
        CHECK(at(body(get(daemon, "/api/router.link/7")), "linkName") == Value{"sender"});
    }

    TEST_CASE("what isn't there is said in words") {
        FakeDaemon daemon;
        CHECK(error(get(daemon, "/api/listener/zzz")) ==
              "No listener has the identity or name 'zzz'");
        CHECK(get(daemon, "/api/listener/zzz").status == 404);
        CHECK(error(get(daemon, "/api/linstener")).ends_with("did you mean 'listener'?"));
        CHECK(get(daemon, "/api/linstener").status == 404);
        CHECK(get(daemon, "/metrics").status == 404);
        CHECK(get(daemon, "/apiary").status == 404);
        CHECK(get(daemon, "/api/listener", "attributes=prt").status == 404);
        CHECK(get(daemon, "/api/listener", "attributes=%zz").status == 400);
        CHECK(get(daemon, "/api/listener", "count=lots").status == 400);
        CHECK(get(daemon, "/api/list%e").status == 400);
        CHECK(get(daemon, "/api/console").status == 403);
    }

    TEST_CASE("entities are created, changed and deleted") {
        FakeDaemon daemon;
        HttpResponse reply = send(daemon, "POST", "/api/vhost",
                                  R"({"name": "v", "hostname": "v", "maxConnections": "5"})");
        CHECK(reply.status == 201);
        CHECK(header(reply, "Location") == "/api/vhost/made%2F0");
        CHECK(at(body(reply), "maxConnections") == Value{std::int64_t{5}});
        for (const char* method : {"PUT", "PATCH"}) {
            reply = send(daemon, method, "/api/vhost/v",
                         R"({"aliases": ")" + std::string{method} + "\"}");
            CHECK(reply.status == 200);
            CHECK(at(body(reply), "aliases") == Value{method});
        }
        reply = send(daemon, "DELETE",
                     header(send(daemon, "POST", "/api/vhost", R"({"hostname": "w"})"), "Location"),
                     "");
        CHECK(reply.status == 204);
        CHECK(reply.body.empty());
        CHECK(reply.content_type.empty());
        REQUIRE(daemon.vhosts.rows.size() == 1);
        CHECK(daemon.vhosts.rows[0].name == "v");
    }

    TEST_CASE("bodies that can't be used are refused, and nothing changes") {
        FakeDaemon daemon;
        CHECK(send(daemon, "POST", "/api/vhost", R"({"hostname": "v"})", "text/plain").status ==
              415);
        CHECK(send(daemon, "POST", "/api/vhost", std::string(kHttpBodyMax + 1, ' ')).status == 413);
        CHECK(send(daemon, "POST", "/api/vhost", "{").status == 400);
        CHECK(send(daemon, "POST", "/api/vhost", "[]").status == 400);
        CHECK(error(send(daemon, "POST", "/api/vhost", R"({"hostnam": "v"})"))
                  .ends_with("did you mean 'hostname'?"));
        CHECK(send(daemon, "POST", "/api/sslProfile", "{}").status == 501);
        CHECK(daemon.vhosts.rows.empty());
    }

    TEST_CASE("methods that do nothing here name those that do") {
        FakeDaemon daemon;
        HttpResponse reply = send(daemon, "DELETE", "/api/listener", "");
        CHECK(reply.status == 405);
        CHECK(header(reply, "Allow") == "GET, POST");
        CHECK(header(send(daemon, "POST", "/api/listener/l0", "{}"), "Allow") ==
              "GET, PUT, PATCH, DELETE");
        CHECK(send(daemon, "POST", "/api", "{}").status == 405);
    }

    TEST_CASE("percent-encoding is undone once and done where needed") {
        CHECK(percent_decoded("a%2Fb%c3%A4%2525") == "a/bä%25");
        CHECK(percent_decoded("%") == std::nullopt);
        CHECK(percent_decoded("%4") == std::nullopt);
        CHECK(percent_decoded("%4g") == std::nullopt);
        CHECK(percent_encoded("a/b ä:1") == "a%2Fb%20%C3%A4:1");
    }

    TEST_CASE("query values are picked by name") {
        CHECK(query_value("a=1&bb=2&c", "bb") == "2");
        CHECK(query_value("a=1&bb=2&c", "c") == "");
        CHECK(query_value("a=1&bb=2", "b") == std::nullopt);
        CHECK(query_value("", "a") == std::nullopt);
        CHECK(query_value("&&a=x=y", "a") == "x=y");
    }
}

}  // namespace weft::mgmt::test
