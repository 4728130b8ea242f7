#include "router/node/peer_connection.hpp"

#include "common/io/loop.hpp"

#include <utility>

namespace weft::node {

PeerConnection::PeerConnection(router::Core& core,
                               io::Transport& transport,
                               std::shared_ptr<const PeerProfile> profile,
                               PeerObserver& observer,
                               router::Traits traits)
    : endpoint::Connection{transport, std::move(profile)},
      core_{core},
      observer_{observer},
      loop_{transport.loop()},
      routed_{core.connect(*this, traits)} {}

void PeerConnection::begin() {
    start(routed_.id);
    io::guard(transport(), [this] { observer_.on_made(*this); });  // else it is gone, in order
}

void PeerConnection::on_gone(std::string_view) {
    observer_.on_gone(*this);
    core_.disconnect(routed_);
}

// --- events → core ------------------------------------------------------------------------------

void PeerConnection::on_update(amqp::Link& link,
                               const amqp::DeliveryUpdate& update,
                               amqp::Context context) {
    if (router::Link* routed = routed_link(link)) {
        core_.on_update(*routed, update, context, now());
    }
}

void PeerConnection::on_drained(amqp::Link& link) {
    if (router::Link* routed = routed_link(link)) {
        core_.on_drained(*routed, now());
    }
}

void PeerConnection::on_writable() {
    core_.on_writable(routed_, now());
}

// --- core → engine ------------------------------------------------------------------------------

wire::Sent PeerConnection::transfer(router::Link& link,
                                    const router::OutgoingHead& head,
                                    Bytes payload,
                                    bool more) {
    wake();
    return link_of(link).send(head, payload, more);
}

void PeerConnection::abort(router::Link& link) {
    link_of(link).abort();
    wake();
}

void PeerConnection::update(router::Link& link, wire::DeliveryId id, Bytes state, bool settled) {
    link_of(link).update(id, state, settled);
    wake();
}

bool PeerConnection::reads_slowly(const router::Link&) const {
    return engine().is_crowded();
}

void PeerConnection::grant(router::Link& link, std::uint32_t credit, bool drain) {
    link_of(link).grant(credit, drain);
    wake();
}

void PeerConnection::drain(router::Link& link) {
    link_of(link).drain_told();
    wake();
}

void PeerConnection::drained(router::Link& link) {
    link_of(link).drained();
    wake();
}

void PeerConnection::hold(router::Link& link, std::ptrdiff_t bytes) {
    link_of(link).session().hold(bytes);
    wake();
}

void PeerConnection::spend(router::Link& link, std::size_t steps) {
    link_of(link).session().engine().spend(steps);
}

}  // namespace weft::node
