#include "tools/weft/messages/line_splitter.hpp"

#include "tools/weft/failure.hpp"
#include "tools/weft/messages/bodies.hpp"

#include <doctest/doctest.h>

namespace weft::tools {

TEST_SUITE("line splitter") {
    TEST_CASE("a line is handed out once it is whole") {
        LineSplitter lines;
        lines.append("on");
        CHECK_FALSE(lines.next().has_value());
        lines.append("e\ntwo\nth");
        CHECK(lines.next() == "one");
        CHECK(lines.next() == "two");
        CHECK_FALSE(lines.next().has_value());
        CHECK_FALSE(lines.exhausted());
    }

    TEST_CASE("the end of the input ends the last line") {
        LineSplitter lines;
        lines.append("last");
        lines.finish();
        CHECK(lines.next() == "last");
        CHECK(lines.exhausted());
        CHECK_FALSE(lines.next().has_value());
    }

    TEST_CASE("a final line feed makes no empty line, an empty line does count") {
        LineSplitter lines;
        lines.append("a\r\n\nb\n");
        lines.finish();
        CHECK(lines.next() == "a");
        CHECK(lines.next() == "");
        CHECK(lines.next() == "b");
        CHECK(lines.exhausted());
    }

    TEST_CASE("a line above the limit is refused") {
        LineSplitter lines;
        lines.append(std::string(LineSplitter::kLineBytesMax, 'x'));
        CHECK_THROWS_AS(lines.append("x"), Failure);
    }

    TEST_CASE("bodies given come each as often as asked, then end") {
        Bodies bodies({"a", "b"}, 2);
        std::string all;
        while (const std::string* body = bodies.next()) {
            all += *body;
        }
        CHECK(all == "aabb");
        CHECK(bodies.exhausted());
        CHECK(bodies.descriptor() == -1);
    }

    TEST_CASE("no copies are no bodies") {
        Bodies bodies({"a"}, 0);
        CHECK(bodies.exhausted());
        CHECK(bodies.next() == nullptr);
    }
}

}  // namespace weft::tools
