#include "common/daemon/audit.hpp"

#include "common/daemon/audit_entities.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

using namespace weft;
using namespace weft::daemon;

namespace {

using EventKind = AuditEvent::Kind;

AuditEvent of(EventKind kind, std::string user) {
    return {.kind = kind, .action = "login", .user = std::move(user)};
}

std::string text_in(const std::string& name) {
    std::ifstream in{name};
    return {std::istreambuf_iterator<char>{in}, {}};
}

}  // namespace

TEST_SUITE_BEGIN("audit");

TEST_CASE("an event is a line of JSON, with what is known of it") {
    const AuditEvent event{.action = "update",
                           .subject = "vhost/a",
                           .user = "ann \"x\"\n",
                           .host = "192.0.2.7:4711",
                           .connection = "[C7] of 'shop'",
                           .via = "AMQP",
                           .before = wire::Map{{"maxSenders", 1}},
                           .after = wire::Map{{"maxSenders", 2}}};
    const Audit::Time at{std::chrono::milliseconds{1'764'572'400'250}};
    CHECK(audit_line(event, 3, at) ==
          R"({"time":"2025-12-01T07:00:00.250Z","number":3,"action":"update","subject":"vhost/a",)"
          R"("user":"ann \"x\"\n","host":"192.0.2.7:4711","connection":"[C7] of 'shop'",)"
          R"("via":"AMQP","before":{"maxSenders":1},"after":{"maxSenders":2},"outcome":"done"})");
    const AuditEvent refused{.action = "login", .done = false, .reason = "the password is wrong"};
    CHECK(audit_line(refused, 4, at)
              .ends_with(R"("outcome":"refused","reason":"the password is wrong"})"));
}

TEST_CASE("the last of each kind are kept, and who floods one puts out none of the other") {
    Audit kept;
    kept.add(of(EventKind::change, "first"));
    for (std::size_t i = 0; i < Audit::kKeptMax + 5; ++i) {
        kept.add(of(EventKind::login, std::to_string(i)));
    }
    kept.add(of(EventKind::change, "last"));
    const auto all = kept.all();
    REQUIRE(all.size() == Audit::kKeptMax + 2);
    CHECK(kept.size() == all.size());
    CHECK(all.front()->event.user == "first");
    CHECK(all[1]->event.user == "5");
    CHECK(all.back()->event.user == "last");
    CHECK(std::ranges::is_sorted(all, {}, [](const auto& each) { return each->number; }));
    CHECK(kept.counters().done[0] == Audit::kKeptMax + 5);
    CHECK(kept.counters().done[1] == 2);
}

TEST_CASE("who tries what he may not puts out no change, and turns over no lines of changes") {
    const std::string folder =
        std::filesystem::temp_directory_path() / ("weft-refused-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    {
        Audit kept;
        REQUIRE(kept.open({.file = folder + "/a", .logins_file = folder + "/l"}));
        kept.add(of(EventKind::change, "ann"));
        AuditEvent refused = of(EventKind::change, "mallory");
        refused.done = false;
        for (std::size_t i = 0; i < Audit::kKeptMax + 5; ++i) {
            kept.add(refused);
        }
        CHECK(kept.all().front()->event.user == "ann");
        CHECK(kept.counters().refused[1] == Audit::kKeptMax + 5);
    }
    CHECK(text_in(folder + "/a").find("mallory") == std::string::npos);
    CHECK(text_in(folder + "/l").find("mallory") != std::string::npos);
    std::filesystem::remove_all(folder);
}

TEST_CASE("what is too long is cut, between two characters, and what is too much is left out") {
    Audit kept;
    AuditEvent event = of(EventKind::change, std::string(Audit::kTextMax - 1, 'x') + "é");
    event.after = wire::Map{{"big", std::string(Audit::kValueMax, 'y')}};
    event.before = wire::Map{{"small", 1}};
    kept.add(std::move(event));
    const auto all = kept.all();
    CHECK(all.front()->event.user == std::string(Audit::kTextMax - 1, 'x') + "…");
    CHECK(all.front()->event.after.as<std::string>()->ends_with("which are more than is kept"));
    CHECK(all.front()->line.size() < 2 * Audit::kTextMax);
    CHECK(all.front()->event.before == wire::Value{wire::Map{{"small", 1}}});
}

TEST_CASE("what many large ones weigh is bounded") {
    Audit kept;
    for (std::size_t i = 0; i < Audit::kKeptMax; ++i) {
        AuditEvent event = of(EventKind::change, "u");
        event.after = std::string(Audit::kValueMax - 100, 'y');
        kept.add(std::move(event));
    }
    CHECK(kept.size() < Audit::kBytesMax / (Audit::kValueMax - 100) + 1);
    CHECK(kept.size() > 100);
}

TEST_CASE("lines go to files, those of logins to one of their own if there is one") {
    const std::string folder =
        std::filesystem::temp_directory_path() / ("weft-audit-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    {
        Audit kept;
        REQUIRE(kept.open({.file = folder + "/a", .logins_file = folder + "/l"}));
        kept.add(of(EventKind::change, "ann"));
        kept.add(of(EventKind::login, "bob"));
        CHECK(kept.counters().dropped == 0);
    }
    {
        Audit kept;
        REQUIRE(kept.open({.file = folder + "/a"}));
        kept.add(of(EventKind::login, "cy"));
        const auto wrong = Audit{}.open({.file = folder + "/none/a"});
        REQUIRE_FALSE(wrong);
        CHECK(wrong.error().text.starts_with("audit/file: "));
    }
    const std::string both = text_in(folder + "/a");
    CHECK(std::ranges::count(both, '\n') == 2);
    CHECK(both.find("\"user\":\"ann\"") < both.find("\"user\":\"cy\""));
    CHECK(text_in(folder + "/l").find("\"user\":\"bob\"") != std::string::npos);
    std::filesystem::remove_all(folder);
}

TEST_CASE("a change by management is an event") {
    const mgmt::Change change{.who = {.user = "ann", .host = "h", .connection = "c", .via = "HTTP"},
                              .operation = "PURGE",
                              .type = "queue",
                              .entity = "orders",
                              .after = wire::Map{{"count", 3}},
                              .status = mgmt::Status::forbidden,
                              .text = "no"};
    const AuditEvent event = event_of(change);
    CHECK(event.kind == EventKind::change);
    CHECK(event.action == "purge");
    CHECK(event.subject == "queue/orders");
    CHECK(event.user == "ann");
    CHECK_FALSE(event.done);
    CHECK(event.reason == "no");
    CHECK(event_of({.operation = "CREATE", .type = "queue"}).subject == "queue");
}

TEST_SUITE_END();
