#include "router/linkroute/waiting_keys.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace weft::linkroute {

TEST_SUITE_BEGIN("WaitingKeys");

TEST_CASE("each has its turn, and is there once") {
    WaitingKeys keys;
    keys.add(5, 1, "a");
    keys.add(5, 1, "a");
    keys.add(6, 1, "a");
    keys.add(5, 2, "b");
    CHECK(keys.size() == 3);
    for (int round = 0; round < 2; ++round) {
        std::set<std::string> seen;
        for (int i = 0; i < 4; ++i) {  // of one router two, of the other one twice
            const WaitingKeys::Key key = keys.next();
            seen.insert(std::to_string(key.router) + key.text);
        }
        CHECK(seen == std::set<std::string>{"5a", "6a", "5b"});
    }
    keys.remove(5, 1);
    keys.remove(5, 1);
    keys.remove(5, 2);
    CHECK(keys.next().router == 6);
    keys.remove(6, 1);
    CHECK(keys.empty());
}

TEST_CASE("one router's take a part, and leave room for another's") {
    WaitingKeys keys;
    const std::string text(10'000, 'x');
    for (std::size_t i = 0; i < 2 * WaitingKeys::kBytesMax / text.size(); ++i) {
        keys.add(5, i, text);
    }
    const std::size_t first = keys.size();
    CHECK(first < WaitingKeys::kBytesMax / text.size());
    keys.add(6, 0, text);
    CHECK(keys.size() == first + 1);
    for (std::size_t i = 0; i < first; ++i) {
        keys.remove(5, i);
    }
    CHECK(keys.size() == 1);
    keys.add(5, 0, text);
    CHECK(keys.size() == 2);
}

TEST_CASE("one router's two have as many turns as another's thousand") {
    WaitingKeys keys;
    for (std::size_t i = 0; i < 1'000; ++i) {
        keys.add(5, i, std::to_string(i));
    }
    keys.add(6, 3, "x");
    keys.add(6, 4, "y");
    std::string seen;
    for (int i = 0; i < 4; ++i) {
        const WaitingKeys::Key key = keys.next();
        seen += key.router == 6 ? key.text : "";
    }
    CHECK(seen == "xy");
}

TEST_SUITE_END();

}  // namespace weft::linkroute
