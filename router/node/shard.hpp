#pragma once

#include "common/io/loop.hpp"
#include "common/io/security.hpp"
#include "router/config/router_config.hpp"
#include "router/core/core.hpp"
#include "router/exchange/distributor.hpp"
#include "router/node/edges.hpp"
#include "router/node/linkroute/routed_attaches.hpp"
#include "router/node/mesh.hpp"
#include "router/node/peer_connection.hpp"
#include "router/node/relay.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace weft::node {

class Containers;
class PolicyDesk;
class Upstream;

/// What one loop of the router has: a core, its connections, and the relay to the other loops.
/// Threading: loop-confined (its loop).
class Shard final : public PeerObserver {
public:
    using Connections = RoutedAttaches::Connections;

    /// Bytes of attaches and answers to them that wait for another loop, of all connections.
    static constexpr std::size_t kAttachesMax = std::size_t{64} * 1024 * 1024;

    /// `index` of `count`; `hand` gives slabs to other loops and may be empty if there are none.
    Shard(const router_config::NodeConfig& config,
          std::size_t index,
          std::size_t count,
          io::Loop& loop,
          Relay::Hand hand,
          RoutedAttaches::Hand hand_words);

    router::Core& core() { return core_; }
    const router::Core& core() const { return core_; }
    io::Loop& loop() const { return loop_; }
    /// Home's, which has the connections to other routers; null: there are none.
    void set_mesh(Mesh* mesh) { mesh_ = mesh; }
    Mesh* mesh() { return mesh_; }
    /// Home's, which has the connections to containers.
    void set_containers(Containers& containers) { containers_ = &containers; }
    /// Home's, which has the uplinks of an edge router.
    void set_upstream(Upstream& upstream);
    /// Another's: home hears where producers are.
    void tell_supply() { relay_->tell_supply(); }
    /// Home's.
    void set_exchanges(exchange::Distributor& exchanges) { exchanges_ = &exchanges; }
    /// Must outlive the connections.
    void set_policy_desk(PolicyDesk& desk) { policy_desk_ = &desk; }
    /// The rules for connections have changed: each has those of now, in slices.
    void review_connections() { review_from(0, /*is_begun=*/false); }
    const Connections& connections() const { return connections_; }
    /// Null: there are no other loops.
    const Relay* relay() const { return relay_.get(); }
    const MemoryShares& attaches() const { return attaches_; }
    /// Edge routers that are connected to the loop.
    Edges& edges() const { return *edges_; }
    /// Of links that are passed on.
    RoutedAttaches& routed_attaches() { return routed_attaches_; }
    const RoutedAttaches& routed_attaches() const { return routed_attaches_; }

    /// The protocol of a new transport: what its peer is, its profile says.
    std::unique_ptr<PeerConnection> make_connection(io::Transport& transport,
                                                    std::shared_ptr<const PeerProfile> profile);
    /// Makes one protocol, on this loop. `gone` is called once, on whatever loop: when its
    /// connection is gone, or with the factory's last copy if it made none. Threading: any thread.
    io::ProtocolFactory speak_once(std::shared_ptr<const PeerProfile> profile,
                                   std::function<void()> gone);
    /// A peer was accepted. Threading: any thread.
    void accept_on_loop(io::Socket socket, io::Security security, io::ProtocolFactory factory);
    /// What the relay of the loop `from` handed over.
    void receive(std::size_t from, Slab slab) {
        relay_->receive(from, std::move(slab), loop_.now());
    }
    void receive(std::size_t from, PairWords words) {
        routed_attaches_.receive(from, std::move(words));
    }
    /// Takes back all credit: the router is about to stop.
    void quiesce();
    void close_connections();
    /// Before it is destroyed: its loop outlives it, and the connections with that.
    void orphan_connections();

private:
    /// Work that was put off goes on, and what other loops are to have is handed over.
    /// `is_sockets`: it was a socket's turn.
    void end_turn(bool is_sockets);
    /// A turn of its own for what is left.
    void await_turn();
    void go_on();
    /// `is_begun`: the connection of that id has the new rules already.
    void review_from(std::uint64_t id, bool is_begun);
    bool relay_has_work() const { return relay_ && relay_->has_work(); }
    bool has_work() const {
        return relay_has_work() || routed_attaches_.has_work() ||
               (exchanges_ != nullptr && exchanges_->has_work());
    }
    void on_made(PeerConnection& connection) override;
    void on_gone(PeerConnection& connection) override;
    bool others_know(ClientConnection& connection, const router::Link& link) override;
    bool routes(PeerConnection& connection, amqp::Link& link, const amqp::Attach& attach) override {
        return routed_attaches_.routes(connection, link, attach);
    }
    bool refuses_part(const amqp::Session& session, Bytes state, const std::string& why) override {
        return routed_attaches_.refuses_part(session, state, why);
    }
    bool holds_credit(const amqp::Session& session) override {
        return routed_attaches_.holds_credit(session);
    }
    RoutedList& routed_list() override { return routed_attaches_.list(); }
    MemoryShares& attaches() override { return attaches_; }
    PolicyDesk* policy_desk() override { return policy_desk_; }
    void forget(const amqp::Link& link) override { routed_attaches_.forget(link); }
    void forget(const amqp::Session& session) override { routed_attaches_.forget(session); }

    io::Loop& loop_;
    router::Core core_;
    std::unique_ptr<Edges> edges_;
    MemoryShares attaches_{kAttachesMax};
    RoutedAttaches routed_attaches_;
    Mesh* mesh_ = nullptr;
    Containers* containers_ = nullptr;
    Upstream* upstream_ = nullptr;
    exchange::Distributor* exchanges_ = nullptr;
    PolicyDesk* policy_desk_ = nullptr;
    Connections connections_;
    std::unique_ptr<Relay> relay_;
    io::Timer ticker_;
    io::Timer next_turn_;
    io::Timer next_review_;
    bool awaits_turn_ = false;  // there is work for a turn of its own
};

}  // namespace weft::node
