#include "tests/unit/core/fake_port.hpp"

#include "common/wire/codes.hpp"
#include "common/wire/writer.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace weft::router {
namespace {

bool is_live(std::uint64_t context, const Link& out, DeliveryId id) {
    const auto& branch = *reinterpret_cast<const Branch*>(context);
    return branch.has_begun() && branch.link == &out && branch.id == id;
}

bool is_live_in(std::uint64_t context, const Link& in, DeliveryId id) {
    const auto& delivery = *reinterpret_cast<const Delivery*>(context);
    return delivery.in == in.self && delivery.in_id == id;
}

}  // namespace

std::size_t Peer::complete() const {
    return static_cast<std::size_t>(std::ranges::count_if(got, &Got::complete));
}

std::string Peer::texts() const {
    std::string all;
    for (const Got& delivery : got) {
        if (delivery.complete) {
            all += (all.empty() ? "" : ",") + std::string(delivery.text());
        }
    }
    return all;
}

Outcome Peer::outcome(DeliveryId id) const {
    const auto at =
        std::ranges::find_if(told, [id](const Told& one) { return one.id == id && one.settled; });
    return at == told.end() ? Outcome::none : at->outcome();
}

FakePort::FakePort(Core& core, const Instant& now, const Traits& traits)
    : core_{core}, now_{now}, connection_{core.connect(*this, traits)} {}

FakePort::~FakePort() {
    for (const auto& peer : peers_) {
        if (peer->link != nullptr) {
            detach(*peer);
        }
    }
    if (connection_.trunk != nullptr) {
        core_.routes().remove_trunk(connection_);
    }
    core_.disconnect(connection_);
}

void FakePort::expect(bool condition, const std::string& what) {
    if (!condition) {
        faults.push_back(what);
    }
}

Peer& FakePort::peer_of(const Link& link) {
    return *reinterpret_cast<Peer*>(link.port_link);
}

Peer* FakePort::live(const Link& link, const char* call) {
    Peer& peer = peer_of(link);
    expect(peer.link == &link, std::string(call) + " on a link that is gone");
    return peer.link == &link ? &peer : nullptr;
}

Peer& FakePort::add_peer(std::uint16_t capacity) {
    peers_.push_back(std::make_unique<Peer>());
    peers_.back()->capacity = capacity;
    return *peers_.back();
}

Peer& FakePort::attach(AttachRequest request) {
    Peer& peer = add_peer(request.capacity);
    request.port_link = reinterpret_cast<std::uintptr_t>(&peer);
    const auto attached = core_.attach(connection_, request);
    if (!attached) {
        peers_.pop_back();
        throw std::runtime_error(attached.error().text);
    }
    peer.link = attached->link;
    peer.session = request.session;
    peer.address = attached->address;
    core_.activate(*peer.link, now_);
    return peer;
}

Peer& FakePort::relay(Direction direction,
                      std::string_view name,
                      const Treatment& treatment,
                      RouterIndex far,
                      std::uint32_t loop) {
    Peer& peer = add_peer(AttachRequest{}.capacity);
    const std::string key = "M" + std::to_string(treatment.egress_phase) + std::string(name);
    peer.link =
        &core_.attach_loop(connection_, direction, key, treatment,
                           reinterpret_cast<std::uintptr_t>(&peer), {.far = far, .loop = loop});
    peer.capacity = peer.link->account.capacity();
    peer.session = far == kNoRouter ? std::uint16_t{0} : static_cast<std::uint16_t>(far);
    peer.address = name;
    core_.activate(*peer.link, now_);
    return peer;
}

Trunk& FakePort::trunk() {
    return connection_.trunk != nullptr ? *connection_.trunk
                                        : core_.routes().add_trunk(connection_, /*weft=*/true);
}

Peer& FakePort::data(Direction direction, std::uint8_t priority, std::uint32_t credit) {
    Peer& peer = add_peer(AttachRequest{}.capacity);
    peer.link = &core_.routes().attach(trunk(), direction, priority, peer.capacity,
                                       reinterpret_cast<std::uintptr_t>(&peer));
    core_.activate(*peer.link, now_);
    if (direction == Direction::out && credit > 0) {
        give_credit(peer, credit);
    }
    return peer;
}

