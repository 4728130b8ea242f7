#include "broker/forwarding/course.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

namespace weft::forwarding {
namespace {

constexpr Course::Pauses kPauses{};
constexpr Instant kStart = Instant{} + std::chrono::hours{1};

Course opened() {
    Course course;
    course.on_asked(kStart);
    course.on_attached(kStart);
    return course;
}

}  // namespace

TEST_SUITE("course") {
    using Stage = Course::Stage;

    TEST_CASE("it asks for a link, and gives messages once that is attached") {
        Course course;
        CHECK(course.wants_link(kStart));
        CHECK(course.due() == kNever);
        course.on_asked(kStart);
        CHECK_FALSE(course.wants_link(kStart));
        CHECK_FALSE(course.gives());
        course.on_attached(kStart);
        CHECK(course.gives());
        course.on_accepted(kStart);
        CHECK(course.counters().accepted == 1);
    }

    TEST_CASE("a link that is lost is asked for again, later and later") {
        Course course = opened();
        Duration pause = kPauses.first;
        Instant now = kStart;
        for (int i = 0; i < 20; ++i) {
            course.on_lost("refused", now);
            CHECK(course.error() == "refused");
            CHECK(course.due() == now + pause);
            CHECK_FALSE(course.wants_link(now + pause - Duration{1}));
            now += pause;
            CHECK(course.wants_link(now));
            course.on_asked(kStart);
            pause = std::min(2 * pause, kPauses.most);
        }
        CHECK(pause == kPauses.most);
        course.on_attached(kStart);
        course.on_accepted(now);
        CHECK(course.error().empty());
        course.on_lost("again", now);
        CHECK(course.due() == now + kPauses.first);
    }

    TEST_CASE("what is returned makes it rest once, whatever comes back with it") {
        Course course = opened();
        course.on_returned("nobody took it", kStart);
        CHECK_FALSE(course.gives());
        CHECK(course.stage() == Stage::resting);
        const Instant due = course.due();
        CHECK(due == kStart + kPauses.first);
        course.on_returned("nor that", kStart + Duration{5});
        course.on_accepted(kStart + Duration{6});
        CHECK(course.due() == due);
        CHECK(course.error() == "nobody took it");
        CHECK(course.counters().returned == 2);
        CHECK_FALSE(course.on_time(due - Duration{1}));
        CHECK(course.on_time(due));
        CHECK(course.gives());
        course.on_returned("still nobody", due);
        CHECK(course.due() == due + 2 * kPauses.first);
        CHECK(course.on_time(course.due()));
        course.on_accepted(kStart + std::chrono::seconds{1});
        course.on_returned("once more", kStart + std::chrono::seconds{1});
        CHECK(course.due() == kStart + std::chrono::seconds{1} + kPauses.first);
    }

    TEST_CASE("a rejection is no reason to rest") {
        Course course = opened();
        course.on_rejected(std::string(1000, 'x'), kStart);
        CHECK(course.gives());
        CHECK(course.counters().rejected == 1);
        CHECK(course.error().size() == Course::kWordsMax);
    }

    TEST_CASE("one without a link is over at once, one with a link when nothing is under way") {
        Course idle;
        idle.end();
        CHECK(idle.stage() == Stage::over);
        Course course = opened();
        course.end();
        CHECK(course.stage() == Stage::ending);
        CHECK_FALSE(course.gives());
        course.end();
        course.on_accepted(kStart);
        course.on_idle();
        CHECK(course.stage() == Stage::over);
        Course lost = opened();
        lost.end();
        lost.on_lost("gone", kStart);
        CHECK(lost.stage() == Stage::over);
    }

    TEST_CASE("one that was to end may go on, with its link or with the one it asked for") {
        Course course = opened();
        course.end();
        course.begin_again();
        CHECK(course.gives());
        course.begin_again();
        CHECK(course.gives());
        Course asking;
        asking.on_asked(kStart);
        asking.end();
        asking.begin_again();
        CHECK(asking.stage() == Stage::attaching);
        asking.end();
        asking.on_attached(kStart);
        CHECK(asking.stage() == Stage::ending);
        asking.begin_again();
        CHECK(asking.gives());
        Course over;
        over.end();
        over.begin_again();
        CHECK(over.wants_link(kStart));
    }

    TEST_CASE("who does not answer for so long is known") {
        Course course{{.answer = Duration{10}, .stand = Duration{20}}};
        CHECK_FALSE(course.is_unanswered(kStart));
        course.on_asked(kStart);
        CHECK_FALSE(course.is_unanswered(kStart + Duration{9}));
        CHECK(course.is_unanswered(kStart + Duration{10}));
        course.on_lost("nobody answers", kStart + Duration{10});
        CHECK(course.losses() == 1);
        CHECK_FALSE(course.is_unanswered(kStart + Duration{20}));
        course.on_asked(kStart + Duration{30});
        course.on_attached(kStart + Duration{31});
        CHECK_FALSE(course.is_unanswered(kStart + Duration{50}));
    }

    TEST_CASE("a link over which all comes back is known after some rests in a row") {
        Course course{{.rests = 3}};
        course.on_asked(kStart);
        course.on_attached(kStart);
        const auto rest = [&](int times) {
            for (int i = 0; i < times; ++i) {
                CHECK_FALSE(course.is_refused_all());
                course.on_returned("all are full", kStart);
                course.on_returned("all are full", kStart);
                CHECK_FALSE(course.is_refused_all());
                CHECK(course.on_time(course.due()));
            }
        };
        SUBCASE("nothing is taken") {
            rest(3);
            CHECK(course.is_refused_all());
            course.on_lost("the next one", kStart);
            course.on_asked(kStart);
            course.on_attached(kStart);
            rest(3);
            CHECK(course.is_refused_all());
        }
        SUBCASE("something is accepted") {
            rest(2);
            course.on_accepted(kStart);
            rest(3);
            CHECK(course.is_refused_all());
        }
        SUBCASE("something is rejected, for what it is") {
            rest(2);
            course.on_rejected("not such", kStart);
            rest(3);
            CHECK(course.is_refused_all());
        }
    }

    TEST_CASE("one of which nothing is heard for so long stands") {
        Course course{{.answer = Duration{10}, .stand = Duration{20}}};
        course.on_asked(kStart);
        CHECK_FALSE(course.stands(kStart + Duration{20}));
        course.on_attached(kStart);
        CHECK_FALSE(course.stands(kStart + Duration{19}));
        CHECK(course.stands(kStart + Duration{20}));
        course.on_accepted(kStart + Duration{20});
        CHECK_FALSE(course.stands(kStart + Duration{39}));
        course.on_rejected("wrong", kStart + Duration{39});
        CHECK_FALSE(course.stands(kStart + Duration{58}));
        course.on_returned("nobody", kStart + Duration{58});
        CHECK_FALSE(course.stands(kStart + Duration{100}));  // it rests
        const Instant again = course.due();
        CHECK(course.on_time(again));
        CHECK_FALSE(course.stands(again));
    }
}

}  // namespace weft::forwarding
