#include "tools/weft/config/mosquitto_words.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace weft::tools {
namespace {

constexpr std::array<MosquittoNumber, 7> kNumbers{
    {{"max_keepalive", "keepAliveMaxSeconds", std::nullopt, 65535},
     {"max_packet_size", "maxPacketSize", 268435460, 268435460},
     {"max_inflight_messages", "maxInFlight", 32767, 32767},
     {"max_queued_messages", "maxQueuedMessages", 2147483647},
     {"max_queued_bytes", "maxQueuedBytes", 1099511627776, 1099511627776},
     {"max_topic_alias", "topicAliasMaximum", std::nullopt, 65535},
     {"max_qos", "maxQos", std::nullopt, 2}}};

struct Reason {
    std::string_view key;
    std::string_view why;
};
/// What changes nothing that a device sees.
constexpr std::array<Reason, 17> kNoEffect{
    {{"pid_file", "the service manager knows the process"},
     {"user", "the service manager says whose the process is"},
     {"set_tcp_nodelay", "it is always so"},
     {"autosave_interval", "all is stored before it is acknowledged"},
     {"autosave_on_changes", "all is stored before it is acknowledged"},
     {"persistence_file", "the store has a folder of its own"},
     {"per_listener_settings", "each listener has its own"},
     {"allow_zero_length_clientid", "such devices get an identifier"},
     {"auto_id_prefix", "identifiers that are made up begin otherwise"},
     {"allow_duplicate_messages", "overlapping subscriptions bring a message once"},
     {"check_retain_source", "rules hold when a message is published"},
     {"connection_messages", "they are at the level info"},
     {"log_timestamp", "lines begin with the time"},
     {"log_timestamp_format", "lines begin with the time, in ISO 8601"},
     {"log_facility", "it is the daemon's"},
     {"websockets_log_level", "it is that of the log"},
     {"websockets_headers_size", "it is 16 KiB"}}};
constexpr std::array<Reason, 19> kLost{
    {{"include_dir", "give its files one by one"},
     {"sys_interval", "there are no $SYS topics: see /metrics and 'weft stat --mqtt'"},
     {"max_inflight_bytes", "maxQueuedBytes counts what is in flight, too"},
     {"memory_limit", "maxAllQueuedBytes and maxPublishBytes bound it"},
     {"queue_qos0_messages", "QoS 0 is for devices that are there"},
     {"upgrade_outgoing_qos", "a message keeps its publisher's QoS"},
     {"retain_expiry_interval", "give retained messages an expiry when they are published"},
     {"plugin", "there are no plug-ins: users, certificates, tokens and acl are of the gateway"},
     {"auth_plugin",
      "there are no plug-ins: users, certificates, tokens and acl are of the gateway"},
     {"psk_file", "TLS is spoken with certificates"},
     {"psk_hint", "TLS is spoken with certificates"},
     {"capath", "give one file of all authorities: cat *.pem > ca.pem"},
     {"mount_point", "give the listener's tenants a router of their own, or use acl"},
     {"http_dir", "no files are served"},
     {"bind_interface", "give the address of that interface"},
     {"use_username_as_clientid", "any user may have any identifier; use %u in acl"},
     {"tls_engine", "keys are files"},
     {"tls_engine_kpass_sha1", "keys are files"},
     {"websockets_origin", "see allowedOrigins"}}};
template <std::size_t N>
std::optional<std::string_view> reason(const std::array<Reason, N>& reasons, std::string_view key) {
    const auto found = std::ranges::find(reasons, key, &Reason::key);
    return found == reasons.end() ? std::nullopt : std::optional{found->why};
}

}  // namespace

const MosquittoNumber* mosquitto_number(std::string_view key) {
    const auto found = std::ranges::find(kNumbers, key, &MosquittoNumber::theirs);
    return found == kNumbers.end() ? nullptr : &*found;
}

std::optional<std::string_view> mosquitto_no_effect(std::string_view key) {
    return reason(kNoEffect, key);
}

std::string_view mosquitto_lost(std::string_view key) {
    return reason(kLost, key).value_or("nothing here is like it");
}

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional{value}
                                                                    : std::nullopt;
}

/// "14d", "1w" in seconds, at most kMosquittoForever.
std::optional<std::int64_t> mosquitto_duration(std::string_view text) {
    constexpr std::array<std::pair<char, std::int64_t>, 5> kUnits{
        {{'h', 3600}, {'d', 86400}, {'w', 604800}, {'m', 2592000}, {'y', 31536000}}};
    const auto unit = text.empty() ? kUnits.end()
                                   : std::ranges::find(kUnits, text.back(),
                                                       &std::pair<char, std::int64_t>::first);
    const auto count =
        unit == kUnits.end() ? std::nullopt : whole_number(text.substr(0, text.size() - 1));
    return !count || *count < 0
               ? std::nullopt
               : std::optional{std::min(std::min(*count, kMosquittoForever) * unit->second,
                                        kMosquittoForever)};
}

}  // namespace weft::tools