bool FakePort::attach(Link& link) {
    if (!may_open_streams || connection_.traits.is_loop) {
        return false;
    }
    Peer& peer = add_peer(AttachRequest{}.capacity);
    peer.link = &link;
    link.port_link = reinterpret_cast<std::uintptr_t>(&peer);
    asked_.push_back(&peer);
    return true;
}

void FakePort::accept_streams(std::uint32_t credit) {
    for (Peer* peer : std::exchange(asked_, {})) {
        core_.activate(*peer->link, now_);
        give_credit(*peer, credit);
    }
}

void FakePort::refuse_streams() {
    for (Peer* peer : std::exchange(asked_, {})) {
        detach(*peer);
    }
}

Peer& FakePort::producer(std::string_view address, std::uint16_t capacity) {
    return attach({.direction = Direction::in, .address = address, .capacity = capacity});
}

Peer& FakePort::consumer(std::string_view address, std::uint32_t credit) {
    Peer& peer = attach({.direction = Direction::out, .address = address});
    if (credit > 0) {
        give_credit(peer, credit);
    }
    return peer;
}

void FakePort::detach(Peer& peer) {
    Link* link = peer.link;
    std::erase(asked_, &peer);
    core_.detach(*link, now_);
    peer.link = nullptr;
    expect(peer.held == 0, "a link is gone, and bytes of it are still held");
}

void FakePort::forget(std::uint16_t session) {
    for (const auto& peer : peers_) {
        if (peer->session == session) {
            peer->link = nullptr;
        }
    }
}

void FakePort::forget_all() {
    for (const auto& peer : peers_) {
        peer->link = nullptr;
    }
}

DeliveryId FakePort::send(Peer& producer, Bytes payload, Frame frame) {
    const bool first = !producer.sending;
    if (first) {
        expect(producer.may_send > 0 || frame.ignore_credit, "the test sends without credit");
        producer.may_send -= producer.may_send > 0 ? 1 : 0;
        producer.sending_id = next_in_++;
        producer.sending_settled = false;
        producer.rest_unwanted = false;
        producer.sending_context = 0;
    }
    const DeliveryId id = producer.sending_id;
    const bool was_settled = producer.sending_settled;
    producer.sending_settled = was_settled || frame.settled || frame.aborted;
    if (producer.sending_settled) {
        producer.unsettled.erase(id);
    } else if (first) {
        producer.unsettled.emplace(id, 0);
    }
    producer.sending = frame.more && !frame.aborted;
    if (producer.rest_unwanted) {
        return id;
    }
    core_.on_transfer(*producer.link,
                      {{.id = id,
                        .first = first,
                        .more = producer.sending,
                        .settled = producer.sending_settled,
                        .aborted = frame.aborted,
                        .message_format = frame.message_format,
                        .state = frame.state,
                        .payload = payload},
                       {.presettled = frame.presettled,
                        .for_wildcards = !frame.sent_to.empty(),
                        .stays_down = connection_.traits.is_uplink,
                        .crossings = frame.crossings},
                       /*head=*/nullptr,
                       frame.sent_to},
                      producer.sending_context, now_);
    if (const auto at = producer.unsettled.find(id); at != producer.unsettled.end()) {
        at->second = producer.sending_context;
    }
    return id;
}

void FakePort::settle_sent(Peer& producer, DeliveryId id, Bytes state) {
    const auto at = producer.unsettled.find(id);
    expect(at != producer.unsettled.end(), "the test settles what is settled");
    if (at == producer.unsettled.end()) {
        return;
    }
    const std::uint64_t context = at->second;
    producer.unsettled.erase(at);
    producer.sending_settled |= producer.sending && producer.sending_id == id;
    core_.on_update(*producer.link, {id, true, state}, context, now_);
}

void FakePort::state_sent(Peer& producer, DeliveryId id, Bytes state) {
    core_.on_update(*producer.link, {id, false, state}, producer.unsettled.at(id), now_);
}

