#include "tools/weft/config/mosquitto_import.hpp"

#include "mqtt-gateway/config/gateway_config.hpp"
#include "tools/weft/config/mosquitto_conf.hpp"
#include "tools/weft/values/json.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

using namespace weft;
using namespace weft::tools;

namespace {

const std::string kDefault = "listener 1883 127.0.0.1\nallow_anonymous true\n";

struct Imported {
    MosquittoImport made;
    Json json;
};

Imported imported(const std::string& text, const std::map<std::string, std::string>& files = {}) {
    const config::FileReader reader =
        [&](const std::string& path) -> tl::expected<std::string, std::string> {
        const auto file = files.find(path);
        return file == files.end()
                   ? tl::expected<std::string, std::string>{tl::unexpect, "is not there"}
                   : file->second;
    };
    MosquittoImport made = import_mosquitto("m.conf", text, reader);
    Json json =
        Json::parse(made.json, nullptr, /*allow_exceptions=*/true, /*ignore_comments=*/true);
    return {std::move(made), std::move(json)};
}

/// Whether the gateway takes it as it stands.
bool is_good(const std::string& json) {
    const std::string file = std::filesystem::temp_directory_path() /
                             ("weft-import-" + std::to_string(::getpid()) + ".json");
    std::ofstream{file} << json;
    config::Faults faults;
    config::CommandLine command;
    command.config = file;
    const bool good = gateway_config::load_gateway_config(command, faults).has_value();
    for (const std::string& line : faults.lines()) {
        MESSAGE(line);
    }
    std::filesystem::remove(file);
    return good;
}

}  // namespace

TEST_CASE("a mosquitto.conf is told from other files") {
    CHECK(is_mosquitto_conf("# mine\n\nlistener 1883\n"));
    CHECK(is_mosquitto_conf("per_listener_settings true\r\n"));
    CHECK_FALSE(is_mosquitto_conf("listener {\n port: 5672\n}\n"));
    CHECK_FALSE(is_mosquitto_conf("{ \"listeners\": [] }"));
    CHECK_FALSE(is_mosquitto_conf(""));
}

TEST_CASE("without a listener mosquitto serves its own machine, and so does the gateway") {
    const auto [made, json] = imported("max_keepalive 300\n");
    CHECK(json["listeners"] ==
          Json::parse(R"([{"name": "mqtt-1883", "host": "127.0.0.1", "port": 1883,
                                                "saslMechanisms": "ANONYMOUS"}])"));
    CHECK(json["mqtt"]["keepAliveMaxSeconds"] == 300);
    CHECK(json["mqtt"]["sessionExpiryOldSeconds"] == 4294967295);
    CHECK(json["addresses"] == Json::parse(R"([{"address": "#", "type": "multicast"}])"));
    CHECK_FALSE(json.contains("store"));
    CHECK(made.lost.empty());
    CHECK(is_good(made.json));
}

TEST_CASE("numbers mean the same, and no limit is the largest") {
    const auto [made, json] =
        imported(kDefault +
                 "max_queued_messages 0\nmax_inflight_messages 40000\nmax_packet_size 70000\n"
                 "persistent_client_expiration 2w\nretain_available false\npersistence true\n"
                 "max_queued_bytes 0\nmax_connections 500\n");
    CHECK(json["mqtt"] ==
          Json::parse(R"({"sessionExpiryOldSeconds": 1209600, "maxQueuedMessages": 2147483647,
        "maxInFlight": 32767, "maxPacketSize": 70000,
        "sessionExpiryMaxSeconds": 1209600, "retain": false,
        "maxQueuedBytes": 1099511627776})"));
    CHECK(json["store"]["path"] == "/var/lib/weft-mqtt-gateway");
    CHECK(json["gateway"]["maxConnections"] == 500);
    CHECK(is_good(made.json));
    CHECK(imported(kDefault + "persistent_client_expiration soon\n").made.lost ==
          std::vector<std::string>{
              "m.conf:3: persistent_client_expiration soon: it is no number with h, d, w, m or y"});
}

TEST_CASE("who may come in by what") {
    const auto [made, json] = imported(
        "allow_anonymous false\npassword_file /etc/pw\nlistener 1883\nlistener 8884\ncafile "
        "ca.pem\n"
        "certfile s.pem\nkeyfile s.key\nrequire_certificate true\nuse_identity_as_username true\n"
        "tls_version tlsv1.3\nlistener 8083\nprotocol websockets\n",
        {{"/etc/pw", "ann:$7$x\nbob:$7$y\n"}});
    const Json& listeners = json["listeners"];
    REQUIRE(listeners.size() == 3);
    CHECK(listeners[0] ==
          Json::parse(R"({"name": "mqtt-1883", "host": "", "port": 1883, "authenticatePeer": true,
        "saslMechanisms": "PLAIN", "insecure": true})"));
    CHECK(listeners[1] ==
          Json::parse(R"({"name": "mqtt-8884", "host": "", "port": 8884, "sslProfile": "mqtt-8884",
        "requireSsl": true, "authenticatePeer": true, "saslMechanisms": "EXTERNAL PLAIN"})"));
    CHECK(listeners[2]["websockets"] == true);
    CHECK(json["sslProfiles"] == Json::parse(R"([{"caCertFile": "ca.pem", "certFile": "s.pem",
        "privateKeyFile": "s.key", "uidFormat": "n",
        "protocols": "TLSv1.3", "name": "mqtt-8884"}])"));
    CHECK(json["users"]["file"] == "users.json");
    CHECK(made.notes.front() ==
          "m.conf:2: passwords can't be read from /etc/pw: make users.json by 'weft user add "
          "users.json NAME' for "
          "each of ann, bob");
    CHECK(made.notes[1].find("port 1883 is OPEN TO THE NETWORK") != std::string::npos);
    CHECK(made.lost.empty());
}

