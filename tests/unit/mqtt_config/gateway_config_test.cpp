#include "mqtt-gateway/config/gateway_config.hpp"

#include "common/config/file_reader.hpp"
#include "common/config/json_schema.hpp"
#include "common/config/reference.hpp"
#include "common/json/tree.hpp"
#include "tests/support/demo_folder.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

using namespace weft;
using namespace weft::gateway_config;

namespace {

const std::string kFolder = std::string{WEFT_SOURCE_DIR} + "/config/";

/// Compares a file with what the table says; WEFT_WRITE=1 writes it instead.
void check_gateway_file(const std::string& name, const std::string& expected) {
    if (std::getenv("WEFT_WRITE") != nullptr) {
        std::ofstream{kFolder + name, std::ios::binary} << expected;
    }
    const auto text = config::read_file(kFolder + name);
    REQUIRE(text);
    const bool equal = *text == expected;
    CHECK_MESSAGE(equal, "config/" << name << " is not what the key table says: run WEFT_WRITE=1");
}

std::optional<GatewayConfig> load(const std::string& file,
                                  const std::vector<std::string>& settings,
                                  config::Faults& faults) {
    std::vector<std::string> arguments{"--config", file};
    for (const std::string& setting : settings) {
        arguments.insert(arguments.end(), {"--set", setting});
    }
    const auto command =
        config::parse_command_line({"weft-mqtt-gateway", "0.1.0", "a gateway"}, arguments, faults);
    REQUIRE(command);
    return load_gateway_config(*command, faults);
}

/// The keys of an entry of the section `addresses`, as a schema in config/schema has them.
std::vector<std::string> address_keys_in(const std::string& schema) {
    const auto text = config::read_file(kFolder + "schema/" + schema);
    REQUIRE(text);
    json::Reading reading = json::read(*text);
    REQUIRE(reading.root);
    const json::Node* node = &*reading.root;
    for (const char* name : {"properties", "addresses", "items", "properties"}) {
        const auto& members = std::get<json::Object>(node->value);
        const auto found = std::ranges::find(members, name, &json::Member::name);
        REQUIRE(found != members.end());
        node = &found->node;
    }
    std::vector<std::string> keys;
    for (const json::Member& member : std::get<json::Object>(node->value)) {
        keys.push_back(member.name);
    }
    return keys;
}

}  // namespace