void FakePort::give_back(Peer& producer) {
    producer.may_send = 0;
    producer.asked_to_drain = false;
    core_.on_drained(*producer.link, now_);
}

void FakePort::give_credit(Peer& consumer, std::uint32_t credit, bool drain) {
    consumer.credit = credit;
    consumer.drain = drain;
    core_.on_credit(*consumer.link, credit, drain, now_);
}

Got* FakePort::known(Peer& peer, DeliveryId id) {
    const auto at =
        std::ranges::find_if(peer.got, [id](const Got& one) { return one.id == id && one.known; });
    return at == peer.got.end() ? nullptr : &*at;
}

void FakePort::update(Peer& consumer, DeliveryId id, Bytes state, bool settled) {
    Got* delivery = known(consumer, id);
    expect(delivery != nullptr, "the test changes what is settled");
    if (delivery == nullptr) {
        return;
    }
    if (settled) {
        delivery->known = false;
    }
    core_.on_update(*consumer.link, {id, settled, state}, delivery->context, now_);
}

void FakePort::accept_all(Peer& consumer) {
    for (std::size_t i = 0; i < consumer.got.size(); ++i) {
        if (consumer.got[i].known && consumer.got[i].complete) {
            accept(consumer, consumer.got[i].id);
        }
    }
}

void FakePort::make_room(std::size_t bytes) {
    room = bytes;
    if (std::exchange(awaits_room_, false)) {
        core_.on_writable(connection_, now_);
    }
}

void FakePort::set_window(std::uint16_t session, std::size_t frames) {
    windows_[session] = frames;
    if (frames > 0 && awaits_window_.erase(session) > 0) {
        core_.on_writable(connection_, now_, session);
    }
}

void FakePort::check_contexts() {
    for (const auto& peer : peers_) {
        if (peer->link == nullptr) {
            continue;
        }
        for (const Got& one : peer->got) {
            if (one.known && one.context != 0) {
                expect(is_live(one.context, *peer->link, one.id), "a branch's context is dead");
            }
        }
        for (const auto& [id, context] : peer->unsettled) {
            if (context != 0) {
                expect(is_live_in(context, *peer->link, id), "a delivery's context is dead");
            }
        }
    }
}

Sent FakePort::transfer(Link& link, const OutgoingHead& head, Bytes payload, bool more) {
    Peer* peer = live(link, "transfer");
    if (peer == nullptr) {
        return {};
    }
    expect(link.is_active() || peer->receiving, "a delivery starts on a link that is not active");
    const Bytes prefix = peer->receiving ? Bytes{} : head.prefix;
    if (payload.empty() && more && peer->receiving) {
        return {.started = true, .id = peer->got.back().id};
    }
    expect(peer->receiving || connection_.traits.in_process || peer->credit > 0,
           "a transfer without credit");
    const DeliveryId under_way = peer->receiving ? peer->got.back().id : 0;
    ++tries;
    if (const auto window = windows_.find(link.gate->session); window != windows_.end()) {
        if (window->second == 0) {
            awaits_window_.insert(link.gate->session);
            return {.started = peer->receiving, .held_up = true, .id = under_way};
        }
        --window->second;
    }
    if (room == 0 || room < prefix.size()) {
        awaits_room_ = true;
        return {.started = peer->receiving, .held_up = true, .id = under_way};
    }
    if (!peer->receiving) {
        peer->credit -= peer->credit > 0 && !connection_.traits.in_process ? 1U : 0U;
        Got started;
        started.id = next_out_++;
        started.context = head.context;
        started.settled = head.settled;
        started.known = !head.settled;
        started.provenance = head.provenance;
        started.sent_to = head.sent_to;
        started.message_format = head.message_format;
        append(started.state, head.state);
        peer->got.push_back(std::move(started));
        peer->receiving = true;
    }
    Got& current = peer->got.back();
    expect(current.context == 0 || current.context == head.context, "interleaved deliveries");
    append(current.bytes, prefix);
    const std::size_t left = room == kEndless ? kEndless : room - prefix.size();
    const std::size_t taken = std::min(left, payload.size());
    append(current.bytes, payload.first(taken));
    if (room != kEndless) {
        room -= std::max<std::size_t>(prefix.size() + taken, 1);
    }
    if (taken < payload.size()) {
        awaits_room_ = true;
    }
    current.complete = !more && taken == payload.size();
    peer->receiving = !current.complete;
    return {.taken = taken,
            .started = true,
            .complete = current.complete,
            .held_up = taken < payload.size(),
            .id = current.id};
}

