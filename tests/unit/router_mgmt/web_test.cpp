#include "common/daemon/web.hpp"

#include "tests/unit/io/support.hpp"
#include "tests/unit/router_mgmt/world.hpp"

using namespace weft;
using namespace weft::router;
using namespace weft::node;
using namespace weft::node::test;
using namespace weft::router_mgmt;
using namespace weft::router_mgmt::test;

namespace {

/// A router with one http listener, and a browser.
struct Site : World {
    Site()
        : World{R"({"router": {"id": "A"}, "listeners": [
              {"name": "web", "host": "127.0.0.1", "port": 0, "http": true}]})"} {}

    std::string exchange(const std::string& request) {
        return io::ask_http(loop, router.listeners().all().front()->listener->bound_port(),
                            request);
    }
    std::string ask(const std::string& method,
                    const std::string& target,
                    std::string headers = "") {
        return exchange(method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers +
                        "\r\n");
    }
};

bool has(const std::string& answer, std::string_view text) {
    return answer.find(text) != std::string::npos;
}

}  // namespace

TEST_SUITE_BEGIN("router web");

TEST_CASE("/healthz answers while the router does") {
    Site site;
    const std::string answer = site.ask("GET", "/healthz");
    CHECK(answer.starts_with("HTTP/1.1 200 "));
    CHECK(has(answer, R"({"status":"ok","router":"A","uptimeSeconds":)"));
}

TEST_CASE("/metrics answers in the format of Prometheus") {
    Site site;
    const std::string answer = site.ask("GET", "/metrics?x=1");
    CHECK(answer.starts_with("HTTP/1.1 200 "));
    CHECK(has(answer, "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
    CHECK(has(answer, "\nqdr_connections_total 0\n"));
}

TEST_CASE("management reads and changes entities") {
    Site site;
    CHECK(has(site.ask("GET", "/api/router/A"), "\"identity\": \"1\""));
    const std::string body = R"({"prefix": "mc", "name": "mc", "distribution": "multicast"})";
    const std::string made = site.ask("POST", "/api/router.config.address",
                                      "Content-Type: application/json\r\nContent-Length: " +
                                          std::to_string(body.size()) + "\r\n\r\n" + body);
    CHECK(made.starts_with("HTTP/1.1 201 "));
    CHECK(site.router.shards().home().core().rules().all().size() == 1);
    CHECK(site.ask("DELETE", "/api/router.config.address/mc").starts_with("HTTP/1.1 204 "));
    CHECK(site.router.shards().home().core().rules().all().empty());
}

TEST_CASE("refused pages are counted for each listener") {
    Site site;
    site.ask("DELETE", "/api/router.config.address/mc", "Origin: http://evil.example\r\n");
    CHECK(number(site.query("listener", {"refusedOrigins"})[0].as<wire::List>()->front()) == 1);
    CHECK(has(site.ask("GET", "/metrics"), "\nweft_refused_origins_total{listener=\"web\"} 1\n"));
}

TEST_CASE("a client that comes by WebSocket is a connection of its listener") {
    Site site;
    const io::Socket socket =
        io::dial(site.router.listeners().all().front()->listener->bound_port());
    io::send_all(socket,
                 "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
                 "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                 "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                 "Sec-WebSocket-Protocol: amqp\r\n\r\n");
    io::run_until(site.loop, [&] { return site.router.shards().home().connections().size() == 1; });
    CHECK(site.router.shards().home().connections().begin()->second->profile().name == "web");
}

TEST_SUITE_END();
