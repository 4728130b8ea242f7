#include "common/amqp/engine.hpp"
#include "common/amqp/hot_reader.hpp"
#include "common/amqp/hot_writer.hpp"
#include "common/base/conditions.hpp"
#include "common/base/serial.hpp"

/// Spec: AMQP 1.0 §2.6.12, §2.7.6
namespace weft::amqp {
namespace {

/// Bytes of a disposition frame besides its state, at most.
constexpr std::size_t kDispositionHeadMax = 48;
/// Bytes of a state that go into a frame as HotWriter writes it.
constexpr std::size_t kStateShortMax = 200;

/// A state whose fields are left out, because they don't fit the peer's frames: the outcome stays.
Buffer bare(Bytes state) {
    const bool known = state.size() > 3 && state[0] == 0 &&
                       static_cast<wire::Code>(state[1]) == wire::Code::smallulong;
    return known ? Buffer{0, state[1], state[2], static_cast<std::uint8_t>(wire::Code::list0)}
                 : Buffer{};
}

}  // namespace

void Engine::take_disposition(Session& session, Bytes fields) {
    Disposition disposition;
    if (!read_hot(fields, disposition)) {
        const Result<Disposition> decoded = decode_disposition(fields);
        if (!decoded) {
            fail_connection(decoded.error());
            return;
        }
        disposition = *decoded;
    }
    const DeliveryId first = disposition.first;
    if (first != disposition.last && !precedes(first, disposition.last)) {
        fail_session(session, kInvalidField, "a disposition ends before it starts");
        return;
    }
    DeliveryRing& ring = disposition.receiver ? session.outgoing_ : session.incoming_;
    ring.for_range(
        disposition.first, disposition.last, [&](DeliveryId id, DeliveryRing::Entry* entry) {
            if (!active(session)) {
                return;  // the handler ended it, or the next lines
            }
            updates_ += disposition.settled ? 0 : 1;
            state_bytes_ += disposition.state.size() > DispositionBatch::kStateMax
                                ? disposition.state.size()
                                : 0;
            if (updates_ > kUpdatesMax || state_bytes_ > kStateBytesMax) {
                fail_session(session, kResourceLimitExceeded,
                             "too many dispositions at once that settle nothing, or say much");
                return;
            }
            Link& link = *entry->link;
            const Context context = entry->context;
            if (disposition.settled) {
                ring.erase(id, entry);
                --link.unsettled_;
                if (link.receiver_ && link.in_delivery_ && link.delivery_ == id) {
                    link.delivery_settled_ = true;
                }
            }
            handler_.on_update(link, {id, disposition.settled, disposition.state}, context);
        });
}

void Engine::update(Link& link, DeliveryId id, Bytes state, bool settled) {
    if (!active(link)) {
        return;
    }
    Session& session = *link.session_;
    DeliveryRing& ring = link.receiver_ ? session.incoming_ : session.outgoing_;
    DeliveryRing::Entry* entry = ring.find(id);
    if (entry == nullptr || entry->link != &link) {
        return;
    }
    if (settled) {
        ring.erase(id, entry);
        --link.unsettled_;
        if (link.receiver_ && link.in_delivery_ && link.delivery_ == id) {
            link.delivery_dropped_ = true;
        }
    }
    DispositionBatch& batch = link.receiver_ ? session.as_receiver_ : session.as_sender_;
    if (!batch.add(id, state, settled)) {
        write_disposition(session, link.receiver_, batch);
        batch.clear();
        if (!batch.add(id, state, settled)) {
            write_disposition(session, link.receiver_, id, id, state, settled);
        }
    }
    queue_session(session);
}

void Engine::write_dispositions(Session& session) {
    write_disposition(session, true, session.as_receiver_);
    session.as_receiver_.clear();
    write_disposition(session, false, session.as_sender_);
    session.as_sender_.clear();
}

void Engine::write_disposition(Session& session, bool receiver, const DispositionBatch& batch) {
    if (!batch.empty()) {
        write_disposition(session, receiver, batch.first(), batch.last(), batch.state(),
                          batch.settled());
    }
}

void Engine::write_disposition(
    Session& session, bool receiver, DeliveryId first, DeliveryId last, Bytes state, bool settled) {
    if (state.size() > kStateShortMax) {
        write_large_disposition(session, receiver, first, state, settled);
        return;
    }
    std::uint8_t* const frame = output_.reserve(kDispositionHeadMax + state.size());
    HotWriter parts{frame, session.channel_, Performative::disposition};
    parts.boolean(receiver);
    parts.uint(first);
    if (first == last) {
        parts.nulls(1);
    } else {
        parts.uint(last);
    }
    parts.boolean(settled);
    parts.raw(state);
    parts.end_list(5);
    output_.commit(parts.end_frame());
    wrote_ = true;
}

void Engine::write_large_disposition(
    Session& session, bool receiver, DeliveryId id, Bytes state, bool settled) {
    const bool fits = state.size() + kDispositionHeadMax <= remote_frame_max_;
    const Buffer stripped = fits ? Buffer{} : bare(state);
    Buffer body;
    wire::Writer out{body};
    const auto list =
        out.begin_described_list(static_cast<std::uint64_t>(Performative::disposition));
    out.boolean(receiver);
    out.uint(id);
    out.null();
    out.boolean(settled);
    out.raw(fits ? state : Bytes{stripped});
    out.end(list);
    write_frame(0, session.channel_, body);
}

}  // namespace weft::amqp
