#include "tools/weft/config/mosquitto_import.hpp"

#include "tools/weft/config/mosquitto_conf.hpp"
#include "tools/weft/config/mosquitto_words.hpp"
#include "tools/weft/values/json.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>

namespace weft::tools {
namespace {

constexpr const char* kStore = "/var/lib/weft-mqtt-gateway";

bool is_loopback(std::string_view address) {
    return address == "localhost" || address == "::1" || address.starts_with("127.");
}

class Import {
public:
    Import(const std::string& path, const config::FileReader& reader)
        : path_{path}, reader_{reader} {}

    MosquittoImport made(const MosquittoConf& conf) {
        mqtt_["sessionExpiryOldSeconds"] =
            kMosquittoForever;  // as mosquitto, without persistent_client_expiration
        anonymous_ = conf.listeners.front().line == 0;
        for (const MosquittoSetting& setting : conf.global) {
            take(setting);
        }
        for (const MosquittoListener& listener : conf.listeners) {
            listeners_.push_back(of(listener));
        }
        for (const MosquittoSetting& setting : conf.bridges) {
            lose(setting, "sites are joined by routers, not by bridges: docs/start.md");
        }
        result_.notes.push_back(
            path_ +
            ": topics have no meaning of their own in mosquitto, so all are of the multicast "
            "\"#\": give routers the same \"addresses\"; name those that are queues");
        result_.json = comments() + whole().dump(2) + "\n";
        return std::move(result_);
    }

private:
    // --- what is said of it -------------------------------------------------------------------

    std::string place(std::size_t line) const { return path_ + ":" + std::to_string(line) + ": "; }
    void lose(const MosquittoSetting& setting, std::string_view why) {
        result_.lost.push_back(place(setting.line) + setting.key +
                               (setting.value.empty() ? "" : " " + setting.value) + ": " +
                               std::string{why});
    }
    void note(std::size_t line, const std::string& text) {
        result_.notes.push_back(place(line) + text);
    }
    void pass_over(const MosquittoSetting& setting) {
        if (const auto why = mosquitto_no_effect(setting.key)) {
            note(setting.line, setting.key + " has no effect: " + std::string{*why});
        } else {
            lose(setting, mosquitto_lost(setting.key));
        }
    }
    std::string comments() const {
        std::string text = "// Made by 'weft config import' of " + path_ + ".\n";
        for (const std::string& line : result_.lost) {
            text += "// NOT CARRIED OVER: " + line + "\n";
        }
        return text;
    }

    // --- the broker's own ---------------------------------------------------------------------

    void take(const MosquittoSetting& setting) {
        const std::string& value = setting.value;
        if (take_number(setting)) {
            return;
        }
        if (setting.key == "persistence") {
            store_ = value == "true";
        } else if (setting.key == "persistence_location") {
            note(setting.line, std::string{"the store is another one, in "} + kStore +
                                   ": what mosquitto has stored stays there");
        } else if (setting.key == "retain_available") {
            mqtt_["retain"] = value != "false";
        } else if (setting.key == "message_size_limit") {
            lose(setting, "maxPacketSize limits whole packets; raise it or lower it by hand");
        } else if (setting.key == "persistent_client_expiration") {
            expire(setting);
        } else if (setting.key == "allow_anonymous") {
            anonymous_ = value == "true";
        } else if (setting.key == "password_file") {
            passwords_ = true;
            name_users(setting);
        } else if (setting.key == "acl_file") {
            take_acl(setting);
        } else if (setting.key == "log_dest" || setting.key == "log_type") {
            log(setting);
        } else {
            pass_over(setting);
        }
    }
    bool take_number(const MosquittoSetting& setting) {
        const MosquittoNumber* const known = mosquitto_number(setting.key);
        const auto value = whole_number(setting.value);
        if (known == nullptr || !value) {
            return false;
        }
        mqtt_[known->ours] =
            std::min(*value == 0 && known->any ? *known->any : *value, known->most);
        return true;
    }
    void expire(const MosquittoSetting& setting) {
        if (const auto seconds = mosquitto_duration(setting.value)) {
            mqtt_["sessionExpiryMaxSeconds"] = *seconds;
            mqtt_["sessionExpiryOldSeconds"] = *seconds;
        } else {
            lose(setting, "it is no number with h, d, w, m or y");
        }
    }
    void log(const MosquittoSetting& setting) {
        static const std::map<std::string, std::string, std::less<>> levels{
            {"error", "error"},      {"warning", "warning"}, {"notice", "notice"},
            {"information", "info"}, {"debug", "debug"},     {"all", "trace+"},
            {"none", "none"}};
        std::string value = setting.value;
        if (setting.key == "log_dest") {
            const bool file = value.starts_with("file ");
            if (file || value == "stderr" || value == "stdout" || value == "syslog") {
                if (log_.contains("outputFile")) {
                    lose(setting, "the log goes to one place");
                } else {
                    log_["outputFile"] =
                        file ? value.substr(value.find_first_not_of(' ', 4)) : value;
                }
            } else {
                lose(setting, "the log goes to a file, stderr, stdout or syslog");
            }
        } else if (const auto level = levels.find(value); level != levels.end()) {
            std::string enabled = log_.value("enable", "");
            log_["enable"] = enabled.empty() ? level->second : enabled + "," + level->second;
        } else {
            lose(setting, "there is no such level; it is at info or debug");
        }
    }

