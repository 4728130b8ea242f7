#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What a configuration says of who may do what. Names are those of Qpid Dispatch's management.
/// All values: not shared, no thread.
namespace weft::policy {

/// The group whose rules users of no group have, if the vhost lets them in.
inline constexpr std::string_view kDefaultGroup = "$default";
/// The group whose rules a connector has that names the vhost as its `policyVhost`.
inline constexpr std::string_view kConnectorGroup = "$connector";
/// In the name of an address it stands for the user's name.
inline constexpr std::string_view kUserToken = "${user}";

inline constexpr std::uint32_t kConnectionsDefault = 65535;
inline constexpr std::uint32_t kLinksDefault = std::numeric_limits<std::int32_t>::max();

/// Most entries of one list of a group (users, hosts, names of one kind), and of the aliases of a
/// vhost.
inline constexpr std::size_t kEntriesMax = 100'000;

/// Rules for the users of one group.
struct GroupConfig {
    std::string name;
    std::vector<std::string> users{};         // "*": whoever is in no other group
    std::vector<std::string> remote_hosts{};  // "10.1.1.1", "10.0.0.0-10.0.255.255", "a.b", "*"
    // Instead of what the vhost says, if they say something.
    std::optional<std::uint32_t> connections_per_user{};
    std::optional<std::uint32_t> connections_per_host{};
    std::optional<std::uint64_t> max_message_size{};  // bytes; 0: any

    // 0: as the listener has it.
    std::uint32_t max_frame_size = 0;      // bytes
    std::uint64_t max_session_window = 0;  // bytes
    std::uint32_t max_sessions = 0;

    std::uint32_t max_senders = kLinksDefault;
    std::uint32_t max_receivers = kLinksDefault;
    bool dynamic_source = false;
    bool anonymous_sender = false;
    bool user_id_proxy = false;
    bool waypoint_links = true;
    bool fallback_links = true;
    bool dynamic_link_routes = true;
    bool admin_status_update = true;

    // Of the two ways to name addresses only one is used in each direction.
    std::vector<std::string> sources{};  // "a", "a*", "*", "tmp-${user}"
    std::vector<std::string> targets{};
    std::vector<std::string> source_patterns{};  // "a/*/b", "${user}/#"
    std::vector<std::string> target_patterns{};

    bool operator==(const GroupConfig&) const = default;
};

/// Rules for connections whose open names one host.
struct VhostConfig {
    std::string name{};      // in management; empty: none of its own
    std::string hostname{};  // a pattern, if those are enabled
    std::vector<std::string> aliases{};
    std::uint32_t max_connections = kConnectionsDefault;
    std::uint32_t connections_per_user = kConnectionsDefault;
    std::uint32_t connections_per_host = kConnectionsDefault;
    std::optional<std::uint64_t> max_message_size{};  // bytes; 0: any; nothing: as the policy says
    bool allow_unknown_user = false;
    std::vector<GroupConfig> groups{};

    bool operator==(const VhostConfig&) const = default;
};

/// What is said of all vhosts.
struct PolicyConfig {
    bool enabled = false;                                 // vhosts are enforced
    bool name_patterns = false;                           // their names are patterns
    std::string default_vhost{"$default"};                // empty: none
    std::uint32_t max_connections = kConnectionsDefault;  // of all listeners; always enforced
    std::uint64_t max_message_size = 0;                   // bytes; 0: any
    std::string folder{};                                 // of files with vhosts; empty: none
};

}  // namespace weft::policy
