#include "common/base/conditions.hpp"
#include "common/config/json_document.hpp"
#include "common/daemon/connection_protection.hpp"
#include "common/daemon/connection_sections.hpp"
#include "common/daemon/exposure.hpp"
#include "common/daemon/renewal.hpp"
#include "common/daemon/ssl_profile_entities.hpp"
#include "common/daemon/ssl_profile_section.hpp"
#include "common/tls/context.hpp"
#include "tests/support/certificates.hpp"
#include "tests/unit/daemon/kettle_service.hpp"
#include "tests/unit/daemon/kettle_table.hpp"

#include <map>

using namespace weft;
using namespace weft::daemon;
using namespace weft::daemon::test;

namespace {

using weft::test::Authority;
using weft::test::Certified;

/// A configuration and the files that it names.
struct Files {
    Authority authority;
    Certified node = authority.issue();
    std::map<std::string, std::string> texts{{"ca.pem", authority.certificate()},
                                             {"node.pem", node.certificate},
                                             {"node.key", node.key}};
    config::Faults faults;
    config::FileReader reader =
        [this](const std::string& path) -> tl::expected<std::string, std::string> {
        const auto found = texts.find(path);
        if (found == texts.end()) {
            return tl::unexpected<std::string>("does not exist");
        }
        return found->second;
    };
    SslProfiles profiles;
    UserFile users;
    std::vector<ListenerConfig> listeners;
    std::vector<ConnectionConfig> connectors;

    /// The lines of its faults.
    std::vector<std::string> load(const std::string& text,
                                  config::Dialect dialect = config::Dialect::json) {
        faults = {};
        texts["k.json"] = text;
        const config::Node root = config::load_json("k.json", text, reader, faults);
        const auto document = config::read_document(kettle_table(), root, dialect, reader, faults);
        profiles = read_ssl_profiles(document, reader, faults);
        const ConnectionContext context{.profiles = profiles, .users = users, .reader = reader};
        for (const config::Entity* entity : document.all("listeners")) {
            listeners.push_back(read_listener(*entity, context, faults));
        }
        for (const config::Entity* entity : document.all("connectors")) {
            connectors.push_back(read_connector(*entity, context, faults));
        }
        return faults.lines();
    }
    void renew_node() {
        node = authority.issue();
        texts["node.pem"] = node.certificate;
        texts["node.key"] = node.key;
    }
};

constexpr const char* kProfile =
    R"("sslProfiles": [{"name": "p", "certFile": "node.pem", "privateKeyFile": "node.key",
                        "caCertFile": "ca.pem", "uidFormat": "n"}])";

std::string with_profile(const std::string& sections) {
    return std::string{"{"} + kProfile + ", " + sections + "}";
}

using Lines = std::vector<std::string>;
using Names = std::vector<std::string>;

}  // namespace

