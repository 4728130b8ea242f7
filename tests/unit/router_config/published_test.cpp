#include "common/config/reference.hpp"
#include "common/config/schema.hpp"
#include "router/config/router_keys.hpp"
#include "tests/unit/router_config/fixture.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>

using namespace weft;
using namespace weft::router;

namespace {

const std::string kFolder = std::string{WEFT_SOURCE_DIR} + "/config/";

/// Compares a file with what the table says; WEFT_WRITE=1 writes it instead.
void check_published(const std::string& name, const std::string& expected) {
    if (std::getenv("WEFT_WRITE") != nullptr) {
        std::ofstream{kFolder + name, std::ios::binary} << expected;
    }
    const auto text = config::read_file(kFolder + name);
    REQUIRE(text);
    const bool equal = *text == expected;
    CHECK_MESSAGE(equal, "config/" << name << " is not what the key table says: run WEFT_WRITE=1");
}

}  // namespace

TEST_SUITE("published configuration") {
    TEST_CASE("config/README.md is what the key table says") {
        check_published("README.md", config::reference_page({&router_table(), 1}));
    }

    TEST_CASE("the JSON Schema is what the key table says") {
        check_published("schema/router.schema.json", config::json_schema(router_table()));
    }

    TEST_CASE("the sample files have no fault") {
        for (const std::string name : {"single.json", "demo/router-a.json"}) {
            CAPTURE(name);
            config::Faults faults;
            CHECK(load_router_config(kFolder + name, {}, {"h", 2}, config::read_file, faults));
            CHECK(faults.lines() == test::Lines{});
        }
    }

    TEST_CASE("the demo has one address of each kind") {
        config::Faults faults;
        const auto demo = load_router_config(kFolder + "demo/router-a.json", {}, {"h", 2},
                                             config::read_file, faults);
        REQUIRE(demo);
        CHECK(demo->listeners.at(0).connection.port == 15672);
        CHECK(demo->listeners.at(1).connection.port == 18672);
        REQUIRE(demo->addresses.size() == 3);
        CHECK(demo->addresses[0].treatment.distribution == Distribution::balanced);
        CHECK(demo->addresses[1].treatment.distribution == Distribution::multicast);
        CHECK(demo->addresses[2].treatment.distribution == Distribution::closest);
    }
}
