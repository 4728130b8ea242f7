#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace weft::tools {

/// A mosquitto.conf (mosquitto 2.0, mosquitto.conf(5)) by its parts, in the order written. Total:
/// any text has a result. Threading: not shared (values).
struct MosquittoSetting {
    std::string key{};
    std::string value{};  // what is left of the line
    std::size_t line = 0;
};

struct MosquittoListener {
    std::size_t line =
        0;  // of `listener` or `port`; 0: there is none, which is a listener of this machine alone
    std::string port = "1883";
    std::string address{};  // empty: all interfaces
    std::vector<MosquittoSetting> settings{};
};

struct MosquittoConf {
    std::vector<MosquittoSetting> global{};  // none of listeners' own
    std::vector<MosquittoListener> listeners{};
    std::vector<MosquittoSetting> bridges{};  // all lines of sections `connection`
};

MosquittoConf read_mosquitto_conf(std::string_view text);

/// Whether its first setting is one that mosquitto has, and no qdrouterd.conf or JSON begins so.
bool is_mosquitto_conf(std::string_view text);

/// Who may use what, of an acl_file.
struct MosquittoRule {
    std::vector<std::string> users{};
    std::vector<std::string> publish{};
    std::vector<std::string> subscribe{};
};

struct MosquittoAcl {
    std::vector<MosquittoRule> rules{};
    std::vector<MosquittoSetting> lost{};  // `deny`, and what is no line of an acl_file
};

MosquittoAcl read_mosquitto_acl(std::string_view text);

/// The users of a password_file.
std::vector<std::string> mosquitto_users(std::string_view text);

}  // namespace weft::tools