TEST_SUITE("tls of a daemon") {
    TEST_CASE_FIXTURE(Files, "a profile's files are read, and a listener has it by name") {
        CHECK(load(with_profile(R"("listeners": [{"port": 0, "sslProfile": "p",
                                                  "requireSsl": true}, {"port": 0}])")) == Lines{});
        REQUIRE(listeners.size() == 2);
        REQUIRE(listeners[0].connection.ssl_profile != nullptr);
        CHECK(listeners[0].connection.ssl_profile->tls.certificates == node.certificate);
        CHECK(listeners[0].connection.ssl_profile->validity.until > 0);
        CHECK(listeners[0].requires_tls());
        CHECK(listeners[1].connection.ssl_profile == nullptr);
        const auto security = protection_of(listeners[0], kSpeaksAmqp);
        REQUIRE(security);
        CHECK(security->plain() == io::Plain::refused);
        CHECK(security->context()->use().client_certificate == tls::ClientCertificate::not_asked);
        CHECK_FALSE(protection_of(listeners[1], kSpeaksAmqp)->context());
    }

    TEST_CASE_FIXTURE(Files,
                      "who must say who he is shows a certificate, where SASL is spoken too") {
        io::Plain plain{};
        const auto wanted = [&](const std::string& keys, std::string_view spoken) {
            listeners.clear();
            CHECK(load(with_profile(R"("listeners": [{"port": 0, "sslProfile": "p", )" + keys +
                                    "}]")) == Lines{});
            const auto security = protection_of(listeners.at(0), spoken);
            REQUIRE(security);
            plain = security->plain();
            return security->context()->use().client_certificate;
        };
        using enum tls::ClientCertificate;
        CHECK(wanted(R"("authenticatePeer": true)", kSpeaksAmqp) == required);
        CHECK(listeners[0].connection.sasl_mechanisms == Names{"EXTERNAL"});
        CHECK(plain == io::Plain::taken);  // SASL refuses those who can't prove who they are
        CHECK(wanted(R"("authenticatePeer": true)", kSpeaksMqtt) == required);
        CHECK(plain == io::Plain::refused);
        CHECK(wanted(R"("authenticatePeer": true, "http": true)", kSpeaksHttp) == required);
        CHECK(plain == io::Plain::refused);
        CHECK(wanted(R"("saslMechanisms": "EXTERNAL")", kSpeaksAmqp) == required);
        CHECK(wanted(R"("saslMechanisms": "EXTERNAL, ANONYMOUS")", kSpeaksAmqp) == asked);
        CHECK(wanted(R"("saslMechanisms": "ANONYMOUS")", kSpeaksAmqp) == not_asked);
    }

    TEST_CASE_FIXTURE(Files, "a connector with a certificate takes EXTERNAL, if it is offered") {
        CHECK(load(with_profile(
                  R"("connectors": [{"port": 1, "sslProfile": "p"}, {"port": 2}])")) == Lines{});
        CHECK(connectors[0].sasl_mechanisms == Names{"EXTERNAL", "ANONYMOUS"});
        CHECK(connectors[1].sasl_mechanisms == Names{"ANONYMOUS"});
        const auto security = protection_of(connectors[0]);
        REQUIRE(security);
        CHECK_FALSE(security->context()->use().server);
        CHECK(security->context()->use().verify_host);
    }

    TEST_CASE_FIXTURE(Files, "what contradicts itself is told at the key that does") {
        const auto fault = [&](const std::string& entity) {
            const Lines lines = load(with_profile(entity));
            REQUIRE(lines.size() == 1);
            return lines[0].substr(lines[0].find('/'));
        };
        CHECK(fault(R"("listeners": [{"port": 0, "saslMechanisms": "EXTERNAL"}])") ==
              "/listeners/0/saslMechanisms: needs an \"sslProfile\" whose caCertFile has those who "
              "sign the certificates of peers");
        CHECK(fault(R"("listeners": [{"port": 0, "sslProfile": "p", "authenticatePeer": true,
                                      "saslMechanisms": "EXTERNAL ANONYMOUS"}])")
                  .ends_with("ANONYMOUS is not offered, because of \"authenticatePeer\""));
        CHECK(fault(R"("connectors": [{"port": 1, "saslMechanisms": "EXTERNAL"}])") ==
              "/connectors/0/saslMechanisms: EXTERNAL needs an \"sslProfile\" with a certFile, "
              "which says who this is");
        CHECK(fault(R"("connectors": [{"port": 1, "verifyHostname": false}])") ==
              "/connectors/0/verifyHostname: has no effect without an \"sslProfile\"");
        CHECK(fault(R"("listeners": [{"port": 0, "sslProfile": "p", "trustedCertsFile": "x"}])") ==
              "/listeners/0/trustedCertsFile: \"x\" does not exist");
        texts["ca.pem"] = "";
        texts.erase("ca.pem");
        CHECK(fault(R"("listeners": [])") ==
              "/sslProfiles/0/caCertFile: \"ca.pem\" does not exist");
        texts["ca.pem"] = std::string(SslProfile::kTextBytesMax + 1, '\n');
        CHECK(fault(R"("listeners": [])") ==
              "/sslProfiles/0/caCertFile: is larger than 1 MiB; no certificates or keys are");
    }

    TEST_CASE_FIXTURE(Files, "a certificate that ends soon, or has ended, is warned of") {
        const auto warned = [&](const Authority::Wish& wish) {
            node = authority.issue(wish);
            texts["node.pem"] = node.certificate;
            texts["node.key"] = node.key;
            const Lines lines = load(with_profile(R"("listeners": [])"));
            CHECK_FALSE(faults.failed());
            return lines.empty() ? std::string{} : lines[0];
        };
        CHECK(warned({}).empty());
        CHECK(warned({.until_days = 13}).find("certFile: expires on ") != std::string::npos);
        CHECK(warned({.from_days = -2, .until_days = -1}).find("expired on ") != std::string::npos);
        CHECK(warned({.from_days = 1}).find("does not hold before ") != std::string::npos);
    }

    TEST_CASE_FIXTURE(Files, "new texts reach listeners and connectors, and bad ones do not") {
        load(with_profile(R"("listeners": [{"port": 0, "sslProfile": "p"}],
                             "connectors": [{"name": "c", "port": 9, "sslProfile": "p"}])"));
        listeners[0].connection.name = "door";
        io::Record record;
        io::Loop loop;
        Listeners open{loop, [](const OpenListener&, io::Socket) {}};
        Connectors dialling{loop};
        const auto service = std::make_shared<KettleService>(loop, record);
        const OpenListener& door = must_open(open, listeners[0], service);
        REQUIRE(dialling.open(connectors[0], service));
        const auto before = door.security.context();
        const auto tally = door.security.tally();

        const auto gate = std::make_shared<Gate>(loop, users);
        Renewal renewal{loop, {profiles, open, dialling, *gate}, reader};
        const auto renew = [&] {
            io::run_until(loop, [&] { return !renewal.is_under_way(); });
            renewal.renew();
            io::run_until(loop, [&] { return !renewal.is_under_way(); });
        };
        renew_node();
        renew();
        const auto after = door.security.context();
        CHECK(after != before);
        CHECK(door.security.tally() == tally);
        CHECK(door.config.connection.ssl_profile->tls.certificates == node.certificate);
        CHECK(profiles.find("p") == door.config.connection.ssl_profile);
        CHECK(dialling.all()[0]->config.ssl_profile == profiles.find("p"));

        SUBCASE("another's key") {
            texts["node.key"] = authority.issue().key;
        }
        SUBCASE("a file that is gone") {
            texts.erase("node.pem");
        }
        SUBCASE("half a file") {
            texts["node.pem"].resize(100);
        }
        renew();
        CHECK(door.security.context() == after);
        CHECK(profiles.find("p")->tls.certificates == node.certificate);
    }

    TEST_CASE_FIXTURE(Files, "who is still opening when the listener goes is not let in") {
        load(with_profile(R"("listeners": [{"port": 0, "sslProfile": "p"}])"));
        io::Record record;
        io::Loop loop;
        Listeners open{loop, [](const OpenListener&, io::Socket) {}};
        auto service = std::make_shared<KettleService>(loop, record);
        const OpenListener& door = must_open(open, listeners[0], service);
        const io::Socket peer = io::dial(door.listener->bound_port());
        io::run_until(loop, [&] { return service->accepted == 1; });
        service.reset();
        open.close_all();
        io::send_all(peer, "no TLS");
        io::run_until(loop, [&] { return loop.transports() == 0 || record.transport != nullptr; });
        CHECK(record.transport == nullptr);
    }

    TEST_CASE_FIXTURE(Files, "management shows profiles without their secrets") {
        load(with_profile(R"("listeners": [])"));
        SslProfileSource source{profiles, {}};
        std::vector<mgmt::Row> rows;
        source.read(0, 10, [&](const mgmt::Row& row) {
            rows.push_back(row);
            return true;
        });
        REQUIRE(rows.size() == 1);
        CHECK(rows[0].identity == "sslProfile/p");
        CHECK(*rows[0].attributes.find("certFile") == wire::Value{"node.pem"});
        CHECK(*rows[0].attributes.find("certSubject") == wire::Value{"CN=localhost"});
        CHECK(*rows[0].attributes.find("uidFormat") == wire::Value{"n"});
        for (const auto& [name, value] : rows[0].attributes) {
            const auto* text = value.as<std::string>();
            CHECK((text == nullptr || text->find("PRIVATE") == std::string::npos));
        }
        CHECK_FALSE(source.create("q", {}));
        CHECK_FALSE(source.remove("sslProfile/q"));
        CHECK(source.remove("sslProfile/p"));
        CHECK(profiles.all().empty());
    }

    TEST_CASE("management makes so many profiles, and of so many bytes, and no more") {
        SslProfiles profiles;
        std::size_t size = 0;
        std::size_t asked = 0;
        SslProfileSource source{profiles, [&](std::string_view name, const mgmt::Attributes&) {
                                    ++asked;
                                    auto made = std::make_shared<SslProfile>();
                                    made->name = name;
                                    made->tls.authorities.assign(size, '\n');
                                    return Result<SslProfilePtr>{std::move(made)};
                                }};
        const auto make = [&] { return source.create(std::to_string(asked), {}); };
        SUBCASE("many") {
            for (std::size_t i = 0; i < SslProfiles::kMadeMax; ++i) {
                CHECK(make());
            }
            const auto refused = make();
            REQUIRE_FALSE(refused);
            CHECK(refused.error().condition == kResourceLimitExceeded);
            CHECK(refused.error().text ==
                  "there are 100 sslProfiles: delete some that nobody needs");
            CHECK(asked == SslProfiles::kMadeMax);  // no file was read for it
            CHECK(source.remove("sslProfile/7"));
            CHECK(make());
        }
        SUBCASE("large") {
            size = SslProfile::kTextBytesMax;
            for (std::size_t i = 0; i < SslProfiles::kBytesMax / SslProfile::kTextBytesMax; ++i) {
                CHECK(make());
            }
            const auto refused = make();
            REQUIRE_FALSE(refused);
            CHECK(refused.error().condition == kResourceLimitExceeded);
            CHECK(profiles.bytes() == SslProfiles::kBytesMax);
            CHECK(source.remove("sslProfile/0"));
            CHECK(make());
        }
    }

    TEST_CASE("users may have other names than their certificates make of them") {
        const auto names = user_names_in(R"({"dev-7": "pump 7", "a;b": "x"})");
        REQUIRE(names);
        CHECK((*names)->at("dev-7") == "pump 7");
        CHECK((*names)->size() == 2);
        for (const char* text : {"", "[]", "{", R"({"a": 7})", R"({"a": ""})", R"({"a": "\n"})",
                                 R"({"a": "anonymous"})", R"({"a": "b", "a": "c"})"}) {
            CHECK_FALSE_MESSAGE(user_names_in(text), text);
        }
    }

    TEST_CASE("whose interface a host is, its text tells") {
        for (const char* host : {"127.0.0.1", "127.8.9.10", "::1", "localhost"}) {
            CHECK_MESSAGE(is_loopback(host), host);
        }
        for (const char* host : {"", "0.0.0.0", "::", "10.0.0.1", "::ffff:127.0.0.1", "localhost.",
                                 "127.0.0.1.example", "fe80::1", "host"}) {
            CHECK_FALSE_MESSAGE(is_loopback(host), host);
        }
    }

    TEST_CASE_FIXTURE(Files, "a listener that strangers can reach must say so") {
        const auto at = [&](const std::string& keys) {
            const Lines lines =
                load(with_profile(R"("listeners": [{"port": 0, "host": "0.0.0.0")" + keys + "}]"));
            CHECK(lines.size() <= 1);
            return lines.empty() ? std::string{} : lines[0].substr(lines[0].find('/'));
        };
        const std::string end =
            ", or the host to 127.0.0.1, or, if only friends reach it, \"insecure\": true";
        CHECK(at("") ==
              "/listeners/0/host: lets peers of other machines in without TLS and "
              "without authentication: set \"sslProfile\", \"requireSsl\": true and "
              "\"authenticatePeer\": true" +
                  end);
        CHECK(faults.failed());
        CHECK(at(R"(, "sslProfile": "p", "requireSsl": true)") ==
              "/listeners/0/host: lets peers of other machines in without authentication: set "
              "\"authenticatePeer\": true" +
                  end);
        CHECK(at(R"(, "sslProfile": "p", "authenticatePeer": true,
                   "saslMechanisms": "EXTERNAL ANONYMOUS", "http": true)") ==
              "/listeners/0/saslMechanisms: ANONYMOUS is not offered, because of "
              "\"authenticatePeer\"");
        CHECK(at(R"(, "insecure": true)").empty());
        CHECK(at(R"(, "http": true, "insecure": true)").empty());
        CHECK(at(R"(, "http": true)").find("without TLS and") != std::string::npos);
        CHECK(at(R"(, "sslProfile": "p", "authenticatePeer": true)").empty());
        CHECK(at(R"(, "sslProfile": "p", "requireEncryption": true, "authenticatePeer": true)")
                  .empty());
        users.path = "users";
        CHECK(at(R"(, "sslProfile": "p", "authenticatePeer": true,
                   "saslMechanisms": "EXTERNAL SCRAM-SHA-256")") ==
              "/listeners/0/host: lets peers of other machines in without TLS: set "
              "\"requireSsl\": true" +
                  end);
    }

    TEST_CASE_FIXTURE(Files, "a qdrouterd.conf's listener is open with a warning, unless it says") {
        const auto conf = [&](const std::string& keys) {
            return load(R"({"listeners": [{"port": 0)" + keys + "}]}", config::Dialect::qdrouterd);
        };
        const Lines lines = conf("");
        REQUIRE(lines.size() == 1);
        CHECK(lines[0].find("/host: OPEN TO THE NETWORK: lets peers of other machines in") !=
              std::string::npos);
        CHECK_FALSE(faults.failed());
        CHECK(conf(R"(, "insecure": true)").empty());
        CHECK(conf(R"(, "host": "127.0.0.1")").empty());
        CHECK(conf(R"(, "insecure": false)").size() == 1);
        CHECK(faults.failed());
    }
}
