#include "router/policy/policy.hpp"

#include "common/base/conditions.hpp"
#include "router/policy/words.hpp"

#include <utility>

namespace weft::policy {
namespace {

std::size_t count_of(const VhostStats::Open& open, std::string_view name) {
    const auto known = open.find(name);
    return known == open.end() ? 0 : known->second.size();
}

void close(VhostStats::Open& open, std::string_view name, std::uint64_t connection) {
    if (const auto known = open.find(name); known != open.end()) {
        known->second.erase(connection);
        if (known->second.empty()) {
            open.erase(known);
        }
    }
}

}  // namespace

void Denials::count(Denial what) {
    switch (what) {
        case Denial::session:
            ++sessions;
            break;
        case Denial::sender:
            ++senders;
            break;
        case Denial::receiver:
            ++receivers;
            break;
        case Denial::message_size:
            ++message_sizes;
            break;
    }
}

Result<void> Policy::put(VhostConfig vhost, const HostAddresses& addresses) {
    std::string name = vhost.hostname;
    WEFT_TRY(VhostRules rules,
             VhostRules::compile(std::move(vhost), config_.max_message_size, addresses));
    auto put = vhosts_.put(std::move(rules));
    if (put) {
        stats_.try_emplace(std::move(name));
    }
    return put;
}

bool Policy::remove(std::string_view hostname) {
    if (!vhosts_.remove(hostname)) {
        return false;
    }
    const auto stats = stats_.find(hostname);
    if (stats != stats_.end() && stats->second.current == 0) {
        stats_.erase(stats);
    }
    return true;
}

std::shared_ptr<const VhostRules> Policy::vhost_for(std::string_view host) const {
    auto meant = vhosts_.meant_by(host);
    return meant == nullptr && !config_.default_vhost.empty() ? vhosts_.named(config_.default_vhost)
                                                              : meant;
}

/// Why the caller is one too many; empty: it is not.
std::string Policy::surplus(const VhostRules& vhost,
                            const GroupConfig& group,
                            const Caller& caller) const {
    const VhostStats& stats = stats_.at(vhost.config().hostname);
    const VhostConfig& limits = vhost.config();
    std::string why;
    const auto check = [&](std::uint64_t open, std::uint32_t max, std::string_view what) {
        if (open >= max) {
            why += (why.empty() ? "" : "; ") + std::string{what} + " has " + std::to_string(open) +
                   " connections open, and may have " + std::to_string(max);
        }
    };
    check(stats.current, limits.max_connections, "the vhost");
    check(count_of(stats.by_user, caller.user),
          group.connections_per_user.value_or(limits.connections_per_user), "the user");
    check(count_of(stats.by_host, caller.host),
          group.connections_per_host.value_or(limits.connections_per_host), "the remote host");
    return why;
}

tl::unexpected<Error> Policy::denied(VhostStats* stats,
                                     const Caller& caller,
                                     std::string_view why) {
    ++all_.connections;
    if (stats != nullptr) {
        ++stats->denied.connections;
    }
    return fail(kResourceLimitExceeded, "DENY AMQP Open for user " + quoted(caller.user) +
                                            ", rhost " + quoted(caller.host) + ", vhost " +
                                            quoted(caller.vhost) + ": " + std::string{why});
}

Result<std::shared_ptr<const Rules>> Policy::connect(Caller caller) {
    const auto vhost = vhost_for(caller.vhost);
    if (vhost == nullptr) {
        return denied(nullptr, caller, "no policy is defined for the vhost");
    }
    VhostStats& stats = stats_[vhost->config().hostname];
    auto rules = vhost->of_user(caller.user);
    if (rules == nullptr) {
        return denied(&stats, caller, "the user is in no group, and unknown users are denied");
    }
    if (!rules->lets_in_from(caller.host)) {
        return denied(&stats, caller,
                      "users of the group " + quoted(rules->group().name) +
                          " may not connect from this host");
    }
    if (const std::string why = surplus(*vhost, rules->group(), caller); !why.empty()) {
        return denied(&stats, caller, why);
    }
    ++stats.approved;
    ++stats.current;
    stats.by_user[caller.user].insert(caller.connection);
    stats.by_host[caller.host].insert(caller.connection);
    const std::uint64_t id = caller.connection;
    connections_[id] = {std::move(caller), vhost->config().hostname};
    return rules;
}

void Policy::forget(const Entry& entry) {
    const auto stats = stats_.find(entry.vhost);
    if (stats == stats_.end()) {
        return;
    }
    --stats->second.current;
    close(stats->second.by_user, entry.caller.user, entry.caller.connection);
    close(stats->second.by_host, entry.caller.host, entry.caller.connection);
    if (stats->second.current == 0 && vhosts_.named(entry.vhost) == nullptr) {
        stats_.erase(stats);  // P2: the last one of a vhost that is gone
    }
}

void Policy::disconnect(std::uint64_t connection) {
    if (auto node = connections_.extract(connection); !node.empty()) {
        forget(node.mapped());
    }
}

Result<std::shared_ptr<const Rules>> Policy::reconsider(std::uint64_t connection) {
    auto node = connections_.extract(connection);
    if (node.empty()) {
        return fail(kNotFound, "the connection is not counted");
    }
    forget(node.mapped());
    const std::string before = node.mapped().vhost;
    auto rules = connect(std::move(node.mapped().caller));
    if (rules && (*rules)->vhost() == before) {
        --stats_.at(before).approved;  // it was approved once
    }
    return rules;
}

std::shared_ptr<const Rules> Policy::of_connector(std::string_view vhost) const {
    const auto meant = vhost_for(vhost);
    return meant == nullptr ? nullptr : meant->of_group(kConnectorGroup);
}

void Policy::count(Denial what, std::string_view vhost) {
    all_.count(what);
    if (const auto stats = stats_.find(vhost); stats != stats_.end()) {
        stats->second.denied.count(what);
    }
}

const VhostStats* Policy::stats_of(std::string_view vhost) const {
    const auto known = stats_.find(vhost);
    return known == stats_.end() ? nullptr : &known->second;
}

std::string_view Policy::name_of(std::uint64_t connection) const {
    const auto known = connections_.find(connection);
    return known == connections_.end() ? std::string_view{} : known->second.caller.name;
}

}  // namespace weft::policy
