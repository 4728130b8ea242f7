#include "common/daemon/web.hpp"

#include "common/daemon/catalogue.hpp"
#include "common/daemon/common_entities.hpp"
#include "common/daemon/connections.hpp"
#include "tests/unit/daemon/kettle_service.hpp"
#include "tests/unit/daemon/kettle_table.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

using namespace weft;
using namespace weft::daemon;
using namespace weft::daemon::test;

namespace {

const std::string kUpgrade =
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
const std::string kAmqp = "Sec-WebSocket-Protocol: amqp\r\n";

ListenerConfig on_loopback() {
    name_modules();
    return {.connection = place("web"), .http = true};
}

/// A kettle with one http listener, and a browser.
struct Site {
    explicit Site(const ListenerConfig& config = on_loopback())
        : listener{must_open(listeners, config, service)} {}

    std::string exchange(const std::string& request) {
        return io::ask_http(loop, listener.listener->bound_port(), request);
    }
    std::string ask(const std::string& method,
                    const std::string& target,
                    const std::string& headers = "") {
        return exchange(method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers +
                        "\r\n");
    }
    /// What a page of `origin` hears that asks for AMQP under the name `host`.
    std::string upgrade(const std::string& host, const std::string& origin) {
        return exchange("GET / HTTP/1.1\r\nHost: " + host + "\r\nOrigin: " + origin + "\r\n" +
                        kUpgrade + kAmqp + "\r\n");
    }
    std::string status(const std::string& host, const std::string& origin) {
        return upgrade(host, origin).substr(9, 3);
    }

    io::Record record;
    io::Loop loop;
    mgmt::Agent agent{common_catalogue(kettle_table())};
    std::vector<std::string> unready;
    std::string role = "cold";
    Web web{loop,
            {.agent = agent,
             .health = {{"kettle", "K"}},
             .role = [this] { return role; },
             .unready = [this] { return unready; },
             .metrics = [](const TakePage& take) { take("kettle_litres 2\n"); }}};
    Listeners listeners{loop, [this](const OpenListener& from, io::Socket socket) {
                            web.accept(from, std::move(socket));
                        }};
    Connectors connectors{loop};
    Connections connections{loop};
    SslProfiles profiles;
    Gate gate{loop, {}};
    CommonEntities entities{agent, listeners, web, connectors, connections, profiles, gate, {}};
    std::shared_ptr<KettleService> service = std::make_shared<KettleService>(loop, record);
    const OpenListener& listener;
};

bool has(const std::string& answer, std::string_view text) {
    return answer.find(text) != std::string::npos;
}

}  // namespace

TEST_SUITE_BEGIN("web");

TEST_CASE("/healthz answers, and says whose it is") {
    Site site;
    const std::string answer = site.ask("GET", "/healthz");
    CHECK(answer.starts_with("HTTP/1.1 200 "));
    CHECK(has(answer, R"({"status":"ok","kettle":"K","role":"cold","uptimeSeconds":)"));
    site.role = "hot";
    CHECK(has(site.ask("GET", "/healthz"), R"("role":"hot")"));
}

TEST_CASE("/readyz says whether the daemon can do its work, and why not") {
    Site site;
    CHECK(has(site.ask("GET", "/readyz"), R"({"ready":true})"));
    site.unready = {"the store is gone"};
    const std::string answer = site.ask("GET", "/readyz");
    CHECK(answer.starts_with("HTTP/1.1 503 "));
    CHECK(has(answer, R"({"ready":false,"reasons":["the store is gone"]})"));
    CHECK(site.ask("GET", "/healthz").starts_with("HTTP/1.1 200 "));
}

