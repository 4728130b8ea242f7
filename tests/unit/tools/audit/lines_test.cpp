#include "tools/weft/audit/lines.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace weft::tools {
namespace {

Entity event(const char* number, const char* action, const char* user, const char* outcome) {
    return {{"identity", number},    {"at", 10},
            {"action", action},      {"subject", "queue/q"},
            {"user", user},          {"host", "192.0.2.7:4711"},
            {"connection", nullptr}, {"via", "HTTP"},
            {"arguments", nullptr},  {"before", nullptr},
            {"after", {{"a", 1}}},   {"outcome", outcome},
            {"reason", nullptr}};
}

const std::vector<Entity> kEvents{event("10", "purge", "bob", "done"),
                                  event("9", "login", "ann", "refused"),
                                  event("8", "update", "ann", "done")};

std::vector<std::int64_t> numbers(const AuditFilter& filter, std::int64_t after, std::size_t most) {
    std::vector<std::int64_t> numbers;
    for (const Entity& each : audit_of(kEvents, filter, after, most)) {
        numbers.push_back(audit_number(each));
    }
    return numbers;
}

}  // namespace

TEST_SUITE("audit lines") {
    TEST_CASE("the last ones are shown, in the order of their numbers") {
        CHECK(numbers({}, 0, 10) == std::vector<std::int64_t>{8, 9, 10});
        CHECK(numbers({}, 0, 2) == std::vector<std::int64_t>{9, 10});
        CHECK(numbers({}, 9, 2) == std::vector<std::int64_t>{10});
    }
    TEST_CASE("who asks for some gets those") {
        CHECK(numbers({.user = "ann"}, 0, 10) == std::vector<std::int64_t>{8, 9});
        CHECK(numbers({.action = "purge"}, 0, 10) == std::vector<std::int64_t>{10});
        CHECK(numbers({.refused = true}, 0, 10) == std::vector<std::int64_t>{9});
    }
    TEST_CASE("a line says what, by whom, and what it was before and after") {
        const std::string done = audit_text(kEvents[2]);
        CHECK(
            done.ends_with("  update queue/q  by user ann, host 192.0.2.7:4711, via HTTP -> "
                           "{\"a\":1}"));
        CHECK(audit_text(kEvents[1]).find("login queue/q  REFUSED  by") != std::string::npos);
    }
    TEST_CASE("what is no number comes first and breaks nothing") {
        CHECK(audit_number({{"identity", "x"}}) == 0);
        CHECK(audit_number({{"identity", "99999999999999999999"}}) == 0);
        CHECK(audit_number(Entity{{"name", "x"}}) == 0);
    }
}

}  // namespace weft::tools
