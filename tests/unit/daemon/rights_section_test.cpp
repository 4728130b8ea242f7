#include "common/daemon/rights_section.hpp"

#include "common/config/json_document.hpp"
#include "tests/unit/daemon/kettle_table.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace weft;
using namespace weft::daemon;
using namespace weft::daemon::test;
using mgmt::Access;

namespace {

Rights read(const std::string& section, config::Faults& faults) {
    const config::FileReader reader = config::read_file;
    const config::Node root = config::load_json("k.json", section, reader, faults);
    const config::Document document =
        config::read_document(kettle_table(), root, config::Dialect::json, reader, faults);
    return read_rights(document, faults);
}

std::string complaint(const std::string& section) {
    config::Faults faults;
    (void)read(section, faults);
    return faults.lines().empty() ? "" : faults.lines().front();
}

bool says(const std::string& text, std::string_view what) {
    return text.find(what) != std::string::npos;
}

}  // namespace

TEST_SUITE_BEGIN("rights");

TEST_CASE("a user has the most that a list gives him, and nothing if he is in none") {
    config::Faults faults;
    const Rights rights = read(
        R"({"management": {"admins": ["ann"], "operators": ["op-*", "ann"], "viewers": ["*"]}})",
        faults);
    CHECK(faults.lines().empty());
    CHECK(rights.configured);
    CHECK(rights.of_user("ann") == Access::admin);
    CHECK(rights.of_user("op-1") == Access::operator_);
    CHECK(rights.of_user("op-") == Access::operator_);
    CHECK(rights.of_user("bob") == Access::viewer);
    CHECK(rights.of_user("anonymous") == Access::none);
    CHECK(rights.of({}) == Access::none);  // who is not known
    CHECK(rights.of({.user = "ann", .from_router = true}) == Access::viewer);
    CHECK(rights.of({.user = "ann"}) == Access::admin);
}

TEST_CASE("who has not logged in is let in by that name alone") {
    Rights rights{.configured = true, .admins = {"a*"}, .viewers = {"anonymous"}};
    CHECK(rights.of_user("anonymous") == Access::viewer);
    CHECK(rights.of_user("amy") == Access::admin);
    CHECK(rights.of({}) == Access::none);
}

TEST_CASE("without the section whoever reaches management may everything") {
    config::Faults faults;
    const Rights rights = read("{}", faults);
    CHECK_FALSE(rights.configured);
    CHECK(rights.of({.user = "anonymous"}) == Access::admin);
    CHECK(rights.of({.from_router = true}) == Access::admin);
}

TEST_CASE("an empty list lets nobody in, which is a warning; what is no user is an error") {
    config::Faults faults;
    const Rights rights = read(R"({"management": {"viewers": []}})", faults);
    CHECK(rights.configured);
    CHECK_FALSE(faults.failed());
    CHECK(says(faults.lines().front(), "nobody can change listeners"));
    CHECK(says(complaint(R"({"management": {"admins": ["a*b"]}})"), "a*b\" is no user"));
    CHECK(says(complaint(R"({"management": {"admins": [""]}})"), "is no user"));
    CHECK(says(complaint(R"({"management": {"routers": "admin"}})"), "means nothing without"));
    CHECK(says(complaint(R"({"management": {"admins": ["a"], "routers": "root"}})"), "routers"));
}

TEST_SUITE_END();
