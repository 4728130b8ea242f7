#include "router/node/linkroute/switchboard.hpp"

#include <doctest/doctest.h>

#include <string>

namespace weft::node::test {
namespace {

using Kind = PairWord::Kind;

struct Connected {
    Connected() { board.connect({.loop = 2, .number = 7}, {.loop = 1, .number = 8}); }
    /// Where what the near end says goes ("1:8"), or the far one; "-": nowhere.
    std::string near(Kind kind) { return say(kind, 7); }
    std::string far(Kind kind) { return say(kind, 8); }
    bool is_there() const { return board.size() == 1; }

    Switchboard board;

private:
    std::string say(Kind kind, std::uint64_t number) {
        const auto to = board.pass({.kind = kind, .pair = number});
        return to ? std::to_string(to->loop) + ":" + std::to_string(to->number) : "-";
    }
};

}  // namespace

TEST_SUITE_BEGIN("switchboard");

TEST_CASE("each end's words go to the other's loop, under its number") {
    Connected f;
    CHECK(f.near(Kind::flow) == "1:8");
    CHECK(f.far(Kind::attached) == "2:7");
    CHECK(f.near(Kind::transfer) == "1:8");
    CHECK(f.far(Kind::update) == "2:7");
    CHECK(f.board.pass({.kind = Kind::flow, .pair = 9}) == std::nullopt);
    CHECK(f.is_there());
}

TEST_CASE("a pair is there until both ends said that they are detached") {
    Connected f;
    f.far(Kind::attached);
    CHECK(f.near(Kind::detached) == "1:8");
    CHECK(f.is_there());
    CHECK(f.far(Kind::flow) == "2:7");
    CHECK(f.far(Kind::detached) == "2:7");
    CHECK_FALSE(f.is_there());
    CHECK(f.near(Kind::lost) == "-");
}

TEST_CASE("it is gone with an end that is lost, that was refused, or that says it twice") {
    for (const bool by_near : {true, false}) {
        Connected lost;
        lost.far(Kind::attached);
        CHECK((by_near ? lost.near(Kind::lost) : lost.far(Kind::lost)) != "-");
        CHECK_FALSE(lost.is_there());

        Connected refused;
        CHECK((by_near ? refused.near(Kind::detached) : refused.far(Kind::detached)) != "-");
        CHECK_FALSE(refused.is_there());

        Connected twice;
        twice.far(Kind::attached);
        const auto detach = [&] {
            return by_near ? twice.near(Kind::detached) : twice.far(Kind::detached);
        };
        detach();
        CHECK(twice.is_there());
        detach();
        CHECK_FALSE(twice.is_there());
    }
}

TEST_SUITE_END();

}  // namespace weft::node::test
