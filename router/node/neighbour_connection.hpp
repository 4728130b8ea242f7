#pragma once

#include "router/linkstate/link_state.hpp"
#include "router/node/control_channel.hpp"
#include "router/node/mesh.hpp"
#include "router/node/neighbour.hpp"
#include "router/node/peer_connection.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weft::node {

/// A connection to another router: links for control messages and for data.
///
/// The side that dialled begins the sessions and attaches: one pair of control links, one pair of
/// data links for each priority. Either side may attach further ones for streams. When one of the
/// first is lost, the neighbour is: its connection is closed.
///
///   opening ──open──▶ attaching ──control both ways──▶ up
///      └─────────────────┴──────── a link or the transport goes ──┴──▶ lost
///
/// Invariants:
///   N1  the mesh hears link_up once, with `up`, and link_down once, with `lost`
///   N2  the mesh hears once, too, that it carries messages: with a data link to the peer
///   N3  the core's trunk stands from the peer's open until all links are gone
///
/// Threading: loop-confined. Spec: docs/protocol.md
class NeighbourConnection final : public PeerConnection, public Neighbour {
public:
    /// All must outlive it.
    NeighbourConnection(router::Core& core,
                        io::Transport& transport,
                        const std::shared_ptr<const PeerProfile>& profile,
                        PeerObserver& observer,
                        Mesh& mesh);

    // Neighbour
    const router::Connection& in_core() const override { return PeerConnection::in_core(); }
    RoutedLinks& routed_links() override { return PeerConnection::routed_links(); }
    Instant heard() const override { return heard_; }
    void hear() override { transport().read_now(); }
    Instant heard_part() const override { return heard_part_; }
    std::uint32_t cost() const override { return std::max(own_cost_, peer_cost_); }
    void set_own_cost(std::uint32_t cost) override { own_cost_ = cost; }
    bool came_by(std::string_view name, bool dialled) const override {
        return profile().name == name && outgoing() == dialled;
    }
    [[nodiscard]] bool send(Bytes message) override;
    void drop(std::string_view why) override { transport().abort(why); }
    std::vector<ControlLink> control_links() const override { return control_.links(); }

private:
    enum class Life : std::uint8_t { opening, attaching, up, lost };

    // endpoint::Connection
    void on_opened(const amqp::Open& open) override;
    void on_cut(std::string_view why) override;
    void on_gone(std::string_view why) override;
    void on_bytes(Bytes in, Instant now) override;

    // amqp::Handler
    void on_attach(amqp::Link& link, const amqp::Attach& attach) override;
    void on_detach(amqp::Link& link, bool closed, const amqp::ErrorView* error) override;
    void on_transfer(amqp::Link& link,
                     const amqp::IncomingTransfer& transfer,
                     amqp::Context& context) override;
    void on_credit(amqp::Link& link) override;
    void on_writable() override;

    // Port
    bool attach(router::Link& link) override;

    void read_properties(Bytes encoded);
    void attach_all();
    void attach_pair(std::string_view capability);
    amqp::Link* attach(amqp::Session& session, bool receiver, std::string_view capability);
    void accept(amqp::Link& link, const amqp::Attach& attach);
    void attached(amqp::Link& link);
    void attached_data(amqp::Link& link);
    void refuse(amqp::Link& link, std::string_view what);
    void on_control(const amqp::IncomingTransfer& transfer);
    /// Once messages can flow both ways; the data links follow in the same order on both sides.
    void start_if_ready();
    /// Its paths are taken back: the connection is gone or about to be.
    void lose();
    void fail(std::string_view description);
    std::string link_name();

    Mesh& mesh_;
    linkstate::PeerLink number_{};  // the mesh's; none until it is added
    Life life_ = Life::opening;
    bool weft_ = false;
    bool expands_ = false;  // see Trunk
    std::uint32_t own_cost_;
    std::uint32_t peer_cost_ = 1;
    Instant heard_{};
    Instant heard_part_{};
    ControlChannel control_{mesh_.control_memory()};
    router::Trunk* trunk_ = nullptr;  // null before the peer's open
    std::vector<amqp::Link*> asked_;  // our attaches that the peer has not answered
    std::uint8_t data_in_ = 0;        // attached so far: the next one's priority
    std::uint8_t data_out_ = 0;
    std::uint64_t next_name_ = 1;
};

}  // namespace weft::node
