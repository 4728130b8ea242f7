#include "common/config/json_document.hpp"
#include "common/daemon/connection_sections.hpp"
#include "tests/unit/daemon/kettle_table.hpp"

#include <doctest/doctest.h>

using namespace weft;
using namespace weft::daemon;

namespace {

using Lines = std::vector<std::string>;

/// A configuration that is read, with its files.
struct Paper {
    std::map<std::string, std::string> files{
        {"users", security::Users{Buffer(security::Users::kSecretSize, 9)}.text()}};
    config::Faults faults;
    UserFile users;
    std::vector<ListenerConfig> listeners;
    std::vector<ConnectionConfig> connectors;

    /// Its faults, from their pointers on.
    Lines read(const std::string& text, config::Dialect dialect = config::Dialect::json) {
        faults = {};
        listeners.clear();
        connectors.clear();
        const config::FileReader reader =
            [this](const std::string& path) -> tl::expected<std::string, std::string> {
            const auto found = files.find(path);
            if (found == files.end()) {
                return tl::unexpected<std::string>("does not exist");
            }
            return found->second;
        };
        const config::Node root = config::load_json("k.json", text, reader, faults);
        const auto document = config::read_document(kettle_table(), root, dialect, reader, faults);
        const SslProfiles profiles;
        users = read_user_file(document, profiles, reader, faults);
        const ConnectionContext context{.profiles = profiles, .users = users, .reader = reader};
        for (const config::Entity* entity : document.all("listeners")) {
            listeners.push_back(read_listener(*entity, context, faults));
        }
        for (const config::Entity* entity : document.all("connectors")) {
            connectors.push_back(read_connector(*entity, context, faults));
        }
        Lines lines;
        for (const std::string& line : faults.lines()) {
            lines.push_back(line.substr(line.find('/')));
        }
        return lines;
    }
    Lines listener(const std::string& keys, bool with_users = true) {
        return read(std::string{"{"} + (with_users ? R"("users": {"file": "users"}, )" : "") +
                    R"("listeners": [{"port": 0, )" + keys + "}]}");
    }
    Lines connector(const std::string& keys, config::Dialect dialect = config::Dialect::json) {
        return read(R"({"connectors": [{"port": 1, )" + keys + "}]}", dialect);
    }
};

const std::string kCredentials = R"("saslUsername": "a", "saslPassword": "b")";

}  // namespace