TEST_SUITE("gateway configuration") {
    TEST_CASE("the sample file has no fault") {
        config::Faults faults;
        const auto read = load(kFolder + "mqtt-gateway.json", {}, faults);
        REQUIRE(read);
        CHECK(faults.lines().empty());
        CHECK(read->id == "gw1");
        CHECK(read->common.connectors.size() == 1);
        CHECK(read->speaks.size() == read->common.listeners.size());
        CHECK(read->mqtt.receive_maximum == 20);
        CHECK(read->addresses.size() == 2);
        CHECK(read->addresses[0].type == mqtt_mapping::AddressType::multicast);
    }

    TEST_CASE("the demo's gateway knows the addresses that the demo's routers do") {
        const support::DemoFolder demo;
        config::Faults faults;
        const auto read = load(demo.file("mqtt-gateway.json"), {}, faults);
        REQUIRE(read);
        CHECK_FALSE(read->addresses.empty());
    }

    TEST_CASE("a list of addresses that routers know is one that the gateway knows") {
        const std::vector<std::string> known = address_keys_in("mqtt-gateway.schema.json");
        for (const std::string& key : address_keys_in("router.schema.json")) {
            CAPTURE(key);
            CHECK(std::ranges::find(known, key) != known.end());
        }
        config::Faults faults;
        CHECK(load(kFolder + "mqtt-gateway.json",
                   {"/addresses/0/duplicateWindow=1000", "/addresses/0/lastValueKey=key",
                    "/addresses/0/exclusiveConsumer=true", "/addresses/0/messageGroups=false",
                    "/addresses/0/enableFallback=true", "/addresses/0/fenced=true",
                    "/addresses/0/maxKeys=1000"},
                   faults));
    }

    TEST_CASE("a listener with WebSockets alone has no pages") {
        config::Faults faults;
        const auto read = load(kFolder + "mqtt-gateway.json", {}, faults);
        REQUIRE(read);
        bool found = false;
        for (const auto& listener : read->common.listeners) {
            if (listener.connection.name == "ws") {
                found = true;
                CHECK(listener.http);
                CHECK_FALSE(listener.healthz);
                CHECK_FALSE(listener.console);
                CHECK_FALSE(listener.metrics);
            }
        }
        CHECK(found);
    }

    TEST_CASE("what is read is what was written") {
        config::Faults faults;
        const auto read = load(kFolder + "mqtt-gateway.json",
                               {"/mqtt/onNoConsumer=ack", "/mqtt/maxQos=1",
                                "/mqtt/publishTimeoutSeconds=3", "/mqtt/separator=."},
                               faults);
        REQUIRE(read);
        CHECK(read->mqtt.on_no_consumer == session::NoConsumer::ack);
        CHECK(read->mqtt.qos_max == mqtt::Qos::at_least_once);
        CHECK(read->mqtt.publish_timeout == std::chrono::seconds{3});
        CHECK(read->mapping.separator == mqtt_mapping::Separator::dot);
    }

    TEST_CASE("faults name what is wrong") {
        const auto fault_of = [](const std::string& setting) {
            config::Faults faults;
            CHECK_FALSE(load(kFolder + "mqtt-gateway.json", {setting}, faults));
            return faults.lines().empty() ? std::string{} : faults.lines().front();
        };
        CHECK(fault_of("/addresses/0/prefix=x").find("exactly one") != std::string::npos);
        CHECK(fault_of("/mqtt/onNoConsumer=panic").find("one of") != std::string::npos);
        CHECK(fault_of("/mqtt/map=x").find("a list of objects") != std::string::npos);
        CHECK(fault_of("/mqtt/receiveMaximum=0").find("from 1") != std::string::npos);
    }

    TEST_CASE("the queue of retained messages is no place for devices") {
        const auto faults_of = [](const std::vector<std::string>& settings) {
            config::Faults faults;
            (void)load(kFolder + "mqtt-gateway.json", settings, faults);
            return faults.lines().empty() ? std::string{} : faults.lines().front();
        };
        const std::string queue = "/store/retainedAddress=$mqtt.retained";
        CHECK(faults_of({queue}).empty());
        CHECK(
            faults_of({queue, "/addresses/0/address=$mqtt.retained"}).empty());  // one list for all
        CHECK(faults_of({"/addresses/0/address=kept", "/store/retainedAddress=kept"})
                  .find("devices must not") != std::string::npos);
        CHECK(faults_of({"/addresses/0/address=kept", "/store/retainedAddress=kept/x"})
                  .find("devices must not") != std::string::npos);
        CHECK(faults_of({queue, "/addresses/0/address=$mqtt.retained",
                         R"(/mqtt/map=[{"topic": "a/#", "address": "$mqtt.retained"}])"})
                  .find("must be declared") != std::string::npos);
        CHECK(faults_of({"/store/retainedAddress=a/#"}).find("without wildcards") !=
              std::string::npos);
        CHECK(faults_of({queue, "/gateway/id=" + std::string(236, 'x')}).find("at most 235") !=
              std::string::npos);
        config::Faults faults;
        const auto read = load(kFolder + "mqtt-gateway.json", {queue}, faults);
        REQUIRE(read);
        CHECK(read->retained_address == "$mqtt.retained");
    }

    TEST_CASE("sessions are in a queue of their own, or in a folder") {
        const auto faults_of = [](const std::vector<std::string>& settings) {
            config::Faults faults;
            (void)load(kFolder + "mqtt-gateway.json", settings, faults);
            return faults.lines().empty() ? std::string{} : faults.lines().front();
        };
        const std::string queue = "/store/sessionAddress=$mqtt.sessions";
        CHECK(faults_of({queue, "/store/retainedAddress=$mqtt.retained"}).empty());
        CHECK(faults_of({queue, "/store/path=x"}).find("not in both") != std::string::npos);
        CHECK(faults_of({queue, "/store/retainedAddress=$mqtt.sessions"}).find("of their own") !=
              std::string::npos);
        CHECK(faults_of({"/store/sessionAddress=a/#"}).find("without wildcards") !=
              std::string::npos);
    }

    TEST_CASE("the JSON Schema and the reference are what the key table says") {
        check_gateway_file("schema/mqtt-gateway.schema.json", config::json_schema(gateway_table()));
        check_gateway_file("mqtt-gateway.md", config::reference_page({&gateway_table(), 1}));
    }
}
