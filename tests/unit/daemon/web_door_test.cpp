#include "common/daemon/web_door.hpp"

#include "common/base/base64.hpp"
#include "common/daemon/audit.hpp"
#include "tests/unit/io/support.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

using namespace weft;
using namespace weft::daemon;

namespace {

/// A door of one listener, at which alice may come in by a password.
struct AtDoor {
    explicit AtDoor(std::vector<std::string> mechanisms) {
        listener.connection.name = "web";
        listener.connection.sasl_mechanisms = std::move(mechanisms);
        listener.connection.insecure = true;
        listener.authenticate_peer = true;
        auto users = std::make_shared<security::Users>(Buffer(security::Users::kSecretSize, 9));
        users->put("alice", {security::Verifier::of(security::Digest::sha256, "a:b", Buffer(16, 1),
                                                    security::kIterationsMin)});
        gate = std::make_shared<Gate>(loop, UserFile{.path = "users", .users = std::move(users)});
    }
    /// The user, or the status and what stands in the answer.
    std::string knock(HttpRequest request) {
        std::optional<std::string> told;
        request.peer = "192.0.2.7:4711";
        WebDoor{gate, listener}.knock(
            request, [] { return true; },
            [&](tl::expected<mgmt::Requester, HttpResponse> who) {
                told = who ? who->user : std::to_string(who.error().status) + who.error().body;
                challenge =
                    who || who.error().headers.empty() ? "" : who.error().headers.front().second;
            });
        io::run_until(loop, [&] { return told.has_value(); });
        return *told;
    }
    std::string basic(const std::string& pair) {
        return knock({.headers = {{"Authorization", "BASIC " + base64(as_bytes(pair))}}});
    }

    io::Loop loop;
    ListenerConfig listener{};
    std::shared_ptr<Gate> gate;
    std::string challenge;
};

}  // namespace

TEST_SUITE_BEGIN("web door");

TEST_CASE("a password lets in, and a wrong one does not") {
    AtDoor door{{"PLAIN"}};
    CHECK(door.basic("alice:a:b") == "alice");
    CHECK(door.basic("alice:a").starts_with("401"));
    CHECK(door.challenge == "Basic realm=\"Weft\", charset=\"UTF-8\"");
    CHECK(door.basic("bob:a:b").starts_with("401"));
    CHECK(door.basic("no colon").starts_with("401"));
    CHECK(door.knock({.headers = {{"Authorization", "Basic ***"}}}).starts_with("401"));
    CHECK(door.basic(std::string("ali\0ce:a:b", 10)).starts_with("401"));
}

TEST_CASE("who says nothing is asked to log in, a page's script without the browser's window") {
    AtDoor door{{"PLAIN", "OAUTHBEARER", "EXTERNAL"}};
    const std::string told = door.knock({});
    CHECK(told.starts_with("401"));
    CHECK(told.find(R"("logins":["password","token","certificate"])") != std::string::npos);
    CHECK(door.challenge == "Basic realm=\"Weft\", charset=\"UTF-8\", Bearer realm=\"Weft\"");
    door.knock({.headers = {{"Sec-Fetch-Dest", "empty"}}});
    CHECK(door.challenge.starts_with("X-Basic "));
    door.listener.authenticate_peer = false;
    CHECK(door.knock({}) == "anonymous");
    CHECK(door.basic("alice:wrong").starts_with("401"));
}

TEST_CASE("a certificate says who somebody is, where that is taken") {
    AtDoor door{{"EXTERNAL"}};
    CHECK(door.knock({.encrypted = true, .certificate_user = "CN=ann"}) == "CN=ann");
    CHECK(door.knock({.encrypted = true}).starts_with("401"));
    door.listener.connection.sasl_mechanisms = {"PLAIN"};
    CHECK(door.knock({.encrypted = true, .certificate_user = "CN=ann"}).starts_with("401"));
}

TEST_CASE("what a listener does not take, and what comes in the clear, is refused") {
    AtDoor door{{"EXTERNAL"}};
    CHECK(door.basic("alice:a:b").find("not taken by this listener") != std::string::npos);
    CHECK(door.knock({.headers = {{"Authorization", "Digest x"}}}).starts_with("401"));
    door.listener.connection.sasl_mechanisms = {"PLAIN"};
    door.listener.connection.insecure = false;
    CHECK(door.basic("alice:a:b").find("over TLS alone") != std::string::npos);
    CHECK(door.knock({.headers = {{"Authorization", "Basic " + base64(as_bytes("alice:a:b"))}},
                      .encrypted = true}) == "alice");
    door.listener.connection.sasl_mechanisms = {"OAUTHBEARER"};
    CHECK(door.knock({.headers = {{"Authorization", "Bearer a.b.c"}}, .encrypted = true})
              .starts_with("401"));
}

TEST_CASE("who comes again and again is told of once, and each wrong password is") {
    AtDoor door{{"PLAIN"}};
    const auto before = audit().counters();
    for (int i = 0; i < 5; ++i) {
        CHECK(door.basic("alice:a:b") == "alice");
        CHECK(door.basic("alice:x").starts_with("401"));
    }
    CHECK(audit().counters().done[0] == before.done[0] + 1);
    CHECK(audit().counters().refused[0] == before.refused[0] + 5);
}

TEST_CASE("once the gate is gone nobody is known by a password") {
    AtDoor door{{"PLAIN"}};
    door.gate.reset();
    CHECK(door.basic("alice:a:b").starts_with("503"));
}

TEST_SUITE_END();
