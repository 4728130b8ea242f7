#pragma once

#include "common/amqp/delivery.hpp"
#include "common/amqp/link.hpp"
#include "common/amqp/performatives.hpp"

#include <optional>

namespace weft::amqp {

/// The calls for a link that passes: whose peer speaks with somebody behind us, not with us.
///
/// What its peer says comes as Handler::on_passed, what the other says goes out as it is given
/// here: only handles, delivery ids and the session's numbers are ours. Neither credit nor
/// settlement is judged, added or kept back; a flow or a detach of the peer's is answered by nobody
/// but the handler. Attach, accept, refuse, detach and update are called on the link itself.
///
/// Threading: as the engine. Spec: AMQP 1.0 §2.6, §2.7
class Passage {
public:
    explicit Passage(Link& link) : link_{link} {}

    /// From now on the link passes. What its peer said of credit is returned, counted from the next
    /// delivery on. Its attach was not answered yet; or it is attached, and in no delivery: those
    /// before are changed by Link::update and Handler::on_update as ever.
    [[nodiscard]] std::optional<Flow> begin();
    /// The id of the next delivery of the link's direction, if it is the next of its session.
    DeliveryId next_delivery() const;
    /// Sends the next frame of a delivery, in several if the peer's are smaller; its delivery-id is
    /// not looked at. False: the session's window or the output takes no more now. `transfer` and
    /// `payload` are what is left then, to be given again after on_window or on_writable; nothing
    /// else may be sent before.
    [[nodiscard]] bool transfer(Transfer& transfer, Bytes& payload, Context context);
    /// The peer detached, and waits for the handler's detach.
    bool owes_detach() const { return link_.life_ == LinkLife::answering; }
    /// The id of the delivery that was begun last.
    DeliveryId delivery() const { return link_.delivery_; }
    /// We send: goes out behind the transfers so far. False: the output takes no more now, nothing
    /// was written, and on_writable follows.
    /// We receive: goes out with the next flush, if no later one is given before; always true.
    [[nodiscard]] bool flow(const Flow& flow);
    /// As Link::update; what is said in a transaction goes out before any transfer that follows,
    /// and so before the transaction's end. False: it settles nothing, and the output takes no more
    /// now; nothing was written, and on_writable follows.
    [[nodiscard]] bool update(const DeliveryUpdate& update);

private:
    bool has_room();
    void write(const Transfer& transfer, Bytes& payload, Context context);
    void write_hot(const Transfer& transfer, Bytes state, bool first, Bytes& payload);
    void write_long(const Transfer& transfer, bool first, Bytes& payload);
    void count(const Transfer& transfer, Context context);
    void write_whole(const Flow& flow);

    Link& link_;
};

}  // namespace weft::amqp
