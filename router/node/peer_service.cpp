#include "router/node/peer_service.hpp"

#include <utility>

namespace weft::router {
namespace {

std::string_view stripped(const PeerConfig& config) {
    if (config.strip_in) {
        return config.strip_out ? "both" : "in";
    }
    return config.strip_out ? "out" : "no";
}

}  // namespace

PeerService::PeerService(PeerConfig peer, MakeOptions make_options, Shard& home, Place place)
    : peer_{peer},
      make_options_{std::move(make_options)},
      home_{home},
      place_{std::move(place)},
      options_{std::make_shared<ListenerOptions>(make_options_(peer_))} {}

void PeerService::change_cost(int cost) {
    peer_.cost = cost;
    options_ = std::make_shared<ListenerOptions>(make_options_(peer_));
}

std::unique_ptr<io::Protocol> PeerService::speak(io::Transport& transport,
                                                 std::weak_ptr<io::Connector> dialler) {
    auto connection =
        std::make_unique<AmqpConnection>(home_.core(), transport, options_, home_, home_.mesh());
    connection->dialled_by(std::move(dialler));
    return connection;
}

void PeerService::show(mgmt::Attributes& row) const {
    row.set("role", name_of(peer_.role));
    row.set("cost", std::int64_t{peer_.cost});
    row.set("stripAnnotations", stripped(peer_));
    row.set("linkCapacity", peer_.link_capacity);
    row.set("messageLoggingComponents", "none");
    row.set(options_->engine.server ? "multiTenant" : "allowRedirect", false);
}

}  // namespace weft::router
