#include "common/daemon/stream.hpp"

#include "tests/support/engine_peer.hpp"
#include "tests/unit/daemon/kettle_site.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

using namespace weft;
using namespace weft::daemon;
using namespace weft::daemon::test;

namespace {

/// A binary message of a client, masked with nothing.
std::string masked(const std::string& text) {
    std::string frame = "\x82";
    if (text.size() < 126) {
        frame += static_cast<char>(0x80 | text.size());
    } else {
        frame += static_cast<char>(0x80 | 126);
        frame += static_cast<char>(text.size() >> 8);
        frame += static_cast<char>(text.size() & 0xff);
    }
    return frame + std::string(4, '\0') + text;
}

/// Somebody who watches a kettle.
struct Watcher {
    explicit Watcher(KettleSite& kettle) : site{kettle}, socket{io::dial(port())} {
        io::send_all(socket, "GET /api/stream HTTP/1.1\r\nHost: localhost\r\n" + kUpgrade +
                                 "Sec-WebSocket-Protocol: weft.stream\r\n\r\n");
        io::run_until(site.loop, [&] {
            arrive();
            return io::is_whole_answer(arrived);
        });
        answer = arrived.substr(0, arrived.find("\r\n\r\n") + 4);
        arrived.erase(0, answer.size());
    }
    std::uint16_t port() const { return site.listener.listener->bound_port(); }
    void arrive() {
        const io::Arrived more = io::take_arrived(socket);
        arrived += more.text;
        ended = ended || more.ended;
    }
    void say(const std::string& line) { io::send_all(socket, masked(line + "\n")); }
    /// The payload of the next message; empty: there is none yet.
    std::string take_message() {
        const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(arrived[i]); };
        if (arrived.size() < 2) {
            return {};
        }
        std::size_t head = 2;
        std::size_t size = byte(1);
        if (size == 126 && arrived.size() >= 4) {
            head = 4;
            size = std::size_t{byte(2)} << 8 | byte(3);
        }
        if (arrived.size() < head + size) {
            return {};
        }
        std::string payload = arrived.substr(head, size);
        arrived.erase(0, head + size);
        return payload;
    }
    std::string line() {
        while (lines.find('\n') == std::string::npos) {
            arrive();
            const std::string message = take_message();
            if (message.empty()) {
                site.loop.run_one();
            }
            lines += message;
        }
        const std::size_t end = lines.find('\n');
        std::string first = lines.substr(0, end);
        lines.erase(0, end + 1);
        return first;
    }

    KettleSite& site;
    io::Socket socket;
    std::string answer;
    std::string arrived;
    std::string lines;
    bool ended = false;
};

ListenerConfig on_loopback_for_anybody() {
    ListenerConfig config = on_loopback();
    config.authenticate_peer = false;
    return config;
}

/// A stream without a socket: its client reads when the test says so.
struct InMemory {
    InMemory() {
        io::run_until(site.loop, [&] { return transport.wakes() > 0 || ran(); });
    }
    /// The turn has come in which it asked who its client is.
    bool ran() { return stream.deadline() < site.loop.now() + std::chrono::seconds{25}; }
    void say(const std::string& line) { stream.on_bytes(as_bytes(line + "\n"), site.loop.now()); }
    void after(Duration time) { stream.on_tick(site.loop.now() + time); }
    /// What the client has not read; then it has.
    std::string read() {
        const std::string text{as_text(stream.output().pending())};
        stream.output().consume(text.size());
        stream.on_written();
        return text;
    }

    KettleSite site;
    weft::test::MemoryTransport transport{site.loop};
    ApiDesk desk{site.loop, site.agent};
    WebDoor door{{}, on_loopback_for_anybody()};
    Stream stream{transport, desk, door, HttpRequest{.peer = "127.0.0.1:9"}, nullptr};
};

}  // namespace

TEST_SUITE_BEGIN("stream");

TEST_CASE("who watches a list hears it, and what changes in it") {
    KettleSite site;
    Watcher watcher{site};
    CHECK(watcher.answer.starts_with("HTTP/1.1 101 "));
    watcher.say(R"({"watch": 7, "path": "/api/listener?attributes=identity,name"})");
    CHECK(watcher.line() == R"({"watch":7,"total":1,"order":["listener/127.0.0.1:0:web"],"rows":)"
                            R"({"listener/127.0.0.1:0:web":{"identity":"listener/127.0.0.1:0:web",)"
                            R"("name":"web"}}})");
    ListenerConfig other = on_loopback();
    other.connection.name = "other";
    must_open(site.listeners, other, site.service);
    const std::string changed = watcher.line();
    CHECK(changed.find(R"("total":2)") != std::string::npos);
    CHECK(changed.find(R"("name":"web")") == std::string::npos);
    CHECK(changed.find(R"("name":"other")") != std::string::npos);
}

TEST_CASE("who says what is no line hears why, and is let go") {
    KettleSite site;
    Watcher watcher{site};
    watcher.say("hello");
    CHECK(watcher.line().starts_with(R"({"status":400,"error":)"));
    io::run_until(site.loop, [&] {
        watcher.arrive();
        return watcher.ended;
    });
}

