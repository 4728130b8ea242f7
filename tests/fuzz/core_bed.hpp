#pragma once

#include "common/io/loop.hpp"
#include "router/core/core.hpp"
#include "router/node/client_connection.hpp"
#include "router/node/linkroute/routed_list.hpp"
#include "router/node/memory_shares.hpp"
#include "router/node/peer_profile.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <utility>
#include <vector>

namespace weft::fuzz {

/// A core whose connections are in memory: no socket, no random source, and its time stands still.
/// All it has is small, so that a few messages reach its limits.
class CoreBed final : public node::PeerObserver {
public:
    /// Addresses: "any.a" and "any.b" are balanced, "near" is the closest one's, "many" and "lossy"
    /// are multicast, "none" is unavailable; every other one is balanced.
    CoreBed();
    ~CoreBed() override;

    io::Loop& loop() { return loop_; }
    router::Core& core() { return core_; }
    std::unique_ptr<io::Protocol> client(io::Transport& transport);
    /// Whether attaches of consumers are answered at once, or by `answer_attaches`.
    void answer_at_once(bool at_once) { at_once_ = at_once; }
    void answer_attaches();

    /// Each connection writes what it has, as at the end of a turn; then the core's books are
    /// right.
    void look();
    /// The work that was put off is done.
    void work();
    /// All connections are gone: so is all that was theirs.
    void check_empty();

private:
    // PeerObserver
    void on_made(node::PeerConnection& connection) override;
    void on_gone(node::PeerConnection& connection) override;
    bool others_know(node::ClientConnection& connection, const router::Link& link) override;
    node::RoutedList& routed_list() override { return routed_; }
    node::MemoryShares& attaches() override { return attaches_; }

    void audit() const;

    io::Loop loop_;
    router::Core core_;
    std::set<node::PeerConnection*> connections_;
    node::RoutedList routed_;
    node::MemoryShares attaches_{std::size_t{64} * 1024};
    bool at_once_ = true;
    std::vector<std::pair<node::ClientConnection*, std::uint64_t>> asked_;
};

/// Of connections that clients open, of such that routers open, and of such to other routers.
std::shared_ptr<const node::PeerProfile> client_profile();
std::shared_ptr<const node::PeerProfile> router_profile();
std::shared_ptr<const node::PeerProfile> dialling_profile();

}  // namespace weft::fuzz
