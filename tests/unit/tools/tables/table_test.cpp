#include "tools/weft/tables/table.hpp"

#include <doctest/doctest.h>

#include <sstream>

namespace weft::tools {
namespace {

std::string text_of(const Table& table) {
    std::ostringstream out;
    print_text(table, out);
    return out.str();
}

}  // namespace

TEST_SUITE("table") {
    TEST_CASE("columns are as wide as their widest cell and two apart, the last is not padded") {
        const Table table{.title = "T", .heads = {"id", "long head"}, .rows = {{"12345", "x"}}};
        CHECK(text_of(table) ==
              "T\n"
              "  id     long head\n"
              "  ==================\n"
              "  12345  x\n");
    }

    TEST_CASE("letters of several bytes count once") {
        const Table table{.title = "T", .heads = {"a", "b"}, .rows = {{"äö", "1"}, {"x", "2"}}};
        CHECK(text_of(table) ==
              "T\n"
              "  a   b\n"
              "  =======\n"
              "  äö  1\n"
              "  x   2\n");
    }

    TEST_CASE("a name that others chose commands no terminal, and moves no other column") {
        const Table table{
            .title = "T", .heads = {"a", "b"}, .rows = {{"\u009b2J", "1"}, {"x\u202e\n\xff", "2"}}};
        CHECK(text_of(table) ==
              "T\n"
              "  a                  b\n"
              "  ======================\n"
              "  \\u009b2J           1\n"
              "  x\\u202e\\u000a\\xff  2\n");
    }

    TEST_CASE("CSV quotes what there is and leaves out what there is not") {
        const Table table{.title = "T", .heads = {"a", "b"}, .rows = {{"", "say \"hi\", you"}}};
        std::ostringstream out;
        print_csv(table, out);
        CHECK(out.str() == "T\n\"a\",\"b\"\n,\"say \"\"hi\"\", you\"\n");
    }
}

}  // namespace weft::tools
