#pragma once

#include "common/amqp/delivery.hpp"
#include "common/amqp/options.hpp"
#include "common/amqp/performatives.hpp"

#include <memory>
#include <string_view>

namespace weft::amqp {

class Engine;
class Session;
class Link;

/// What an engine reports, in the order of the wire.
///
/// What is not overridden is not noticed; what a peer waits for (a SASL mechanism, an attach) is
/// refused. A handler may call its engine from any of these; it is never called from within a call
/// of its own (but for `abandon`), so nothing re-enters. All views die with the call. Delivery
/// states are described by numbers, even if the peer wrote symbols. After on_detach, on_over and
/// on_end the Link or Session is gone; after a detach or end of one's own nothing more of it comes.
/// Threading: as the engine.
class Handler {
public:
    virtual ~Handler() = default;

    /// Server: the client chose a mechanism. Answer with sasl_challenge or sasl_outcome, now or
    /// later.
    virtual void on_sasl_init(Engine& engine, std::string_view mechanism, Bytes response);
    virtual void on_sasl_response(Engine& engine, Bytes response);

    /// Server: the peer opened, and is answered next. What holds from now on, and is said in the
    /// answer, of frames, sessions and windows instead of the engine's options; null: those do. In
    /// `properties` an encoded map for the answer; empty: as at the start. The engine is not called
    /// from here.
    virtual std::shared_ptr<const Options> on_opening(const Open&, Buffer& /*properties*/) {
        return nullptr;
    }
    /// The peer opened. A server's engine answers with its own open by itself.
    virtual void on_open(const Open&) {}
    /// The connection is over but for bytes to write: `error` is the peer's, or ours if `by_peer`
    /// is false. Detach and end events for all that was open came before.
    virtual void on_close(bool /*by_peer*/, const ErrorView* /*error*/) {}

    /// The peer began a session (answered already), or answered ours.
    virtual void on_begin(Session&, const Begin&) {}
    /// It is over, and its links are. True: the handler has seen to all of them; false: on_detach
    /// tells it of each, which takes a while if they are many. on_end follows.
    virtual bool on_over(Session&) { return false; }
    virtual void on_end(Session&, const ErrorView* /*error*/) {}

    /// The peer attached: answer with accept or refuse, now or later. Or it answered our attach.
    virtual void on_attach(Link& link, const Attach& attach);
    /// The link is gone: detached by the peer, for a protocol error, or with its session or
    /// connection. Its deliveries are forgotten. Of one that passes and was detached by the peer it
    /// comes before the link is gone: Passage::owes_detach.
    virtual void on_detach(Link&, bool /*closed*/, const ErrorView* /*error*/) {}

    /// A frame of a delivery came. `context` is zero at the first one; what is stored there comes
    /// back with the later ones and with updates.
    virtual void on_transfer(Link&, const IncomingTransfer&, Context& /*context*/) {}
    /// The peer changed a delivery, of either direction. If it settled, the delivery is forgotten.
    virtual void on_update(Link&, const DeliveryUpdate&, Context /*context*/) {}
    /// Of a link that passes (passage.hpp), what its peer says as it says it: a frame of a delivery
    /// (`delivery_id` is given with each; `context` as in on_transfer), and the link's part of a
    /// flow. Of the other events it has on_attach, on_detach and on_update.
    virtual void on_passed(Link&, const Transfer&, bool /*first*/, Bytes /*payload*/, Context&) {}
    virtual void on_passed(Link&, const Flow&) {}
    /// We send on `link`: its credit or drain mode changed. Comes only after accept: credit that
    /// the peer gave before is seen on the link then.
    virtual void on_credit(Link&) {}
    /// A flow of the peer's for `link` has properties: the map, encoded. Before on_credit tells of
    /// what else it says. Of a link that passes they are in the flow.
    virtual void on_flow_properties(Link&, Bytes /*properties*/) {}
    /// We receive on `link`: the sender used up or gave back the credit that we drained.
    virtual void on_drained(Link&) {}
    /// After send took less than it was given: there is room again.
    virtual void on_writable() {}
    /// The same for the links of one session: it has window again.
    virtual void on_window(Session&) { on_writable(); }
};

}  // namespace weft::amqp
