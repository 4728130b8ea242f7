#include "broker/queue/on_use.hpp"

#include "broker/queue/settings.hpp"
#include "broker/queue/shared.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <set>
#include <string>

namespace weft::queue {

TEST_SUITE("on_use") {
    TEST_CASE("a part reads as an empty one until it is used, and is there until it is dropped") {
        OnUse<std::set<int>> part;
        CHECK_FALSE(part);
        CHECK(part->empty());
        part.use().insert(3);
        CHECK(part);
        CHECK(part->contains(3));
        part.drop_if(part->empty());
        CHECK(part->size() == 1);
        part.use().clear();
        part.drop_if(part->empty());
        CHECK_FALSE(part);
    }

    TEST_CASE("it is made as its first user says") {
        OnUse<std::string> part;
        CHECK(part.use("a") == "a");
        CHECK(part.use("b") == "a");
        CHECK(OnUse<std::string>{}->empty());
    }
}

TEST_SUITE("shared") {
    TEST_CASE("the usual value is one, others are their owners'") {
        const Shared<Settings> one{Settings{}};
        const Shared<Settings> two{Settings{}};
        CHECK(&*one == &*two);
        const auto mine = std::make_shared<const Settings>(Settings{.messages_max = 3});
        CHECK(&*Shared<Settings>{mine} == mine.get());
        const Shared<Settings> other{*mine};
        CHECK(&*other != mine.get());
        CHECK(other->messages_max == 3);
    }
}

}  // namespace weft::queue