TEST_CASE("a line that does not end is too long at last") {
    KettleSite site;
    Watcher watcher{site};
    io::send_all(watcher.socket, masked(std::string(mgmt::kWatchLineMax + 1, 'x')));
    CHECK(watcher.line().starts_with(R"({"status":413,"error":)"));
}

TEST_CASE("what a stream watches is bounded, and what it gave up is no more told") {
    KettleSite site;
    Watcher watcher{site};
    for (std::size_t i = 0; i <= mgmt::kWatchesMax; ++i) {
        watcher.say(R"({"watch": )" + std::to_string(i) + R"(, "path": "/api/me"})");
    }
    const std::string last = R"({"watch":)" + std::to_string(mgmt::kWatchesMax) + ",";
    std::string line = watcher.line();
    while (!line.starts_with(last)) {
        line = watcher.line();
    }
    CHECK(line.find(R"("status":400,"error":"a stream has at most 16 watches)") !=
          std::string::npos);
    watcher.say(R"({"unwatch": 0})");
    watcher.say(R"({"watch": 99, "path": "/api/nothing"})");
    while (!line.starts_with(R"({"watch":99,)")) {
        line = watcher.line();
    }
    CHECK(line.find(R"("status":404)") != std::string::npos);
}

TEST_CASE("where one must log in it is said, and a wrong login ends the stream") {
    ListenerConfig config = on_loopback();
    config.authenticate_peer = true;
    config.connection.sasl_mechanisms = {"PLAIN"};
    KettleSite site{config};
    Watcher watcher{site};
    watcher.say(R"({"watch": 1, "path": "/api/listener"})");
    const std::string asked = watcher.line();
    CHECK(asked.find(R"("status":401)") != std::string::npos);
    CHECK(asked.find(R"("logins":["password"])") != std::string::npos);
    watcher.say(R"({"login": "Basic !"})");
    const std::string told = watcher.line();
    CHECK(told.find(R"("status":40)") != std::string::npos);
    io::run_until(site.loop, [&] {
        watcher.arrive();
        return watcher.ended;
    });
}

TEST_CASE("it is for whom /api is, at its own place") {
    KettleSite site;
    const std::string protocol = "Sec-WebSocket-Protocol: weft.stream\r\n";
    const auto status = [&](const std::string& path, const std::string& headers) {
        return site.ask("GET", path, headers).substr(9, 3);
    };
    CHECK(status("/api/stream", kUpgrade + protocol + "Origin: http://evil.example\r\n") == "403");
    CHECK(status("/api/stream", kUpgrade + protocol + "Origin: http://localhost\r\n") == "101");
    CHECK(status("/api/stream", kUpgrade + kAmqp) == "400");
    CHECK(status("/elsewhere", kUpgrade + protocol) == "400");
    CHECK(status("/api/stream", "") == "426");
    ListenerConfig config = on_loopback();
    config.websockets = false;  // of AMQP
    KettleSite quiet{config};
    CHECK(quiet.ask("GET", "/api/stream", kUpgrade + protocol).substr(9, 3) == "101");
}

TEST_CASE("who does not read is told no more, and then how things are by then") {
    InMemory slow;
    slow.say(R"({"watch": 1, "path": "/api/listener?attributes=identity"})");
    const std::size_t unread = slow.stream.output().size();
    REQUIRE(unread > 0);
    for (int seconds = 1; seconds < 30; ++seconds) {
        slow.after(std::chrono::seconds{seconds});
    }
    CHECK(slow.stream.output().size() == unread);
    ListenerConfig other = on_loopback();
    other.connection.name = "other";
    must_open(slow.site.listeners, other, slow.site.service);
    CHECK(slow.read().find(R"("total":1)") != std::string::npos);
    slow.after(std::chrono::seconds{90});
    CHECK(slow.read().find(R"("total":2)") != std::string::npos);
}

TEST_CASE("each look is judged anew") {
    InMemory watcher;
    mgmt::Access access = mgmt::Access::viewer;
    watcher.site.agent.limit_access([&](const mgmt::Requester&) { return access; });
    watcher.say(R"({"watch": 1, "path": "/api/listener?attributes=identity"})");
    CHECK(watcher.read().find(R"("total":1)") != std::string::npos);
    access = mgmt::Access::none;
    watcher.after(std::chrono::seconds{90});
    CHECK(watcher.read().find(R"("status":403)") != std::string::npos);
}

TEST_CASE("where nothing is new for long it is said that somebody is there") {
    InMemory watcher;
    watcher.after(Stream::kQuietMax);
    CHECK(watcher.read() == "{}\n");
}

TEST_CASE("what an answer took is rested many times as long") {
    const Instant now{std::chrono::hours{1}};
    CHECK(stream_rested(now, std::chrono::milliseconds{10}) == now + std::chrono::seconds{4});
    CHECK(stream_rested(now, std::chrono::seconds{10}) == now + kStreamRestMax);
}

TEST_SUITE_END();
