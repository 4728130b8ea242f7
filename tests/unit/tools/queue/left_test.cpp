#include "tools/weft/queue/left.hpp"

#include <doctest/doctest.h>

namespace weft::tools {

TEST_SUITE("what a replay leaves") {
    TEST_CASE("answers are summed up, and the first queues named") {
        Left left;
        CHECK(left_words(left).empty());
        add_left(left, Json{{"leftUnknown", 0}, {"leftGone", 1}, {"goneQueue", "jobs"}});
        CHECK(left_words(left) == "1 messages of 'jobs', which this broker does not have");
        add_left(left, Json{{"leftUnknown", 2},
                            {"leftGone", 1},
                            {"leftFull", 3},
                            {"goneQueue", "others"},
                            {"fullQueue", "small"}});
        CHECK(left_words(left) ==
              "2 messages that did not die in another queue; 2 messages of 'jobs' or others, which "
              "this broker does not have; 3 messages of 'small' or others, which is full: receive "
              "from it, or raise its maxMessages or maxBytes");
        CHECK(left_json(left) == Json{{"leftUnknown", 2},
                                      {"leftGone", 2},
                                      {"leftFull", 3},
                                      {"goneQueue", "jobs"},
                                      {"fullQueue", "small"}});
    }
}

}  // namespace weft::tools
