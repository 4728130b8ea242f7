#include "common/daemon/rows.hpp"

#include "common/daemon/wire_value.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace weft;
using namespace weft::daemon;
using namespace std::chrono_literals;

TEST_SUITE("rows") {
    TEST_CASE("a page shows its rows alone, up to the end and as long as they are wanted") {
        const std::vector<std::string> items{"a", "b", "c", "d"};
        const auto shown = [&](std::size_t offset, std::size_t count, std::size_t wanted = 9) {
            std::string text;
            show_page(
                items, offset, count,
                [&](const mgmt::Row& row) {
                    text += row.identity;
                    return text.size() < wanted;
                },
                [](const std::string& item) {
                    return mgmt::Row{.identity = item, .name = {}, .attributes = {}};
                });
            return text;
        };
        CHECK(shown(0, 2) == "ab");
        CHECK(shown(2, 9) == "cd");
        CHECK(shown(4, 1).empty());
        CHECK(shown(0, 4, 3) == "abc");
    }

    TEST_CASE("durations are whole seconds where they are") {
        CHECK(seconds(2s) == wire::Value{std::int64_t{2}});
        CHECK(seconds(2500ms) == wire::Value{2.5});
        CHECK(whole_seconds(2900ms) == 2);
    }

    TEST_CASE("an identity that is no number is that of nothing") {
        CHECK(number_of("42") == 42);
        CHECK(number_of("") == 0);
        CHECK(number_of("4x") == 0);
        CHECK(number_of("-1") == 0);
    }

    TEST_CASE("configured values become AMQP values") {
        const config::Node node{
            .value = config::Object{{"n", {.value = std::int64_t{1}}},
                                    {"l", {.value = config::List{{.value = true}, {}}}}}};
        CHECK(wire_value(node) ==
              wire::Value{wire::Map{{"n", std::int64_t{1}}, {"l", wire::List{true, {}}}}});
    }
}
