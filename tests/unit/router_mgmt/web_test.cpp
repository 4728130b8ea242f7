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
    explicit Site(const std::string& keys = R"("host": "127.0.0.1")")
        : World{
              R"({"router": {"id": "A"}, "listeners": [{"name": "web", "port": 0, "http": true, )" +
              keys + "}]}"} {}

    std::string exchange(const std::string& request) {
        const io::Socket socket =
            io::dial(router.listeners().all().front()->listener->bound_port());
        io::send_all(socket, request);
        std::string answer;
        io::run_until(loop, [&] {
            answer += io::take_arrived(socket).text;
            return is_whole(answer);
        });
        return answer;
    }
    std::string ask(const std::string& method,
                    const std::string& target,
                    std::string headers = "") {
        return exchange(method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers +
                        "\r\n");
    }

    /// All of one answer came, that of a HEAD or an upgrade by its header alone.
    static bool is_whole(const std::string& answer) {
        const std::size_t head = answer.find("\r\n\r\n");
        if (head == std::string::npos) {
            return false;
        }
        const std::size_t length = answer.find("Content-Length: ");
        return length > head || answer.size() >= head + 4 + std::stoul(answer.substr(length + 16));
    }
};

bool has(const std::string& answer, std::string_view text) {
    return answer.find(text) != std::string::npos;
}

}  // namespace

TEST_SUITE_BEGIN("web");

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

TEST_CASE("what is turned off and what is unknown is not there, and the answer says what is") {
    Site site{R"("metrics": false, "healthz": false)"};
    for (const char* path : {"/", "/metrics", "/healthz", "/apix"}) {
        const std::string answer = site.ask("GET", path);
        CHECK(answer.starts_with("HTTP/1.1 404 "));
        CHECK(has(answer, "\r\n\r\nNothing is here; there is /api, AMQP over WebSocket.\n"));
    }
}

