#include "tests/simulation/mesh_sim_wire.hpp"

#include <algorithm>
#include <utility>

namespace weft::router {
namespace {

constexpr std::uint16_t kCapacity = 250;
constexpr std::size_t kFrameHead = 20;

}  // namespace

WireEnd::WireEnd(Core& core, const Instant& now, Options options)
    : core_{core},
      now_{now},
      options_{std::move(options)},
      connection_{core.connect(*this, Traits::of_router())},
      trunk_{core.routes().add_trunk(connection_, /*weft=*/true)} {
    trunk_.expands = options_.expands;
}

WireEnd::~WireEnd() {
    core_.routes().remove_trunk(connection_);
    core_.disconnect(connection_);
}

void WireEnd::expect(bool condition, const char* what) {
    if (!condition) {
        faults.emplace_back(what);
    }
}

void WireEnd::join(WireEnd& one, WireEnd& other) {
    one.other_ = &other;
    other.other_ = &one;
    for (WireEnd* end : {&one, &other}) {
        for (const std::uint8_t priority : end->options_.priorities) {
            end->attach_out(priority);
        }
    }
}

void WireEnd::attach_out(std::uint8_t priority) {
    const std::uint32_t number = next_link_++;
    Outgoing& link = out_[number];
    link.link = &core_.routes().attach(trunk_, Direction::out, priority, kCapacity, number);
    core_.activate(*link.link, now_);
    other_->attach_in(number, priority);
}

void WireEnd::attach_in(std::uint32_t number, std::uint8_t priority) {
    Incoming& link = in_[number];
    link.link = &core_.routes().attach(trunk_, Direction::in, priority, kCapacity, number);
    core_.activate(*link.link, now_);
}

void WireEnd::down() {
    down_ = true;
    queue_.clear();
    for (auto& entry : out_) {
        core_.detach(*entry.second.link, now_);
    }
    for (auto& [number, link] : in_) {
        core_.detach(*link.link, now_);
        expect(link.held == 0, "a link is gone, and bytes of it are held");
    }
}

void WireEnd::push(Frame frame) {
    if (!down_) {
        queued_bytes_ += frame.bytes.size() + kFrameHead;
        queue_.push_back(std::move(frame));
    }
}

void WireEnd::carry(std::size_t frames) {
    for (; frames > 0 && !queue_.empty() && !down_; --frames) {
        const Frame frame = std::move(queue_.front());
        queue_.pop_front();
        queued_bytes_ -= frame.bytes.size() + kFrameHead;
        other_->receive(frame);
    }
    if (queued_bytes_ < options_.room_bytes && std::exchange(awaits_room_, false)) {
        core_.on_writable(connection_, now_);
    }
}

// --- what comes in ------------------------------------------------------------------------------

void WireEnd::receive(const Frame& frame) {
    switch (frame.kind) {
        case Frame::Kind::transfer:
            receive_transfer(frame);
            break;
        case Frame::Kind::update:
            receive_update(frame);
            break;
        case Frame::Kind::flow:
            if (const auto at = out_.find(frame.link); at != out_.end()) {
                at->second.limit = frame.limit;
                core_.on_credit(*at->second.link, frame.limit - at->second.sent, false, now_);
            }
            break;
        case Frame::Kind::attach:
            receive_attach(frame);
            break;
        case Frame::Kind::attached:
            core_.activate(*out_.at(frame.link).link, now_);
            break;
        case Frame::Kind::refused:
            core_.detach(*out_.at(frame.link).link, now_);
            out_.erase(frame.link);
            break;
    }
}

void WireEnd::receive_attach(const Frame& frame) {
    const bool accepts = options_.accepts_streams;
    push({.kind = accepts ? Frame::Kind::attached : Frame::Kind::refused,
          .from_sender = false,
          .link = frame.link});
    if (accepts) {
        attach_in(frame.link, kPriorities);
    }
}

void WireEnd::receive_transfer(const Frame& frame) {
    Incoming& in = in_.at(frame.link);
    if (frame.first) {
        ++in.received;
        in.unwanted = false;
        in.context = 0;
        in.id = frame.id;
        if (!frame.settled) {
            unsettled_in_[frame.id] = {frame.link, 0};
        }
    }
    if (frame.aborted) {
        unsettled_in_.erase(frame.id);
    }
    in.receiving = frame.more;
    if (in.unwanted) {
        return;
    }
    core_.on_transfer(*in.link,
                      {{.id = in.id,
                        .first = frame.first,
                        .more = frame.more,
                        .settled = frame.settled || frame.aborted,
                        .aborted = frame.aborted,
                        .payload = frame.bytes},
                       {.presettled = frame.presettled}},
                      in.context, now_);
    if (const auto at = unsettled_in_.find(in.id); at != unsettled_in_.end()) {
        at->second.context = in.context;
    }
}

void WireEnd::receive_update(const Frame& frame) {
    auto& unsettled = frame.from_sender ? unsettled_in_ : unsettled_out_;
    const auto at = unsettled.find(frame.id);
    if (at == unsettled.end()) {
        return;  // it crossed ours
    }
    const Unsettled known = at->second;
    if (frame.settled) {
        unsettled.erase(at);
    }
    Link& link = frame.from_sender ? *in_.at(known.link).link : *out_.at(known.link).link;
    core_.on_update(link, {frame.id, frame.settled, frame.bytes}, known.context, now_);
}

// --- the core's wishes --------------------------------------------------------------------------

Sent WireEnd::transfer(Link& link, const OutgoingHead& head, Bytes payload, bool more) {
    Outgoing& out = out_.at(number_of(link));
    const Bytes prefix = out.sending ? Bytes{} : head.prefix;
    Sent sent{.started = out.sending, .id = out.id};
    if (payload.empty() && more && out.sending) {
        return sent;
    }
    expect(link.is_active(), "a delivery on a link that is not active");
    expect(out.sending || out.sent != out.limit, "a delivery without credit");
    bool first = !out.sending;
    Bytes rest = prefix;
    do {
        if (queued_bytes_ >= options_.room_bytes && (first || rest.empty())) {
            awaits_room_ = true;
            return sent;
        }
        if (first) {
            ++out.sent;
            sent.id = out.id = next_id_++;
            if (!head.settled) {
                unsettled_out_[out.id] = {number_of(link), head.context};
            }
        }
        Frame frame{.link = number_of(link), .id = out.id, .first = first};
        frame.settled = head.settled;
        frame.presettled = head.provenance.presettled && first;
        const std::size_t of_rest = std::min(rest.size(), options_.frame_bytes_max);
        append(frame.bytes, rest.first(of_rest));
        rest = rest.subspan(of_rest);
        const std::size_t size = std::min(payload.size(), options_.frame_bytes_max - of_rest);
        append(frame.bytes, payload.first(size));
        payload = payload.subspan(size);
        sent.taken += size;
        frame.more = out.sending = more || !payload.empty() || !rest.empty();
        push(std::move(frame));
        sent.started = true;
        first = false;
    } while (!payload.empty() || !rest.empty());
    sent.complete = !more;
    return sent;
}

void WireEnd::abort(Link& link) {
    Outgoing& out = out_.at(number_of(link));
    expect(out.sending, "an abort of nothing");
    out.sending = false;
    unsettled_out_.erase(out.id);
    push({.link = number_of(link), .id = out.id, .aborted = true});
}

void WireEnd::update(Link& link, DeliveryId id, Bytes state, bool settled) {
    const bool sender = link.direction == Direction::out;
    auto& unsettled = sender ? unsettled_out_ : unsettled_in_;
    expect(unsettled.contains(id), "an update of a delivery that is settled");
    if (settled) {
        unsettled.erase(id);
        if (!sender) {
            Incoming& in = in_.at(number_of(link));
            in.unwanted = in.unwanted || (in.receiving && in.id == id);
        }
    }
    push({.kind = Frame::Kind::update,
          .from_sender = sender,
          .link = number_of(link),
          .id = id,
          .settled = settled,
          .bytes = Buffer(state.begin(), state.end())});
}

void WireEnd::grant(Link& link, std::uint32_t credit, bool drain) {
    expect(!drain, "a neighbour is asked to drain");
    expect(credit == kCapacity || link.streams, "a neighbour's credit has shrunk");
    push({.kind = Frame::Kind::flow,
          .from_sender = false,
          .link = number_of(link),
          .limit = in_.at(number_of(link)).received + credit});
}

void WireEnd::drain(Link& link) {
    grant(link, 0, /*drain=*/true);
}

void WireEnd::drained(Link&) {
    expect(false, "a neighbour's credit is used up though it did not ask");
}

void WireEnd::hold(Link& link, std::ptrdiff_t bytes) {
    Incoming& in = in_.at(number_of(link));
    in.held += bytes;
    expect(in.held >= 0, "less than nothing is held");
}

bool WireEnd::attach(Link& link) {
    const std::uint32_t number = next_link_++;
    link.port_link = number;
    out_[number].link = &link;
    push({.kind = Frame::Kind::attach, .link = number});
    return true;
}

}  // namespace weft::router