TEST_SUITE("sasl settings") {
    TEST_CASE_FIXTURE(Paper, "a listener offers what it is told, or SCRAM if peers must be known") {
        CHECK(listener(R"("saslMechanisms": "SCRAM-SHA-256,ANONYMOUS")").empty());
        CHECK(listeners[0].connection.sasl_mechanisms == Lines{"SCRAM-SHA-256", "ANONYMOUS"});
        CHECK(listener(R"("authenticatePeer": true)").empty());
        CHECK(listeners[0].connection.sasl_mechanisms == Lines{"SCRAM-SHA-512", "SCRAM-SHA-256"});
        CHECK(
            listener(R"("authenticatePeer": true, "saslMechanisms": "SCRAM-SHA-256 ANONYMOUS")") ==
            Lines{"/listeners/0/saslMechanisms: ANONYMOUS is not offered, because of "
                  "\"authenticatePeer\""});
        CHECK(listeners[0].connection.sasl_mechanisms == Lines{"SCRAM-SHA-256"});
    }

    TEST_CASE_FIXTURE(Paper, "what a listener lacks is told at the key that wants it") {
        CHECK(listener(R"("saslMechanisms": "SCRAM-SHA-256")", false) ==
              Lines{"/listeners/0/saslMechanisms: SCRAM-SHA-256 needs users: add the section "
                    "\"users\": { \"file\": \"users\" }, and 'weft user add users NAME'"});
        CHECK(listener(R"("saslMechanisms": "PLAIN")") ==
              Lines{"/listeners/0/saslMechanisms: PLAIN shows passwords to whoever listens on the "
                    "way: give it an \"sslProfile\", or say \"insecure\": true"});
        CHECK(listener(R"("saslMechanisms": "PLAIN", "insecure": true)").empty());
        CHECK(listener(R"("authenticatePeer": true)", false).size() == 1);
        CHECK(listener(R"("authenticatePeer": true, "http": true)").size() == 1);
        CHECK(listener(R"("authenticatePeer": true, "saslMechanisms": "ANONYMOUS")") ==
              Lines{"/listeners/0/saslMechanisms: has nothing by which a peer proves who it is, as "
                    "\"authenticatePeer\" wants: add EXTERNAL or SCRAM-SHA-256"});
        CHECK(listener(R"("saslMechanisms": "DIGEST-MD5")") ==
              Lines{"/listeners/0/saslMechanisms: must be of EXTERNAL, SCRAM-SHA-512, "
                    "SCRAM-SHA-256, OAUTHBEARER, PLAIN and ANONYMOUS, not \"DIGEST-MD5\""});
    }

    TEST_CASE_FIXTURE(Paper,
                      "with a plugin the service's mechanisms are offered, whatever they are") {
        const auto with = [](const std::string& service, const std::string& keys) {
            return R"({"authServicePlugins": [{"name": "corp", )" + service +
                   R"(}], "listeners": [{"saslPlugin": "corp", )" + keys + "}]}";
        };
        const std::string here = R"("host": "127.0.0.1")";
        CHECK(read(with(here, R"("insecure": true, "authenticatePeer": true)")).empty());
        REQUIRE(listeners.size() == 1);
        CHECK(listeners[0].sasl_plugin == "corp");
        CHECK(listeners[0].plugin_mechanisms.empty());
        CHECK(listeners[0].connection.sasl_mechanisms == Lines{"PLAIN"});
        REQUIRE(users.services.size() == 1);
        CHECK(users.services[0].port == 5672);

        const std::string some = R"("saslMechanisms": "SCRAM-SHA-1,GSSAPI ANONYMOUS")";
        CHECK(read(with(here, R"("authenticatePeer": true, )" + some)).empty());
        CHECK(listeners[0].plugin_mechanisms == Lines{"SCRAM-SHA-1", "GSSAPI"});
        CHECK(read(with(here, R"("authenticatePeer": true)")) ==
              Lines{"/listeners/0/saslPlugin: PLAIN shows passwords to whoever listens on the way: "
                    "give it an "
                    "\"sslProfile\", or say \"insecure\": true"});
        CHECK(read(with(here, R"("insecure": true, "http": true)")) ==
              Lines{"/listeners/0/saslPlugin: is for AMQP and MQTT: over HTTP people come in by "
                    "the section "
                    "\"users\""});
        CHECK(read(R"({"listeners": [{"saslPlugin": "none", "insecure": true}]})") ==
              Lines{"/listeners/0/saslPlugin: names none of the authServicePlugins"});
    }

    TEST_CASE_FIXTURE(Paper, "where an authentication service is") {
        const auto service = [this](const std::string& keys,
                                    config::Dialect dialect = config::Dialect::json) {
            return read(R"({"authServicePlugins": [{"name": "corp", )" + keys + "}]}", dialect);
        };
        const std::string open =
            R"(/authServicePlugins/0/host: is not on this machine, and without an )"
            R"("sslProfile" passwords can be read on the way)";
        CHECK(service(R"("host": "auth.example")") == Lines{open + ": name one"});
        CHECK(service(R"("host": "auth.example")", config::Dialect::qdrouterd) == Lines{open});
        CHECK(service(R"("authService": "127.0.0.1:5671", "realm": "r")").empty());
        REQUIRE(users.services.size() == 1);
        CHECK(users.services[0].host == "127.0.0.1");
        CHECK(users.services[0].port == 5671);
        CHECK(users.services[0].realm == "r");
        CHECK(service(R"("authService": "127.0.0.1:x")") ==
              Lines{"/authServicePlugins/0/authService: must be HOST:PORT, not \"127.0.0.1:x\""});
        CHECK(service(R"("port": 1)") ==
              Lines{"/authServicePlugins/0: needs \"host\": where the service is"});
        CHECK(service(R"("host": "::1", "port": 0)") ==
              Lines{"/authServicePlugins/0/port: must be the port of the service, not 0"});
    }

    TEST_CASE_FIXTURE(Paper, "a file of users that does not do is told with its line") {
        CHECK(read(R"({"users": {"file": "none"}})") ==
              Lines{"/users/file: \"none\" does not exist; 'weft user add' makes a file of users"});
        files["users"] = "alice:secret\n";
        const Lines lines = read(R"({"users": {"file": "users"}})");
        REQUIRE(lines.size() == 1);
        CHECK(lines[0].starts_with("/users/file: \"users\" line 1 must be"));
        CHECK(users.path == "users");
        CHECK(users.users == nullptr);
    }

    TEST_CASE_FIXTURE(Paper, "a connector with a user takes the best that is safe") {
        CHECK(connector(kCredentials).empty());
        CHECK(connectors[0].sasl_mechanisms == Lines{"SCRAM-SHA-512", "SCRAM-SHA-256"});
        CHECK(connectors[0].credentials.user == "a");
        CHECK(connectors[0].credentials.password == "b");
        CHECK(connector(kCredentials + R"(, "insecure": true)").empty());
        CHECK(connectors[0].sasl_mechanisms == Lines{"SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"});
    }

    TEST_CASE_FIXTURE(Paper, "what a connector lacks is told") {
        CHECK(connector(R"("saslMechanisms": "PLAIN", "insecure": true)") ==
              Lines{"/connectors/0/saslMechanisms: needs a \"saslUsername\" and a "
                    "\"saslPassword\""});
        CHECK(connector(kCredentials + R"(, "saslMechanisms": "PLAIN")") ==
              Lines{"/connectors/0/saslMechanisms: PLAIN shows passwords to whoever listens on the "
                    "way: give it an \"sslProfile\", or say \"insecure\": true"});
        CHECK(connector(kCredentials + R"(, "saslMechanisms": "ANONYMOUS")") ==
              Lines{"/connectors/0/saslUsername: is not said by any of the \"saslMechanisms\": add "
                    "SCRAM-SHA-256"});
        CHECK(connector(R"("saslUsername": "a")") ==
              Lines{"/connectors/0/saslUsername: needs a \"saslPassword\""});
        CHECK(connector(R"("saslPassword": "a")") ==
              Lines{"/connectors/0/saslPassword: needs a \"saslUsername\""});
        CHECK(connector(R"("saslUsername": "a", "saslPassword": "a\u0001")").size() == 1);
    }

    TEST_CASE_FIXTURE(Paper, "a qdrouterd.conf goes on as with the original, with a warning") {
        CHECK(connector(kCredentials + R"(, "saslMechanisms": "PLAIN")",
                        config::Dialect::qdrouterd) ==
              Lines{"/connectors/0/saslMechanisms: PLAIN shows passwords to whoever listens on the "
                    "way, without an sslProfile"});
        CHECK_FALSE(faults.failed());
    }
}
