#include "mqtt-gateway/session/topic_match.hpp"

#include <doctest/doctest.h>

namespace weft::session {

TEST_SUITE_BEGIN("mqtt topic match");

TEST_CASE("a filter stands for the names that MQTT 5 section 4.7 says") {
    struct Row {
        const char* filter;
        const char* topic;
        bool match;
    };
    const Row rows[]{
        {"a/b", "a/b", true},
        {"a/b", "a/B", false},
        {"a/b", "a", false},
        {"a", "a/b", false},
        {"a/b", "a/b/", false},
        {"a/b/", "a/b", false},
        {"sport/tennis/player1/#", "sport/tennis/player1", true},
        {"sport/tennis/player1/#", "sport/tennis/player1/ranking", true},
        {"sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true},
        {"sport/#", "sport", true},
        {"sport/#", "sports", false},
        {"#", "a", true},
        {"#", "/", true},
        {"#", "a/b/c", true},
        {"sport/tennis/+", "sport/tennis/player1", true},
        {"sport/tennis/+", "sport/tennis/player1/ranking", false},
        {"sport/+", "sport", false},
        {"sport/+", "sport/", true},
        {"+/+", "/finance", true},
        {"/+", "/finance", true},
        {"+", "/finance", false},
        {"+", "finance", true},
        {"+/#", "a", true},
        {"+/#", "a/b/c", true},
        {"a/+/c", "a/b/c", true},
        {"a/+/c", "a//c", true},
        {"a/+/c", "a/b/d", false},
        {"#", "$SYS/x", false},
        {"+/x", "$SYS/x", false},
        {"+/#", "$SYS/x", false},
        {"$SYS/#", "$SYS/x", true},
        {"$SYS/+", "$SYS/x", true},
        {"a/+", "a/$x", true},
        {"a/#", "a/$x", true},
    };
    for (const Row& row : rows) {
        CAPTURE(row.filter);
        CAPTURE(row.topic);
        CHECK(matches(row.filter, row.topic) == row.match);
    }
}

TEST_SUITE_END();

}  // namespace weft::session