TEST_CASE("listeners have what is said below them, if each is to have its own") {
    const Json json = imported(
                          "per_listener_settings true\nlistener 1 127.0.0.1\nallow_anonymous true\n"
                          "listener 2 127.0.0.1\npassword_file p\n")
                          .json;
    CHECK(json["listeners"][0]["saslMechanisms"] == "ANONYMOUS");
    CHECK(json["listeners"][1]["saslMechanisms"] == "PLAIN");
    CHECK(json["listeners"][1]["authenticatePeer"] == true);
}

TEST_CASE("an acl_file becomes rules, and what it denies is said") {
    const auto [made, json] = imported(kDefault + "acl_file a\n",
                                       {{"a",
                                         "topic read $SYS/#\nuser ann\ntopic a/#\ntopic write b/c\n"
                                         "topic deny a/x\npattern readwrite d/%u/#\n"}});
    CHECK(json["acl"] == Json::parse(R"([{"users": ["anonymous"], "subscribe": ["$SYS/#"]},
        {"users": ["ann"], "publish": ["a/#", "b/c"], "subscribe": ["a/#"]},
        {"users": ["*"], "publish": ["d/%u/#"], "subscribe": ["d/%u/#"]}])"));
    CHECK(made.lost ==
          std::vector<std::string>{
              "a:5: topic deny a/x: rules only allow; leave out of the others what is denied"});
    CHECK(made.json.find("// NOT CARRIED OVER: a:5: topic deny a/x") != std::string::npos);
    CHECK(is_good(made.json));
    CHECK(imported(kDefault + "acl_file none\n").made.lost ==
          std::vector<std::string>{"m.conf:3: acl_file none: is not there"});
}

TEST_CASE("what has no likeness is said, line by line") {
    const auto made =
        imported(kDefault +
                 "sys_interval 5\npid_file /run/m\nwhatever 7\nlog_type error\nlog_type all\n"
                 "log_dest file /var/log/m\nlog_dest topic\nconnection b\naddress far:1883\n")
            .made;
    CHECK(made.lost ==
          std::vector<std::string>{
              "m.conf:3: sys_interval 5: there are no $SYS topics: see /metrics and 'weft stat "
              "--mqtt'",
              "m.conf:5: whatever 7: nothing here is like it",
              "m.conf:9: log_dest topic: the log goes to a file, stderr, stdout or syslog",
              "m.conf:10: connection b: sites are joined by routers, not by bridges: docs/start.md",
              "m.conf:11: address far:1883: sites are joined by routers, not by bridges: "
              "docs/start.md"});
    CHECK(made.notes.front() ==
          "m.conf:4: pid_file has no effect: the service manager knows the process");
    CHECK(made.json.find(R"("enable": "error,trace+")") != std::string::npos);
    CHECK(is_good(made.json));
}
