#include "tools/weft/config/mosquitto_conf.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace weft::tools {
namespace {

constexpr std::string_view kBlank = " \t\r";

/// What a listener has for itself; all else is of the broker.
constexpr std::array<std::string_view, 31> kListenerKeys{"bind_address",
                                                         "bind_interface",
                                                         "http_dir",
                                                         "max_connections",
                                                         "max_qos",
                                                         "max_topic_alias",
                                                         "max_topic_alias_broker",
                                                         "mount_point",
                                                         "protocol",
                                                         "socket_domain",
                                                         "use_username_as_clientid",
                                                         "websockets_origin",
                                                         "cafile",
                                                         "capath",
                                                         "certfile",
                                                         "keyfile",
                                                         "ciphers",
                                                         "ciphers_tls1.3",
                                                         "crlfile",
                                                         "dhparamfile",
                                                         "require_certificate",
                                                         "tls_engine",
                                                         "tls_engine_kpass_sha1",
                                                         "tls_keyform",
                                                         "tls_version",
                                                         "use_identity_as_username",
                                                         "use_subject_as_username",
                                                         "psk_hint",
                                                         "allow_anonymous",
                                                         "password_file",
                                                         "acl_file"};

constexpr std::array<std::string_view, 21> kFirstWords{"listener",
                                                       "port",
                                                       "bind_address",
                                                       "allow_anonymous",
                                                       "password_file",
                                                       "acl_file",
                                                       "persistence",
                                                       "pid_file",
                                                       "user",
                                                       "log_dest",
                                                       "log_type",
                                                       "include_dir",
                                                       "max_keepalive",
                                                       "connection",
                                                       "per_listener_settings",
                                                       "max_queued_messages",
                                                       "persistence_location",
                                                       "set_tcp_nodelay",
                                                       "sys_interval",
                                                       "max_inflight_messages",
                                                       "protocol"};

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(kBlank);
    if (begin == std::string_view::npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

/// The first word, and what is behind it.
std::pair<std::string_view, std::string_view> split(std::string_view text) {
    const std::size_t end = std::min(text.find_first_of(kBlank), text.size());
    return {text.substr(0, end), trimmed(text.substr(end))};
}

/// Calls `use` with each line that says something: its words as a setting.
template <class Use>
void each_line(std::string_view text, Use use) {
    for (std::size_t line = 1; !text.empty(); ++line) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view words = trimmed(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (!words.empty() && !words.starts_with('#')) {
            const auto [key, value] = split(words);
            use(MosquittoSetting{std::string{key}, std::string{value}, line});
        }
    }
}

bool is_of_listener(std::string_view key) {
    return std::ranges::find(kListenerKeys, key) != kListenerKeys.end();
}

/// Puts each setting where it belongs.
class Sorting {
public:
    void take(MosquittoSetting setting) {
        if (setting.key == "connection") {
            in_bridge_ = true;
        } else if (setting.key == "listener") {
            in_bridge_ = false;
            const auto [port, address] = split(setting.value);
            conf_.listeners.push_back({setting.line, std::string{port}, std::string{address}, {}});
            return;
        } else if (setting.key == "per_listener_settings") {
            own_ = setting.value == "true";
        }
        if (in_bridge_) {
            conf_.bridges.push_back(std::move(setting));
        } else if (setting.key == "port" || setting.key == "bind_address") {
            take_default(std::move(setting));
        } else if (is_of_listener(setting.key) && !is_for_all(setting.key)) {
            (conf_.listeners.empty() ? of_default_ : conf_.listeners.back().settings)
                .push_back(std::move(setting));
        } else {
            conf_.global.push_back(std::move(setting));
        }
    }

    MosquittoConf done() && {
        if (default_ || conf_.listeners.empty()) {
            MosquittoListener first =
                default_.value_or(MosquittoListener{0, "1883", "127.0.0.1", {}});
            first.settings = std::move(of_default_);
            conf_.listeners.insert(conf_.listeners.begin(), std::move(first));
        }
        return std::move(conf_);
    }

private:
    /// Without per_listener_settings who may come in is said once for all.
    bool is_for_all(std::string_view key) const {
        return !own_ && (key == "allow_anonymous" || key == "password_file" || key == "acl_file");
    }
    void take_default(MosquittoSetting setting) {
        if (!default_) {
            default_.emplace();
            default_->line = setting.line;
        }
        (setting.key == "port" ? default_->port : default_->address) = std::move(setting.value);
    }

    MosquittoConf conf_;
    std::optional<MosquittoListener> default_;
    std::vector<MosquittoSetting> of_default_;
    bool in_bridge_ = false;
    bool own_ = false;
};

/// The rule of these users, the last one if that is theirs.
MosquittoRule& rule_of(const std::string& user, std::vector<MosquittoRule>& rules) {
    const auto known = std::ranges::find_if(
        rules, [&](const MosquittoRule& rule) { return rule.users.front() == user; });
    return known != rules.end() ? *known : rules.emplace_back(MosquittoRule{{user}, {}, {}});
}

/// "read a/b": false if that is not to be had.
bool allow(std::string_view words, MosquittoRule& rule) {
    const auto [access, rest] = split(words);
    const bool said = access == "read" || access == "write" || access == "readwrite";
    if (access == "deny" || (said && rest.empty())) {
        return false;
    }
    const std::string topic{said ? rest : words};
    if (!said || access != "read") {
        rule.publish.push_back(topic);
    }
    if (!said || access != "write") {
        rule.subscribe.push_back(topic);
    }
    return true;
}

}  // namespace

MosquittoConf read_mosquitto_conf(std::string_view text) {
    Sorting sorting;
    each_line(text, [&](MosquittoSetting setting) { sorting.take(std::move(setting)); });
    return std::move(sorting).done();
}

bool is_mosquitto_conf(std::string_view text) {
    std::optional<bool> is;
    each_line(text, [&](const MosquittoSetting& setting) {
        if (!is) {
            is = setting.value != "{" &&
                 (is_of_listener(setting.key) ||
                  std::ranges::find(kFirstWords, setting.key) != kFirstWords.end());
        }
    });
    return is.value_or(false);
}

MosquittoAcl read_mosquitto_acl(std::string_view text) {
    MosquittoAcl acl;
    std::string user = "anonymous";
    each_line(text, [&](MosquittoSetting setting) {
        const bool pattern = setting.key == "pattern";
        if (setting.key == "user") {
            user = setting.value;
        } else if ((!pattern && setting.key != "topic") || setting.value.empty() ||
                   !allow(setting.value, rule_of(pattern ? "*" : user, acl.rules))) {
            acl.lost.push_back(std::move(setting));
        }
    });
    return acl;
}

std::vector<std::string> mosquitto_users(std::string_view text) {
    std::vector<std::string> users;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = trimmed(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (const std::size_t colon = line.find(':');
            colon != std::string_view::npos && colon > 0) {
            users.emplace_back(line.substr(0, colon));
        }
    }
    return users;
}

}  // namespace weft::tools
