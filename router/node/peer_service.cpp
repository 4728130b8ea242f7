#include "router/node/peer_service.hpp"

#include <utility>

namespace weft::node {
namespace {

std::string_view stripped(const router_config::PeerConfig& config) {
    if (config.strip_in) {
        return config.strip_out ? "both" : "in";
    }
    return config.strip_out ? "out" : "no";
}

}  // namespace

PeerService::PeerService(router_config::PeerConfig peer,
                         MakeProfile make_profile,
                         Shard& home,
                         Placing placing)
    : peer_{peer},
      make_profile_{std::move(make_profile)},
      home_{home},
      placing_{std::move(placing)},
      profile_{std::make_shared<PeerProfile>(make_profile_(peer_))} {}

void PeerService::change_cost(int cost) {
    peer_.cost = cost;
    profile_ = std::make_shared<PeerProfile>(make_profile_(peer_));
}

std::unique_ptr<io::Protocol> PeerService::speak(io::Transport& transport,
                                                 std::weak_ptr<io::Connector> dialler) {
    auto connection = home_.make_connection(transport, profile_);
    connection->dialled_by(std::move(dialler));
    return connection;
}

io::Claim PeerService::claim() const {
    return peer_.role == router_config::Role::normal ? io::Claim::client : io::Claim::router;
}

void PeerService::show(mgmt::Attributes& row) const {
    row.set("role", name_of(peer_.role));
    row.set("cost", std::int64_t{peer_.cost});
    row.set("stripAnnotations", stripped(peer_));
    row.set("linkCapacity", peer_.link_capacity);
    if (!peer_.policy_vhost.empty()) {
        row.set("policyVhost", peer_.policy_vhost);
    }
    row.set("messageLoggingComponents", "none");
    if (profile_->engine.server) {
        row.set("multiTenant", peer_.multi_tenant);
    } else {
        row.set("allowRedirect", true);
    }
}

}  // namespace weft::node
