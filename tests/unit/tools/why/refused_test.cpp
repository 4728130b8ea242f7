#include "tools/weft/why/refused.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace weft::tools {
namespace {

const std::vector<Entity> kAll{{{"what", "link"},
                                {"lastAt", 10},
                                {"times", 1},
                                {"host", "192.0.2.7:4711"},
                                {"user", "ann"},
                                {"client", "shop"},
                                {"subject", "a"},
                                {"reason", "no"},
                                {"remedy", "yes"}},
                               {{"what", "login"},
                                {"lastAt", 30},
                                {"times", 3},
                                {"host", "192.0.2.77"},
                                {"user", "bob"},
                                {"client", nullptr},
                                {"subject", nullptr},
                                {"reason", "wrong"},
                                {"remedy", nullptr}},
                               {{"what", "tls"},
                                {"lastAt", 20},
                                {"times", 1},
                                {"host", "[2001:db8::7]:80"},
                                {"user", nullptr},
                                {"client", nullptr},
                                {"subject", nullptr},
                                {"reason", "late"},
                                {"remedy", nullptr}}};

std::vector<int> times_of(std::string_view client) {
    std::vector<int> times;
    for (const Entity& each : refusals_of(kAll, client)) {
        times.push_back(each["lastAt"].get<int>());
    }
    return times;
}

}  // namespace

TEST_SUITE_BEGIN("why refused");

TEST_CASE(
    "a client is a user, an identifier, a host, or a host with a port; the last comes first") {
    CHECK(times_of("") == std::vector{30, 20, 10});
    CHECK(times_of("ann") == std::vector{10});
    CHECK(times_of("shop") == std::vector{10});
    CHECK(times_of("192.0.2.7") == std::vector{10});
    CHECK(times_of("192.0.2.7:4711") == std::vector{10});
    CHECK(times_of("192.0.2.77") == std::vector{30});
    CHECK(times_of("192.0.2") == std::vector<int>{});
    CHECK(times_of("2001:db8::7") == std::vector{20});
    CHECK(times_of("2001") == std::vector<int>{});
}

TEST_CASE("it is told who it was of, why, and what helps") {
    const std::string text = refusal_text(kAll[0]);
    CHECK(text.find("  link a\n    of user ann, client shop, host 192.0.2.7:4711\n    no.\n"
                    "    Remedy: yes.\n") != std::string::npos);
    const std::string other = refusal_text(kAll[1]);
    CHECK(other.ends_with("  login  (3 times)\n    of user bob, host 192.0.2.77\n    wrong.\n"));
}

TEST_SUITE_END();

}  // namespace weft::tools
