#include "tools/weft/top/frame.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace weft::tools {
namespace {

Sample sample(double seconds, int uptime, int in, int delivered) {
    Sample result{.router = "a", .seconds = seconds};
    result.totals = {{"uptimeSeconds", uptime}, {"deliveriesIngress", in}, {"connectionCount", 2}};
    result.addresses.push_back({{"name", "M0orders"},
                                {"deliveriesIngress", in},
                                {"deliveriesEgress", delivered},
                                {"subscriberCount", 3}});
    return result;
}

Entity link(const char* id, int unsettled, int undelivered, int zero_credit) {
    return {{"identity", id},
            {"linkDir", "out"},
            {"owningAddr", "M0orders"},
            {"unsettledCount", unsettled},
            {"undeliveredCount", undelivered},
            {"zeroCreditSeconds", zero_credit}};
}

}  // namespace

TEST_SUITE("top") {
    TEST_CASE("the first frame shows averages since the start, the next what came since") {
        const Sample first = sample(100, 50, 1000, 500);
        auto tables = top_frame({first}, {});
        CHECK(tables[0].rows[0][4] == "20");
        CHECK(tables[1].rows[0] == std::vector<std::string>{"orders", "20", "10", "3", "500"});
        tables = top_frame({sample(102, 52, 4000, 500)}, {first});
        CHECK(tables[0].rows[0][4] == "1,500");
        CHECK(tables[1].rows[0][2] == "0");
    }

    TEST_CASE("a router that started anew is averaged anew") {
        const auto tables = top_frame({sample(102, 1, 30, 0)}, {sample(100, 50, 1000, 0)});
        CHECK(tables[0].rows[0][4] == "30");
    }

    TEST_CASE("links that hold most stand first; those that move are left out") {
        Sample busy = sample(1, 1, 0, 0);
        busy.links = {link("1", 0, 0, 0), link("2", 5, 0, 0), link("3", 2, 8, 0),
                      link("4", 0, 0, 60)};
        const auto tables = top_frame({busy}, {});
        REQUIRE(tables[2].rows.size() == 3);
        CHECK(tables[2].rows[0][1] == "3");
        CHECK(tables[2].rows[1][1] == "2");
        CHECK(tables[2].rows[2][7] == "60 s");
        CHECK(tables[0].rows[0][7] == "7");
    }

    TEST_CASE("addresses of several routers are one row, and routers' own are none") {
        Sample other = sample(1, 1, 40, 0);
        other.router = "b";
        other.addresses.push_back({{"name", "Ltemp.x"}, {"deliveriesIngress", 99}});
        for (const char* own : {"M0$management", "M0_$qd.addr_lookup", "M0_weft/b"}) {
            other.addresses.push_back({{"name", own}, {"deliveriesIngress", 99}});
        }
        const auto tables = top_frame({sample(1, 1, 2, 0), other}, {});
        REQUIRE(tables[1].rows.size() == 1);
        CHECK(tables[1].rows[0][1] == "42");
        CHECK(tables[1].rows[0][3] == "6");
    }

    TEST_CASE("a router that does not answer has its row") {
        const auto tables = top_frame({Sample{.router = "z", .failure = "no answer"}}, {});
        CHECK(tables[0].rows[0][0] == "z");
        CHECK(tables[0].rows[0][1] == "no answer");
    }
}

}  // namespace weft::tools
