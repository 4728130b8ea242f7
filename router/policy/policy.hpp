#pragma once

#include "common/base/result.hpp"
#include "router/policy/vhosts.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace weft::policy {

/// What all connections hear that are not let in, and links and sessions; scripts look for it.
inline constexpr std::string_view kConnectionDisallowed = "connection disallowed by local policy";
inline constexpr std::string_view kSessionDisallowed = "session disallowed by local policy";
inline constexpr std::string_view kLinkDisallowed = "link disallowed by local policy";

// What lets a peer have what it did not get: for operators.
inline constexpr std::string_view kConnectionRemedy =
    "look at users, remoteHosts and limits of the vhost (weft stat --vhosts --vhostgroups)";
inline constexpr std::string_view kSessionRemedy =
    "raise maxSessions of the group, or let the client begin fewer";
inline constexpr std::string_view kLinkRemedy =
    "let the group have it by sources, targets, its flags or limits (weft stat --vhostgroups)";
inline constexpr std::string_view kMessageRemedy =
    "let the group have the address among its targets, or allowUserIdProxy";
inline constexpr std::string_view kSizeRemedy =
    "raise maxMessageSize of the group, its vhost or the policy";
inline constexpr std::string_view kTargetViolation = "policy violation on target";
inline constexpr std::string_view kUserIdViolation = "user_id proxy violation";

/// Who wants to be let in.
struct Caller {
    std::uint64_t connection = 0;  // its number in the log
    std::string user{};
    std::string host{};   // its address
    std::string vhost{};  // the host that its open names, or its listener's policyVhost
    std::string name{};   // "10.1.1.1:49152", as management shows it
};

/// What was refused.
enum class Denial : std::uint8_t { session, sender, receiver, message_size };

/// Refusals, of a vhost or of all.
struct Denials {
    std::uint64_t connections = 0;
    std::uint64_t sessions = 0;
    std::uint64_t senders = 0;
    std::uint64_t receivers = 0;
    std::uint64_t message_sizes = 0;

    void count(Denial what);
    std::uint64_t links() const { return senders + receivers; }
    std::uint64_t total() const { return connections + sessions + links() + message_sizes; }
};

/// What has become of those who asked for one vhost.
struct VhostStats {
    /// The numbers of open connections by user, or by remote host.
    using Open = std::map<std::string, std::set<std::uint64_t>, std::less<>>;

    std::uint64_t approved = 0;
    std::uint64_t current = 0;
    Denials denied{};
    Open by_user{};
    Open by_host{};
};

/// Who is let in, by which rules, and who is in: the vhosts and the connections that count.
///
///   a connection    ──connect──▶ counted ──disconnect──▶ gone
///                                   └──reconsider──▶ counted, elsewhere perhaps, or gone
///
///   P1  of a vhost, `current` is what its users have open, and what its hosts have
///   P2  who is counted is counted of a vhost that there is, or was
///
/// Threading: not shared.
class Policy {
public:
    explicit Policy(PolicyConfig config)
        : config_{std::move(config)}, vhosts_{config_.name_patterns} {}

    const PolicyConfig& config() const { return config_; }
    const Vhosts& vhosts() const { return vhosts_; }

    /// In place of the vhost of that name, if there is one. Errors: as VhostRules::compile and
    /// Vhosts::put; nothing is changed then.
    [[nodiscard]] Result<void> put(VhostConfig vhost, const HostAddresses& addresses = {});
    bool remove(std::string_view hostname);

    /// The rules that hold for the caller, who is counted. Errors: amqp:resource-limit-exceeded;
    /// the text is for the log, the caller hears kConnectionDisallowed.
    [[nodiscard]] Result<std::shared_ptr<const Rules>> connect(Caller caller);
    /// As it would be let in now, if it is counted: it has changed places, or is gone. Errors: as
    /// connect, and amqp:not-found: it is not counted.
    [[nodiscard]] Result<std::shared_ptr<const Rules>> reconsider(std::uint64_t connection);
    void disconnect(std::uint64_t connection);
    /// Of what this router dials; null: the vhost has no group $connector.
    std::shared_ptr<const Rules> of_connector(std::string_view vhost) const;

    /// `vhost`: whose rules refused it.
    void count(Denial what, std::string_view vhost);
    /// A connection that came in when there were too many.
    void count_surplus() { ++all_.connections; }
    const Denials& denials() const { return all_; }
    using AllStats = std::map<std::string, VhostStats, std::less<>>;
    /// By vhost.
    const AllStats& stats() const { return stats_; }
    /// Null: there is no such vhost.
    const VhostStats* stats_of(std::string_view vhost) const;
    /// What a connection that is counted is called.
    std::string_view name_of(std::uint64_t connection) const;

private:
    struct Entry {
        Caller caller;
        std::string vhost;  // whose rules hold
    };

    std::shared_ptr<const VhostRules> vhost_for(std::string_view host) const;
    std::string surplus(const VhostRules& vhost,
                        const GroupConfig& group,
                        const Caller& caller) const;
    tl::unexpected<Error> denied(VhostStats* stats, const Caller& caller, std::string_view why);
    void forget(const Entry& entry);

    PolicyConfig config_;
    Vhosts vhosts_;
    std::unordered_map<std::uint64_t, Entry> connections_;
    AllStats stats_;
    Denials all_;
};

}  // namespace weft::policy
