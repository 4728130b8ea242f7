#include "common/base/census.hpp"

#include <doctest/doctest.h>

#include <optional>

namespace weft {

TEST_SUITE("census") {
    TEST_CASE("who takes all sessions that it can gets half, and who comes later gets some") {
        Census census{{.sessions = 100, .text_bytes = 1}};
        Census::Share greedy{&census};
        int taken = 0;
        while (greedy.add_session()) {
            ++taken;
        }
        CHECK(taken == 50);
        CHECK(census.counters().sessions == 1);
        Census::Share later{&census};
        CHECK(later.add_session());
        CHECK_FALSE(greedy.add_session());
        greedy.remove_sessions(10);
        CHECK(greedy.add_session());
        CHECK(census.sessions() == 42);
    }

    TEST_CASE("a small part is everybody's, whatever others have") {
        Census census{{.sessions = 2000, .text_bytes = 1}};
        Census::Share one{&census};
        Census::Share other{&census};
        Census::Share third{&census};
        for (Census::Share* each : {&one, &other}) {
            while (each->add_session()) {
            }
        }
        for (Census::Share* each : {&one, &other}) {
            while (each->add_session()) {
            }
        }
        CHECK(third.add_session());
        CHECK(third.add_session());
    }

    TEST_CASE("texts count, and go with their connection") {
        Census census{{.sessions = 1, .text_bytes = 100}};
        std::optional<Census::Share> one{&census};
        one->add_texts(49);
        CHECK(one->has_room_for_texts());
        one->add_texts(10);
        CHECK_FALSE(one->has_room_for_texts());
        CHECK(census.counters().links == 1);
        CHECK(one->text_bytes() == 59);
        Census::Share other{&census};
        other.add_texts(20);
        CHECK(other.has_room_for_texts());
        CHECK(census.text_bytes() == 79);
        one.reset();
        CHECK(census.text_bytes() == 20);
        other.remove_texts(20);
        CHECK(census.text_bytes() == 0);
    }

    TEST_CASE("one that is in no census is refused nothing") {
        Census::Share alone{nullptr};
        alone.add_texts(1'000'000'000);
        CHECK(alone.has_room_for_texts());
        CHECK(alone.add_session());
    }
}

}  // namespace weft