TEST_CASE("/metrics is the daemon's page, in the format of Prometheus") {
    Site site;
    const std::string answer = site.ask("GET", "/metrics?x=1");
    CHECK(answer.starts_with("HTTP/1.1 200 "));
    CHECK(has(answer, "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
    CHECK(answer.ends_with("\r\n\r\nkettle_litres 2\n"));
}

TEST_CASE("what is turned off and what is unknown is not there, and the answer says what is") {
    ListenerConfig config = on_loopback();
    config.metrics = false;
    config.healthz = false;
    config.console = false;
    Site site{config};
    for (const char* path : {"/", "/metrics", "/healthz", "/console", "/console/", "/apix"}) {
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

TEST_CASE("the console is served to be read") {
    Site site;
    CHECK(has(site.ask("GET", "/console"), "\r\nLocation: /console/\r\n"));
    CHECK(site.ask("GET", "/console/").starts_with("HTTP/1.1 200 "));
    CHECK(site.ask("POST", "/console/", "Content-Length: 0\r\n").starts_with("HTTP/1.1 405 "));
}

TEST_CASE("management is for this machine alone") {
    SUBCASE("on a listener that others reach it is refused") {
        ListenerConfig config = on_loopback();
        config.connection.host = "0.0.0.0";
        Site site{config};
        const std::string answer = site.ask("GET", "/api/listener");
        CHECK(answer.starts_with("HTTP/1.1 403 "));
        CHECK(has(answer, "loopback listeners only"));
        CHECK(site.ask("GET", "/healthz").starts_with("HTTP/1.1 200 "));
        CHECK(has(site.ask("GET", "/"),
                  "there is /healthz, /readyz, /metrics, /console, AMQP over WebSocket.\n"));
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

namespace {

/// Has not done anything yet of what it is to serve.
struct Pending final : mgmt::Elsewhere {
    bool serve(std::function<void()> attempt, std::function<void()> done) override {
        waiting.emplace_back(std::move(attempt), std::move(done));
        return true;
    }
    bool lacks() const override { return false; }
    std::string missing() const override { return {}; }
    void serve_one() {
        const auto [attempt, done] = std::move(waiting.front());
        waiting.pop_front();
        attempt();
        done();
    }

    std::deque<std::pair<std::function<void()>, std::function<void()>>> waiting;
};

}  // namespace

TEST_CASE("few lists grow at once, and the others wait with their clients") {
    constexpr std::size_t kAsking = 3 * AnswerLine::kAtOnce;
    Site site;
    Pending pending;
    site.agent.depend_on(pending);
    std::vector<io::Socket> asking;
    for (std::size_t i = 0; i < kAsking; ++i) {
        asking.push_back(io::dial(site.listener.listener->bound_port()));
        io::send_all(asking.back(), "GET /api/listener HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
    io::run_until(site.loop, [&] { return pending.waiting.size() == AnswerLine::kAtOnce; });
    std::size_t most = 0;
    std::size_t answered = 0;
    for (std::string text; answered < kAsking;) {
        if (!pending.waiting.empty()) {
            pending.serve_one();
        }
        site.loop.run_one();
        most = std::max(most, pending.waiting.size());
        text += io::take_arrived(asking[answered]).text;
        if (io::is_whole_answer(text)) {
            CHECK(text.starts_with("HTTP/1.1 200 "));
            text.clear();
            ++answered;
        }
    }
    CHECK(most <= AnswerLine::kAtOnce);
}

TEST_CASE("browsers are served for pages that may") {
    SUBCASE("those of the host that is asked") {
        ListenerConfig config = on_loopback();
        config.connection.host = "0.0.0.0";
        Site site{config};
        CHECK(site.status("shop.example:81", "http://shop.example:81") == "101");
        CHECK(site.status("shop.example", "https://shop.example") == "101");
        CHECK(site.web.refused_origins(site.listener) == 0);
        const std::string answer = site.upgrade("shop.example", "https://evil.example");
        CHECK(answer.starts_with("HTTP/1.1 403 "));
        CHECK(has(answer, "name it in allowedOrigins if they should.\n"));
        CHECK(site.status("shop.example", "null") == "403");
        CHECK(site.web.refused_origins(site.listener) == 2);
    }
    SUBCASE("where only this machine asks, by a name that no other can have") {
        Site site;
        CHECK(site.status("localhost:81", "http://localhost:81") == "101");
        CHECK(site.status("evil.example:81", "http://evil.example:81") == "403");
        CHECK(site.status("localhost:81", "http://localhost:82") == "403");
    }
    SUBCASE("those that are allowed, and then no others") {
        ListenerConfig config = on_loopback();
        config.allowed_origins = {"https://shop.example", "http://localhost:3000"};
        Site site{config};
        CHECK(site.status("localhost", "https://shop.example") == "101");
        CHECK(site.status("any.example", "http://localhost:3000") == "101");
        CHECK(site.status("localhost", "http://localhost") == "403");
    }
    SUBCASE("all") {
        ListenerConfig config = on_loopback();
        config.allowed_origins = {"*"};
        Site site{config};
        CHECK(site.status("a", "https://evil.example") == "101");
        CHECK(site.status("a", "null") == "101");
    }
}

TEST_CASE("a page elsewhere asks nothing of the management API") {
    Site site;
    const auto status = [&](const std::string& method, const std::string& origin) {
        return site.ask(method, "/api/listener/none", "Origin: " + origin + "\r\n").substr(9, 3);
    };
    CHECK(status("DELETE", "http://evil.example") == "403");
    CHECK(status("DELETE", "http://localhost:3000") == "403");
    CHECK(status("DELETE", "http://localhost") == "404");  // of the same origin
    CHECK(status("GET", "http://evil.example") == "403");  // it couldn't read the answer
    CHECK(status("GET", "http://localhost") == "404");
    CHECK(site.web.refused_origins(site.listener) == 3);
}

TEST_CASE("what a page elsewhere embeds says no origin, but that it is elsewhere") {
    Site site;
    const auto status = [&](const std::string& from, const std::string& what) {
        return site
            .ask("GET", "/api/listener/none",
                 "Sec-Fetch-Site: " + from + "\r\nSec-Fetch-Dest: " + what + "\r\n")
            .substr(9, 3);
    };
    CHECK(status("cross-site", "image") == "403");
    CHECK(status("cross-site", "iframe") == "403");
    CHECK(status("same-site", "script") == "403");  // another port of this machine
    CHECK(status("same-origin", "empty") == "404");
    CHECK(status("cross-site", "document") == "404");  // a link that somebody followed
    CHECK(status("none", "document") == "404");
    CHECK(site.web.refused_origins(site.listener) == 3);
}

TEST_CASE("what the listener's service speaks is spoken over WebSocket") {
    SUBCASE("as amqp") {
        Site site;
        const io::Socket socket = io::dial(site.listener.listener->bound_port());
        io::send_all(socket, "GET / HTTP/1.1\r\nHost: localhost\r\n" + kUpgrade + kAmqp + "\r\n");
        io::run_until(site.loop, [&] { return site.record.transport != nullptr; });
        const std::string answer = io::take_arrived(socket).text;
        CHECK(answer.starts_with("HTTP/1.1 101 "));
        CHECK(has(answer, "Sec-WebSocket-Protocol: amqp\r\n"));
        CHECK(site.service->dialled_by.expired());  // nobody dialled it
    }
    SUBCASE("as binary, on any path") {
        Site site;
        const std::string answer =
            site.ask("GET", "/x", kUpgrade + "Sec-WebSocket-Protocol: binary\r\n");
        CHECK(answer.starts_with("HTTP/1.1 101 "));
    }
    SUBCASE("not where it is turned off") {
        ListenerConfig config = on_loopback();
        config.websockets = false;
        Site site{config};
        CHECK(site.ask("GET", "/", kUpgrade + kAmqp).starts_with("HTTP/1.1 404 "));
        CHECK(site.record.transport == nullptr);
    }
}

TEST_CASE("a listener that is closed keeps the count of what it refused until it is opened anew") {
    Site site;
    CHECK(site.status("localhost", "http://evil.example") == "403");
    const std::string whole = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    const io::Socket kept = io::dial(site.listener.listener->bound_port());
    io::send_all(kept, whole);
    std::string answer;
    io::run_until(site.loop, [&] {
        answer += io::take_arrived(kept).text;
        return io::is_whole_answer(answer);
    });
    REQUIRE(site.listeners.close("listener/127.0.0.1:0:web"));
    io::send_all(kept, whole);  // its connections live on
    answer.clear();
    io::run_until(site.loop, [&] {
        answer += io::take_arrived(kept).text;
        return io::is_whole_answer(answer);
    });
    CHECK(answer.starts_with("HTTP/1.1 200 "));
    const OpenListener& again = must_open(site.listeners, on_loopback(),
                                          std::make_shared<KettleService>(site.loop, site.record));
    CHECK(site.web.refused_origins(again) == 0);
}

TEST_SUITE_END();