TEST_CASE("numbers can't be written") {
    Site site;
    const std::string answer = site.ask("POST", "/metrics", "Content-Length: 0\r\n");
    CHECK(answer.starts_with("HTTP/1.1 405 "));
    CHECK(has(answer, "\r\nAllow: GET, HEAD\r\n"));
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

TEST_CASE("management is for this machine alone") {
    SUBCASE("on a listener that others reach it is refused") {
        Site site{R"("host": "0.0.0.0")"};
        const std::string answer = site.ask("GET", "/api/router");
        CHECK(answer.starts_with("HTTP/1.1 403 "));
        CHECK(has(answer, "loopback listeners only"));
        CHECK(site.ask("GET", "/healthz").starts_with("HTTP/1.1 200 "));
    }
    SUBCASE("under a name that others may own it is refused") {
        Site site;
        const auto status = [&](const std::string& host) {
            return site.exchange("GET /api HTTP/1.1\r\nHost: " + host + "\r\n\r\n").substr(9, 3);
        };
        CHECK(status("evil.example") == "403");
        CHECK(status("127.0.0.1.evil.example:80") == "403");
        CHECK(status("localhost.evil.example") == "403");
        CHECK(status("[::1]evil.example") == "403");
        CHECK(status("127.0.0.1:8672") == "200");
        CHECK(status("localhost") == "200");
        CHECK(status("[::1]:8672") == "200");
    }
}

TEST_CASE("browsers are served for pages that may") {
    const std::string amqp =
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: amqp\r\n";
    const auto upgrade = [&](Site& site, const std::string& host, const std::string& origin) {
        return site.exchange("GET / HTTP/1.1\r\nHost: " + host + "\r\nOrigin: " + origin + "\r\n" +
                             amqp + "\r\n");
    };
    const auto status = [&](Site& site, const std::string& host, const std::string& origin) {
        return upgrade(site, host, origin).substr(9, 3);
    };
    const auto refused = [](Site& site) {
        return number(site.query("listener", {"refusedOrigins"})[0].as<wire::List>()->front());
    };
    SUBCASE("those of the host that is asked") {
        Site site{R"("host": "0.0.0.0")"};
        CHECK(status(site, "shop.example:81", "http://shop.example:81") == "101");
        CHECK(status(site, "shop.example", "https://shop.example") == "101");
        CHECK(refused(site) == 0);
        const std::string answer = upgrade(site, "shop.example", "https://evil.example");
        CHECK(answer.starts_with("HTTP/1.1 403 "));
        CHECK(has(answer, "name it in allowedOrigins if they should.\n"));
        CHECK(status(site, "shop.example", "null") == "403");
        CHECK(refused(site) == 2);
        CHECK(
            has(site.ask("GET", "/metrics"), "\nweft_refused_origins_total{listener=\"web\"} 2\n"));
    }
    SUBCASE("where only this machine asks, by a name that no other can have") {
        Site site;
        CHECK(status(site, "localhost:81", "http://localhost:81") == "101");
        CHECK(status(site, "evil.example:81", "http://evil.example:81") == "403");
        CHECK(status(site, "localhost:81", "http://localhost:82") == "403");
    }
    SUBCASE("those that are allowed, and then no others") {
        Site site{R"("allowedOrigins": ["https://shop.example", "http://localhost:3000"])"};
        CHECK(status(site, "localhost", "https://shop.example") == "101");
        CHECK(status(site, "any.example", "http://localhost:3000") == "101");
        CHECK(status(site, "localhost", "http://localhost") == "403");
        CHECK(site.query("listener", {"allowedOrigins"}) ==
              wire::List{row({wire::List{"https://shop.example", "http://localhost:3000"}})});
    }
    SUBCASE("all") {
        Site site{R"("allowedOrigins": ["*"])"};
        CHECK(status(site, "a", "https://evil.example") == "101");
        CHECK(status(site, "a", "null") == "101");
    }
}

TEST_CASE("a page elsewhere changes nothing by the management API") {
    Site site;
    const auto status = [&](const std::string& method, const std::string& origin) {
        return site.ask(method, "/api/router.config.address/mc", "Origin: " + origin + "\r\n")
            .substr(9, 3);
    };
    CHECK(status("DELETE", "http://evil.example") == "403");
    CHECK(status("DELETE", "http://localhost:3000") == "403");
    CHECK(status("DELETE", "http://localhost") == "404");  // of the same origin
    CHECK(status("GET", "http://evil.example") == "404");  // it can't read the answer
    CHECK(site.management.web().refused_origins(*site.router.listeners().all().front()) == 2);
}

TEST_CASE("AMQP is spoken over WebSocket where that is not turned off") {
    const std::string upgrade =
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
    SUBCASE("as amqp") {
        Site site;
        const io::Socket socket =
            io::dial(site.router.listeners().all().front()->listener->bound_port());
        io::send_all(socket, "GET / HTTP/1.1\r\nHost: localhost\r\n" + upgrade +
                                 "Sec-WebSocket-Protocol: amqp\r\n\r\n");
        io::run_until(site.loop,
                      [&] { return site.router.shards().home().connections().size() == 1; });
        CHECK(site.router.shards().home().connections().begin()->second->profile().name == "web");
        const std::string answer = io::take_arrived(socket).text;
        CHECK(answer.starts_with("HTTP/1.1 101 "));
        CHECK(has(answer, "Sec-WebSocket-Protocol: amqp\r\n"));
    }
    SUBCASE("as binary") {
        Site site;
        const std::string answer =
            site.ask("GET", "/x", upgrade + "Sec-WebSocket-Protocol: binary\r\n");
        CHECK(answer.starts_with("HTTP/1.1 101 "));
    }
    SUBCASE("not at all") {
        Site site{R"("websockets": false)"};
        const std::string answer =
            site.ask("GET", "/", upgrade + "Sec-WebSocket-Protocol: amqp\r\n");
        CHECK(answer.starts_with("HTTP/1.1 404 "));
    }
}

TEST_SUITE_END();
