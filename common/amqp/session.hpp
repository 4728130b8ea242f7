#pragma once

#include "common/amqp/delivery_ring.hpp"
#include "common/amqp/dispositions.hpp"
#include "common/amqp/link.hpp"
#include "common/amqp/lives.hpp"
#include "common/amqp/numbered_table.hpp"
#include "common/amqp/owed_aborts.hpp"
#include "common/amqp/session_window.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace weft::amqp {

/// A session of a connection. Made by the engine; valid until its on_end, or until it was told to
/// end. Its calls do nothing once its connection is over.
///
/// Invariants:
///   N1  its life makes only the transitions of lives.hpp
///   N2  the handler hears of it, and of its links, only while it is begun or mapped
///
/// Threading: as the engine. Spec: AMQP 1.0 §2.5
class Session {
public:
    /// The handler's own word; the engine never looks at it.
    std::uintptr_t user = 0;

    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    Engine& engine() const { return engine_; }
    std::uint16_t channel() const { return channel_; }                // ours
    std::uint16_t remote_channel() const { return remote_channel_; }  // the peer's, once it began
    /// Transfer frames that the peer is ready to take now.
    std::uint32_t remote_window() const { return window_.remote(); }
    /// Transfer frames that the peer may still send by what we told it.
    std::uint32_t incoming_window() const { return window_.incoming(); }
    /// Unsettled deliveries, both directions.
    std::size_t unsettled() const { return incoming_.size() + outgoing_.size(); }

    // --- calls -----------------------------------------------------------------------------
    void end(const std::optional<ErrorView>& error);
    /// Attaches a link of our own; role and name are taken from `attach` (its handle is chosen by
    /// the engine). The peer's answer comes as on_attach; a refusal is
    /// an on_attach whose target (source) is absent, and an on_detach.
    /// Null if the peer's handle-max or links_max is reached, the name is in use, the session is
    /// over, or what can't be left out does not fit the peer's frames (512 bytes before its open).
    /// `passes`: see Passage; then nothing is left out.
    Link* attach(const Attach& attach, bool passes = false);
    /// `bytes` received are held by the handler (or, negative, no longer are): they take from the
    /// window that the peer may fill.
    void hold(std::ptrdiff_t bytes);
    /// Calls `visit(link)` with each that is asked for or attached; it may end none, and ask for
    /// none. O(links).
    template <class Visit>
    void each_link(Visit visit) const {
        links_.for_each([&visit](Link& link) {
            if (link.life_ == LinkLife::asked || link.life_ == LinkLife::attached) {
                visit(link);
            }
        });
    }

private:
    friend class Engine;
    friend class Link;
    friend class Passage;
    friend class Remains;
    friend class FlushQueue<Session>;

    Session(Engine& engine, std::uint16_t channel);

    // session.cpp: its life and its links
    void become(SessionLife life);
    bool live() const { return life_ <= SessionLife::mapped; }
    bool active() const;
    /// Our begin is sent and the peer's is not here.
    bool awaits_peer() const {
        return life_ == SessionLife::begun || life_ == SessionLife::withdrawn;
    }
    void write_begin(std::optional<std::uint16_t> remote_channel);
    void take_begin(std::uint16_t remote_channel, const Begin& begin);
    void write_end(const std::optional<ErrorView>& error);
    void take_end(const Ending& ending);
    void fail(std::string_view condition, std::string_view description);
    void report_gone(SessionLife life, const ErrorView* error);
    Link* add_link(const Attach& attach, bool receiver, LinkLife life);
    void remove_link(Link& link);

    // session_frames.cpp: what comes and goes on it
    void take(Performative which, Bytes fields);
    void take_attach(Bytes fields);
    void take_detach(Bytes fields);
    void take_transfer(Bytes fields);
    void take_flow(Bytes fields);
    void take_disposition(Bytes fields);
    void take_updates(Disposition disposition);
    void take_update(const Disposition& disposition, DeliveryId id, DeliveryRing::Entry& entry);
    void queue();
    void write_flow(Link* link);
    void write_dispositions();
    void write_due_aborts();
    DeliveryRing& ring(bool incoming) { return incoming ? incoming_ : outgoing_; }

    Engine& engine_;
    Session* next_queued_ = nullptr;
    NumberedTable<Link> links_;
    DeliveryRing incoming_;
    DeliveryRing outgoing_;
    Dispositions dispositions_;
    OwedAborts owed_aborts_;
    // The members after it stand in its last bytes, which it leaves free.
    [[no_unique_address]] SessionWindow window_;
    SessionLife life_ = SessionLife::begun;
    bool deliveries_came_ : 1 = false;  // next_incoming_delivery_ is known
    bool queued_ : 1 = false;           // for the next flush
    bool flow_due_ : 1 = false;
    bool awaits_window_ : 1 = false;  // a link's send stopped at the window
    std::uint16_t channel_;
    std::uint32_t next_incoming_delivery_ = 0;
    std::uint32_t next_outgoing_delivery_;
    std::uint32_t peer_handle_max_ = 0xffffffff;
    std::uint16_t remote_channel_ = 0;
};

}  // namespace weft::amqp
