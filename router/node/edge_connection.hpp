#pragma once

#include "router/node/client_connection.hpp"
#include "router/node/edge_tracker.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace weft::node {

class Edges;

/// A connection to an edge router, of a router of the mesh: its links are attached to addresses, as
/// a client's, and there are some more.
///
///   downlink    what is sent below `_edge/<id>/` anywhere in the mesh
///   tracking    whether others receive from what it sends to
///   heartbeats  that it is alive; one that has such a link and is silent is given up
///   look-up     whether links to an address pass whole
///
/// Clients' rules do not hold for it: it has its own for those behind it.
/// Threading: loop-confined (any loop). Spec: docs/protocol.md, "Edge routers"
class EdgeConnection final : public ClientConnection {
public:
    EdgeConnection(router::Core& core,
                   io::Transport& transport,
                   const std::shared_ptr<const PeerProfile>& profile,
                   PeerObserver& observer,
                   Edges& edges);
    ~EdgeConnection() override;

    /// It is to send heartbeats, and has not for too long.
    bool is_silent(Instant now) const;
    /// Closes it as such.
    void give_up();

private:
    std::shared_ptr<const amqp::Options> on_opening(const amqp::Open& open,
                                                    Buffer& properties) override;
    void on_attach(amqp::Link& link, const amqp::Attach& attach) override;
    void on_detach(amqp::Link& link, bool closed, const amqp::ErrorView* error) override;
    bool on_over(amqp::Session& session) override;
    void on_closed(bool by_peer, const amqp::ErrorView* error) override;
    void on_gone(std::string_view why) override;
    void on_transfer(amqp::Link& link,
                     const amqp::IncomingTransfer& transfer,
                     amqp::Context& context) override;
    void on_credit(amqp::Link& link) override;
    void on_window(amqp::Session& session) override;
    void on_writable() override;
    void tell_reach(router::Link& link, bool others) override;

    void attach_downlink(amqp::Link& link, const amqp::Attach& attach);
    bool attach_service(amqp::Link& link, const amqp::Attach& attach, std::string_view address);
    void take_heartbeat(amqp::Link& link, const amqp::IncomingTransfer& transfer);
    void take_look_up(amqp::Link& link, const amqp::IncomingTransfer& transfer);
    template <class Ends>
    void forget_services(Ends ends);
    void leave();

    Edges& edges_;
    bool listed_ = true;              // among the edges
    std::optional<Duration> pace_{};  // of heartbeats, agreed on
    Instant beat_{};                  // the last one
    amqp::Link* heartbeats_ = nullptr;
    amqp::Link* look_ups_ = nullptr;
    Buffer question_;  // of which the end has not come
    EdgeTracker tracker_;
};

}  // namespace weft::node