    // --- who may come in ----------------------------------------------------------------------

    void name_users(const MosquittoSetting& setting) {
        std::string names;
        if (const auto text = reader_(setting.value)) {
            for (const std::string& user : mosquitto_users(*text)) {
                names += (names.empty() ? "" : ", ") + user;
            }
        } else {
            names = "those of " + setting.value;
        }
        users_ = true;
        note(setting.line, "passwords can't be read from " + setting.value +
                               ": make users.json by 'weft user add users.json NAME' for each of " +
                               names);
    }
    void take_acl(const MosquittoSetting& setting) {
        const auto text = reader_(setting.value);
        if (!text) {
            lose(setting, text.error());
            return;
        }
        const MosquittoAcl acl = read_mosquitto_acl(*text);
        for (const MosquittoRule& rule : acl.rules) {
            Json entry{{"users", rule.users}};
            if (!rule.publish.empty()) {
                entry["publish"] = rule.publish;
            }
            if (!rule.subscribe.empty()) {
                entry["subscribe"] = rule.subscribe;
            }
            acl_.push_back(std::move(entry));
        }
        for (const MosquittoSetting& line : acl.lost) {
            result_.lost.push_back(setting.value + ":" + std::to_string(line.line) + ": " +
                                   line.key + " " + line.value +
                                   ": rules only allow; leave out of the others what is denied");
        }
        note(setting.line,
             "who subscribes to more than the rules allow is refused; mosquitto grants it and "
             "leaves messages out");
    }

    // --- listeners ----------------------------------------------------------------------------

    struct Door {
        bool anonymous = false, passwords = false, certificates = false;
    };