void FakePort::abort(Link& link) {
    Peer* peer = live(link, "abort");
    if (peer == nullptr) {
        return;
    }
    expect(peer->receiving, "an abort of nothing");
    if (peer->receiving) {
        peer->got.back().aborted = true;
        peer->got.back().known = false;
        peer->receiving = false;
    }
}

void FakePort::update(Link& link, DeliveryId id, Bytes state, bool settled) {
    Peer* peer = live(link, "update");
    if (peer == nullptr) {
        return;
    }
    if (link.direction == Direction::out) {
        Got* delivery = known(*peer, id);
        expect(delivery != nullptr, "an update of a delivery that the consumer has forgotten");
        if (delivery != nullptr) {
            delivery->state.assign(state.begin(), state.end());
            delivery->settled_by_router = settled;
            delivery->known = !settled;
        }
        return;
    }
    expect(peer->unsettled.contains(id), "an update of a delivery that the producer has forgotten");
    peer->told.push_back({id, Buffer(state.begin(), state.end()), settled});
    if (settled) {
        peer->unsettled.erase(id);
        peer->rest_unwanted |= peer->sending && peer->sending_id == id;
    }
}

void FakePort::grant(Link& link, std::uint32_t credit, bool drain) {
    if (Peer* peer = live(link, "grant")) {
        ++grants;
        expect(link.is_active(), "credit on a link that is not active");
        expect(credit <= peer->capacity, "more credit than capacity");
        if (drain) {
            // What it has, it has until it gives it back.
            peer->may_send = std::max(peer->may_send, credit);
            peer->asked_to_drain = true;
        } else {
            peer->may_send = credit;
            peer->asked_to_drain = false;
        }
    }
}

void FakePort::drain(Link& link) {
    if (Peer* peer = live(link, "drain")) {
        peer->asked_to_drain = true;
    }
}

void FakePort::tell_reach(Link& link, bool others) {
    if (Peer* peer = live(link, "tell_reach")) {
        peer->reach += others ? '+' : '-';
    }
}

void FakePort::drained(Link& link) {
    if (Peer* peer = live(link, "drained")) {
        expect(peer->drain, "drained without having been asked");
        peer->credit = 0;
        ++peer->drained;
    }
}

void FakePort::hold(Link& link, std::ptrdiff_t bytes) {
    if (Peer* peer = live(link, "hold")) {
        peer->held += bytes;
        expect(peer->held >= 0, "less than nothing is held");
    }
}

Buffer plain_message(std::string_view body) {
    Buffer message;
    wire::Writer out{message};
    out.descriptor(static_cast<std::uint64_t>(wire::MessageSection::data));
    out.binary(as_bytes(body));
    return message;
}

Buffer addressed_message(std::string_view to, std::string_view body, std::size_t before) {
    Buffer message;
    wire::Writer out{message};
    const auto properties =
        out.begin_described_list(static_cast<std::uint64_t>(wire::MessageSection::properties));
    out.string(std::string(before, 'm'));  // message-id
    out.null();                            // user-id
    out.string(to);
    out.end(properties);
    append(message, plain_message(body));
    return message;
}

Buffer annotated_message(std::string_view body, bool routers) {
    Buffer message;
    wire::Writer out{message};
    out.descriptor(static_cast<std::uint64_t>(wire::MessageSection::message_annotations));
    const auto annotations = out.begin_map();
    out.symbol("x-opt-mine");
    out.string("kept");
    if (routers) {
        out.symbol("x-opt-qd.ingress");
        out.string("0/elsewhere");
    }
    out.end_shortest(annotations);
    append(message, plain_message(body));
    return message;
}

}  // namespace weft::router
