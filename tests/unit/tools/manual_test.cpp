#include "tools/weft/command_table.hpp"
#include "tools/weft/manual/completion.hpp"
#include "tools/weft/manual/man_page.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace weft::tools;

namespace {

Description thing() {
    return {
        .name = "weft thing",
        .summary = "Does a thing",
        .synopsis = "weft thing [FLAGS]\n       weft thing other",
        .text = "Does it.\n.Twice.\n\n  one\\two  as it is\n\nOr not.",
        .groups =
            {{.title = "What",
              .flags = {{.letter = "n",
                         .name = "count",
                         .parameter = "N",
                         .meaning = "So many: it's [N]"},
                        {.letter = "", .name = "to", .parameter = "FILE", .meaning = "Where"}}}},
        .examples = {"weft thing -n 3"}};
}

std::vector<Completed> things() {
    return {{.name = "thing", .verbs = {"begin", "end"}, .words = thing()}};
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_SUITE("manual") {
    TEST_CASE("a page has all that a description has, and nothing in it is taken for a command") {
        CHECK(man_file(thing(), 1) == "weft-thing.1");
        CHECK(man_page(thing(), 1, "0.1.0") ==
              ".TH WEFT-THING 1 \"\" \"Weft 0.1.0\" \"Weft\"\n"
              ".SH NAME\nweft\\-thing \\- Does a thing\n"
              ".SH SYNOPSIS\n.nf\nweft thing [FLAGS]\nweft thing other\n.fi\n"
              ".SH DESCRIPTION\nDoes it.\n\\&.Twice.\n.PP\n"
              ".nf\n  one\\etwo  as it is\n.PP\n.fi\nOr not.\n"
              ".SH \"What\"\n"
              ".TP\n.B \\-n\\fR, \\fB\\-\\-count \\fIN\\fR\nSo many: it's [N]\n"
              ".TP\n.B \\-\\-to \\fIFILE\\fR\nWhere\n"
              ".SH EXAMPLES\n.nf\nweft thing \\-n 3\n.fi\n");
    }

    TEST_CASE("shells complete commands, verbs, flags, and files where a flag takes one") {
        const std::string bash = bash_completion(things());
        CHECK(has(bash, "'--help --version thing'"));
        CHECK(has(bash, "thing) words='begin end --count --to --help' ;;"));
        CHECK(has(bash, "thing:--to) COMPREPLY=($(compgen -f"));
        CHECK_FALSE(has(bash, "thing:--count)"));
        const std::string zsh = zsh_completion(things());
        CHECK(has(zsh, R"('*--count[So many\: it'\''s \[N\]]:N: ')"));
        CHECK(has(zsh, "'*--to[Where]:FILE:_files'"));
        CHECK(has(zsh, "'2: :(begin end)'"));
        const std::string fish = fish_completion(things());
        CHECK(has(fish, R"(-l count -s n -x -d 'So many: it'\''s [N]')"));
        CHECK(has(fish, "-l to -r -F -d 'Where'"));
        CHECK(has(fish, "-f -a begin"));
    }

    TEST_CASE("each command describes itself, and has its verbs in its text") {
        std::set<std::string> names;
        for (const Command& command : commands()) {
            CAPTURE(command.name);
            const Description words = command.line().describe();
            CHECK(words.name == "weft " + std::string{command.name});
            CHECK(names.insert(words.name).second);
            CHECK_FALSE(words.text.empty());
            CHECK_FALSE(words.examples.empty());
            for (std::size_t from = 0; from < command.verbs.size();) {
                const std::size_t end =
                    std::min(command.verbs.find(' ', from), command.verbs.size());
                const std::string verb{command.verbs.substr(from, end - from)};
                std::string text = words.synopsis + words.text;
                std::ranges::transform(text, text.begin(), [](unsigned char c) {
                    return static_cast<char>(std::tolower(c));
                });
                CHECK_MESSAGE(has(text, verb), verb);
                from = end + 1;
            }
        }
    }
}