    Json of(const MosquittoListener& listener) {
        const std::string name = "mqtt-" + listener.port;
        Json made{{"name", name},
                  {"host", listener.address},
                  {"port", whole_number(listener.port).value_or(0)}};
        if (listener.port == "0") {
            lose({"listener", listener.port + " " + listener.address, listener.line},
                 "there are no sockets of files");
        }
        Json profile = Json::object();
        Door door{.anonymous = anonymous_, .passwords = passwords_};
        for (const MosquittoSetting& setting : listener.settings) {
            take(setting, made, profile, door);
        }
        if (profile.contains("certFile")) {
            profile["name"] = name;
            profiles_.push_back(profile);
            made["sslProfile"] = name;
            made["requireSsl"] = true;
        }
        admit(listener, door, made);
        return made;
    }
    void take(const MosquittoSetting& setting, Json& made, Json& profile, Door& door) {
        static const std::map<std::string, const char*, std::less<>> files{
            {"cafile", "caCertFile"},
            {"certfile", "certFile"},
            {"keyfile", "privateKeyFile"},
            {"crlfile", "crl"}};
        const std::string& value = setting.value;
        if (const auto file = files.find(setting.key); file != files.end()) {
            profile[file->second] = value;
        } else if (setting.key == "ciphers" || setting.key == "ciphers_tls1.3") {
            const std::string others = profile.value("ciphers", "");
            profile["ciphers"] = others.empty() ? value : others + ":" + value;
        } else if (setting.key == "tls_version") {
            profile["protocols"] = value == "tlsv1.3" ? "TLSv1.3" : "TLSv1.2 TLSv1.3";
        } else if (setting.key == "require_certificate") {
            door.certificates = value == "true";
        } else if (setting.key == "use_identity_as_username") {
            if (value == "true") {
                profile["uidFormat"] = "n";
            }
        } else if (setting.key == "use_subject_as_username" || setting.key == "dhparamfile" ||
                   setting.key == "tls_keyform") {
            note(setting.line, setting.key + " has no effect: it is so");
        } else if (setting.key == "protocol") {
            if (value == "websockets") {
                made["websockets"] = true;
            }
        } else if (setting.key == "socket_domain") {
            made["socketAddressFamily"] = value == "ipv6" ? "IPv6" : "IPv4";
        } else if (setting.key == "max_connections") {
            if (const auto most = whole_number(value); most && *most > 0) {
                connections_ = connections_.value_or(0) + *most;
            }
        } else if (setting.key == "allow_anonymous") {
            door.anonymous = value == "true";
        } else if (setting.key == "password_file") {
            door.passwords = true;
            name_users(setting);
        } else {
            take(setting);
        }
    }
    void admit(const MosquittoListener& listener, const Door& door, Json& made) {
        std::string mechanisms = door.certificates ? "EXTERNAL" : "";
        const auto add = [&](const char* one) {
            mechanisms += (mechanisms.empty() ? "" : " ") + std::string{one};
        };
        if (door.passwords) {
            add("PLAIN");
        }
        if (door.anonymous && !door.certificates) {
            add("ANONYMOUS");
        } else {
            made["authenticatePeer"] = true;
        }
        if (mechanisms.empty()) {
            note(listener.line, "nobody may come in by port " + listener.port +
                                    ": allow_anonymous is false and there is no password_file");
            add("PLAIN");
            users_ = true;
        }
        made["saslMechanisms"] = mechanisms;
        const bool closed = made.contains("requireSsl") && made.contains("authenticatePeer");
        if (!closed &&
            (!is_loopback(listener.address) || (door.passwords && !made.contains("requireSsl")))) {
            made["insecure"] = true;
            note(listener.line, "port " + listener.port +
                                    " is OPEN TO THE NETWORK as it was: give it TLS and passwords "
                                    "or certificates, and take "
                                    "\"insecure\" away");
        }
    }

    // --- the whole ----------------------------------------------------------------------------

    Json whole() const {
        Json gateway{{"id", "gateway"}};
        if (connections_) {
            gateway["maxConnections"] = *connections_;
        }
        Json all{{"gateway", gateway}};
        if (store_) {
            all["store"] = {{"path", kStore}};
        }
        all["mqtt"] = mqtt_;
        if (!profiles_.empty()) {
            all["sslProfiles"] = profiles_;
        }
        if (users_) {
            all["users"] = {{"file", "users.json"}};
        }
        all["listeners"] = listeners_;
        all["connectors"] =
            Json::array({{{"name", "router"}, {"host", "127.0.0.1"}, {"port", 5672}}});
        all["addresses"] = Json::array({{{"address", "#"}, {"type", "multicast"}}});
        if (!acl_.empty()) {
            all["acl"] = acl_;
        }
        if (!log_.empty()) {
            Json entry{{"module", "DEFAULT"}};
            entry.update(log_);
            all["log"] = Json::array({entry});
        }
        return all;
    }

    const std::string& path_;
    const config::FileReader& reader_;
    MosquittoImport result_;
    Json mqtt_ = Json::object(), log_ = Json::object();
    Json listeners_ = Json::array(), profiles_ = Json::array(), acl_ = Json::array();
    bool store_ = false, anonymous_ = false, passwords_ = false, users_ = false;
    std::optional<std::int64_t> connections_;
};

}  // namespace

MosquittoImport import_mosquitto(const std::string& path,
                                 std::string_view text,
                                 const config::FileReader& reader) {
    return Import{path, reader}.made(read_mosquitto_conf(text));
}

}  // namespace weft::tools
