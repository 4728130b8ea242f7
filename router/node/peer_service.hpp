#pragma once

#include "common/daemon/listeners.hpp"
#include "common/daemon/service.hpp"
#include "router/config/router_config.hpp"
#include "router/node/peer_profile.hpp"
#include "router/node/shard.hpp"

#include <functional>
#include <memory>

namespace weft::node {

/// What the router makes of the connections of one listener or connector: clients', or those to
/// other routers. Threading: loop-confined (home's loop).
class PeerService final : public daemon::Service {
public:
    /// Of connections to come, by what the router's own settings are now.
    using MakeProfile = std::function<PeerProfile(const router_config::PeerConfig& peer)>;
    /// Takes a connection that came in to the loop that is to have it.
    using Place = std::function<void(io::Socket socket,
                                     const io::Security& security,
                                     std::shared_ptr<const PeerProfile> profile)>;

    /// The same for a WebSocket to come.
    using PlaceWebsocket =
        std::function<io::WebsocketPlace(std::shared_ptr<const PeerProfile> profile)>;
    /// Where what comes in goes; a connector's service needs none.
    struct Placing {
        Place socket;
        PlaceWebsocket websocket;
    };

    /// `home` and what `placing` refers to must outlive it.
    PeerService(router_config::PeerConfig peer,
                MakeProfile make_profile,
                Shard& home,
                Placing placing);

    /// All of a router's listeners and connectors have such a service.
    static PeerService& of(const daemon::OpenListener& open) { return of(*open.service); }
    static PeerService& of(daemon::Service& service) { return static_cast<PeerService&>(service); }

    const router_config::PeerConfig& peer() const { return peer_; }
    /// Of connections to come; those that stand are the mesh's.
    void change_cost(int cost);

    void accept(io::Socket socket, const io::Security& security) override {
        placing_.socket(std::move(socket), security, profile_);
    }
    std::unique_ptr<io::Protocol> speak(io::Transport& transport,
                                        std::weak_ptr<io::Connector> dialler) override;
    io::WebsocketPlace place_websocket() override { return placing_.websocket(profile_); }
    io::Claim claim() const override;
    void show(mgmt::Attributes& row) const override;

private:
    router_config::PeerConfig peer_;
    MakeProfile make_profile_;
    Shard& home_;
    Placing placing_;
    std::shared_ptr<const PeerProfile> profile_;
};

}  // namespace weft::node
