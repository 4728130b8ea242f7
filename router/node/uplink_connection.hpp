#pragma once

#include "router/core/address.hpp"
#include "router/core/link.hpp"
#include "router/node/peer_connection.hpp"
#include "router/node/uplink_client.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace weft::node {

class Upstream;

/// A connection of an edge router to a router of the mesh. Once it is the active one it attaches a
/// sender and a receiver for what is sent to no link's address, hears which addresses have
/// consumers in the mesh, and has links of addresses as it is asked to. One that stands by has none
/// of that.
///
///   opening ──open──▶ standby ──chosen──▶ active
///      └────────────────┴─────────────────────┴── closed, cut, silent, or a link that it needs ──▶
///      lost
///
/// Invariants:
///   E1  `Upstream` hears `opened` once, with standby, and `gone` once, with lost, before any of
///       its deliveries looks for another way
///   E2  what the core has of a link that goes out is there from the attach on, and active while
///       the mesh is said to have consumers; of one that comes in, once the peer has answered
///
/// Threading: loop-confined (home's loop). Spec: docs/protocol.md
class UplinkConnection final : public PeerConnection {
public:
    /// All must outlive it.
    UplinkConnection(router::Core& core,
                     io::Transport& transport,
                     const std::shared_ptr<const PeerProfile>& profile,
                     PeerObserver& observer,
                     Upstream& upstream);

    bool is_active() const override { return life_ == Life::active; }
    /// It is the active one from now on.
    void activate();

    /// Attaches a link for the address of `key`, whose terminus has that capability; empty: none.
    /// What becomes of it `Upstream` hears, later. Null: the connection takes none now.
    amqp::Link* open_link(std::string_view key,
                          router::Direction direction,
                          const std::string& capability);
    /// One of those, which is not wanted any more.
    void close_link(amqp::Link& link);
    /// One that goes out: the mesh has consumers, or has none.
    void lead(amqp::Link& link, bool upstream);

    /// Of the active one: whether an address means links that are passed on.
    UplinkClient& look_ups() { return look_ups_; }
    /// The router's management.
    UplinkClient& management() { return management_; }

private:
    enum class Life : std::uint8_t { opening, standby, active, lost };
    enum class Kind : std::uint8_t {
        anonymous,
        downlink,
        tracking,
        heartbeat,
        proxy,
        look_up,
        management,
    };
    struct OwnLink {
        Kind kind;
        std::string key{};  // of a proxy
    };

    // endpoint::Connection
    void on_opened(const amqp::Open& open) override;
    void on_closed(bool by_peer, const amqp::ErrorView* error) override;
    void on_cut(std::string_view why) override;
    void on_gone(std::string_view why) override;
    void on_bytes(Bytes in, Instant now) override;

    // amqp::Handler
    void on_attach(amqp::Link& link, const amqp::Attach& attach) override;
    void on_detach(amqp::Link& link, bool closed, const amqp::ErrorView* error) override;
    bool on_over(amqp::Session& session) override;
    void on_window(amqp::Session& session) override;
    void on_transfer(amqp::Link& link,
                     const amqp::IncomingTransfer& transfer,
                     amqp::Context& context) override;
    void on_credit(amqp::Link& link) override;

    void read_properties(Bytes encoded);
    amqp::Link* ask(amqp::Session*& session, const amqp::Attach& wish, OwnLink own);
    // False: there is no room for it.
    bool attach_anonymous();
    bool attach_receiver(std::string_view address, std::string_view capability, Kind kind);
    void attach_heartbeat();
    void attach_client(std::string_view address, Kind kind);
    UplinkClient* client_of(const amqp::Link& link);
    void answered(amqp::Link& link, const OwnLink& own, const amqp::Attach& attach);
    void accept(amqp::Link& link, const amqp::Attach& attach);
    void start(amqp::Link& link, router::Link& ours);
    router::Link* join(amqp::Link& link, const router::AttachRequest& request);
    void take_tracking(amqp::Link& link, const amqp::IncomingTransfer& transfer);
    void beat();
    void lose();
    void fail(std::string_view what);
    std::string link_name();

    Upstream& upstream_;
    Life life_ = Life::opening;
    std::optional<Duration> pace_;  // of heartbeats, agreed on; nothing: the usual one
    Instant heard_{};
    io::Timer heart_;
    std::int32_t beats_ = 0;
    amqp::Link* heartbeat_ = nullptr;
    amqp::Session* words_ = nullptr;     // of tracking, heartbeats
    amqp::Session* messages_ = nullptr;  // of all else
    boost::unordered_flat_map<amqp::Link*, OwnLink> own_;
    UplinkClient look_ups_;
    UplinkClient management_;
    io::Timer patience_;  // with who does not answer
    Buffer word_;         // a tracking message of which the end has not come
    std::uint64_t next_name_ = 1;
};

}  // namespace weft::node
