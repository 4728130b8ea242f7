#pragma once

#include "common/amqp/engine.hpp"
#include "common/io/transport.hpp"
#include "router/core/core.hpp"
#include "router/linkstate/link_state.hpp"
#include "router/node/listener_options.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::router {

class Mesh;

/// Control messages that a neighbour may send ahead.
inline constexpr std::uint32_t kControlCredit = 250;

/// What management shows of a link for control messages.
struct ControlLink {
    const amqp::Link* link = nullptr;
    std::uint64_t messages = 0;   // passed
    std::size_t undelivered = 0;  // waiting for credit or room
};

/// The links of a connection to another router: control and data.
///
/// The side that dialled begins the sessions and attaches: one pair of control links, one pair of
/// data links for each priority. Either side may attach further ones for streams. When one of the
/// first is lost, the neighbour is: its connection is closed.
///
/// Threading: loop-confined. Spec: docs/protocol.md
class Neighbour final : private TrunkPort {
public:
    /// Unsent bytes of control messages at which a peer that does not read them is given up.
    static constexpr std::size_t kControlUnsentMax = 2 * linkstate::kControlMessageMax;
    /// Memory that is kept for the next control message of several frames.
    static constexpr std::size_t kIncomingKept = std::size_t{256} * 1024;

    /// All must outlive it. `routed` is the core's connection, of kind neighbour.
    Neighbour(Core& core,
              amqp::Engine& engine,
              io::Transport& transport,
              Connection& routed,
              Mesh& mesh,
              const ListenerOptions& options);

    /// Bytes came from the peer.
    void note_life(Instant now) { heard_ = now; }
    Instant heard() const { return heard_; }
    /// When the last frame came of a control message that goes on.
    Instant heard_part() const { return heard_part_; }
    /// The peer's open came; a client attaches now.
    void on_open(const amqp::Open& open);
    void on_attach(amqp::Link& link, const amqp::Attach& attach);
    /// Of any link of the connection; `error`: what the peer says, if it does.
    void on_detach(amqp::Link& link, const amqp::ErrorView* error);
    /// Runs `up` once messages can flow both ways, `failed` when it gives the connection up.
    void watch(std::function<void()> up, std::function<void(std::string_view why)> failed) {
        on_up_ = std::move(up);
        on_failed_ = std::move(failed);
    }
    bool is_control(const amqp::Link& link) const {
        return &link == control_in_ || &link == control_out_;
    }
    void on_control(const amqp::IncomingTransfer& transfer);
    /// The control link may have credit, or the connection room.
    void resume() { send_waiting(); }
    /// The connection is gone or about to be: its paths are taken back.
    void lost();
    /// Ends the connection without waiting for a peer that does not answer.
    void drop(std::string_view why) { transport_.abort(why); }
    /// The connection is gone with all its links.
    void gone();

    /// A whole control message, sent settled, now or when there is credit. False: the peer reads
    /// none of them, so that too much waits.
    [[nodiscard]] bool send(Bytes message);
    linkstate::PeerLink number() const { return number_; }
    /// The greater of both sides'.
    std::uint32_t cost() const { return std::max(own_cost_, peer_cost_); }
    void set_own_cost(std::uint32_t cost) { own_cost_ = cost; }
    /// Whether the listener `name` brought it, or the connector (`dialled`).
    bool came_by(std::string_view name, bool dialled) const {
        return options_.name == name && options_.engine.server != dialled;
    }
    bool is_weft() const { return weft_; }
    const Connection& routed() const { return routed_; }
    /// Those that stand, for management: in, then out.
    std::vector<ControlLink> control_links() const;

private:
    bool open_stream(Link& link) override;

    void attach_all();
    void attach_pair(std::string_view capability);
    amqp::Link* attach(amqp::Session& session, bool receiver, std::string_view capability);
    void attached(amqp::Link& link, bool control);
    void attached_data(amqp::Link& link);
    void refuse(amqp::Link& link, std::string_view what);
    void fail(std::string_view description);
    void send_waiting();
    void start_if_ready();
    std::string link_name();

    Core& core_;
    amqp::Engine& engine_;
    io::Transport& transport_;
    Connection& routed_;
    Mesh& mesh_;
    const ListenerOptions& options_;
    Trunk* trunk_ = nullptr;
    linkstate::PeerLink number_ = 0;
    std::uint32_t own_cost_;
    std::uint32_t peer_cost_ = 1;
    Instant heard_{};
    Instant heard_part_{};
    std::function<void()> on_up_;
    std::function<void(std::string_view)> on_failed_;
    bool weft_ = false;
    bool up_ = false;
    bool lost_ = false;
    std::vector<amqp::Link*> asked_;  // our attaches that the peer has not answered
    amqp::Link* control_in_ = nullptr;
    amqp::Link* control_out_ = nullptr;
    std::uint8_t data_in_ = 0;  // attached so far: the next one's priority
    std::uint8_t data_out_ = 0;
    Buffer incoming_;             // of a control message of which the end has not come
    std::deque<Buffer> waiting_;  // control messages; of the first, `sent_` bytes are gone
    std::size_t sent_ = 0;
    std::size_t waiting_bytes_ = 0;
    std::uint64_t control_received_ = 0;
    std::uint64_t control_sent_ = 0;
    std::uint64_t next_name_ = 1;
};

}  // namespace weft::router
