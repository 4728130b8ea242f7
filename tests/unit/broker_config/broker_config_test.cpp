#include "broker/config/broker_config.hpp"

#include "common/config/json_schema.hpp"
#include "common/config/reference.hpp"
#include "tests/support/demo_folder.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <string>

using namespace weft;
using namespace weft::broker_config;

namespace {

const std::string kConfigFolder = std::string{WEFT_SOURCE_DIR} + "/config/";

/// Compares a file with what the table says; WEFT_WRITE=1 writes it instead.
void check_published(const std::string& name, const std::string& expected) {
    if (std::getenv("WEFT_WRITE") != nullptr) {
        std::ofstream{kConfigFolder + name, std::ios::binary} << expected;
    }
    const auto text = config::read_file(kConfigFolder + name);
    REQUIRE(text);
    const bool equal = *text == expected;
    CHECK_MESSAGE(equal, "config/" << name << " is not what the key table says: run WEFT_WRITE=1");
}

}  // namespace

TEST_SUITE("broker configuration") {
    TEST_CASE("the sample file has no fault") {
        config::CommandLine command;
        command.config = kConfigFolder + "broker.json";
        config::Faults faults;
        const auto read = load_broker_config(command, faults);
        REQUIRE(read);
        CHECK(read->id == "b1");
        CHECK_FALSE(read->auto_create);
        CHECK(read->transaction_timeout == std::chrono::minutes{5});
        CHECK(read->store_path == kConfigFolder + "data/b1");
        CHECK(read->store_bytes_max == 0);
        CHECK_FALSE(read->standby);
        CHECK(read->lease == Duration::zero());
        CHECK(read->common.connectors.size() == 1);
    }

    TEST_CASE("a lease is for brokers that wait for one another") {
        config::CommandLine command;
        command.config = kConfigFolder + "broker.json";
        command.settings = {"/store/lock=lease"};
        config::Faults faults;
        CHECK_FALSE(load_broker_config(command, faults));
        REQUIRE(faults.list().size() == 1);
        CHECK(faults.list()[0].text ==
              "'lease' is for brokers that wait for one another: set standby to true, or lock to "
              "'file'");
        command.settings.emplace_back("/store/standby=true");
        config::Faults none;
        const auto read = load_broker_config(command, none);
        REQUIRE(read);
        CHECK(read->standby);
        CHECK(read->lease == std::chrono::seconds{10});
    }

    TEST_CASE("the demo's broker has the name that the demo's addresses give it") {
        const support::DemoFolder demo;
        config::CommandLine command;
        command.config = demo.file("broker.json");
        config::Faults faults;
        const auto read = load_broker_config(command, faults);
        REQUIRE(read);
        CHECK(read->id == "store");
        CHECK(read->common.listeners.size() == 2);
    }

    TEST_CASE("the JSON Schema and the reference are what the key table says") {
        check_published("schema/broker.schema.json", config::json_schema(broker_table()));
        check_published("broker.md", config::reference_page({&broker_table(), 1}));
    }
}
