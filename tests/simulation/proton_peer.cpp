#include "tests/simulation/proton_peer.hpp"

#include "common/wire/delivery_state.hpp"

#include <proton/condition.h>
#include <proton/delivery.h>
#include <proton/disposition.h>
#include <proton/event.h>
#include <proton/link.h>
#include <proton/sasl.h>
#include <proton/session.h>
#include <proton/terminus.h>
#include <proton/transport.h>

#include <algorithm>
#include <cstring>

namespace weft::amqp::test {
namespace {

Bytes tag_bytes(pn_delivery_t* delivery) {
    const pn_delivery_tag_t tag = pn_delivery_tag(delivery);
    return {reinterpret_cast<const std::uint8_t*>(tag.start), tag.size};
}

const char* chars(Bytes bytes) {
    return reinterpret_cast<const char*>(bytes.data());
}

}  // namespace

ProtonPeer::ProtonPeer(const Options& options) : options_{options} {
    pn_transport_t* transport = pn_transport();
    if (options.server) {
        pn_transport_set_server(transport);
    }
    if (options.max_frame_size > 0) {
        pn_transport_set_max_frame(transport, options.max_frame_size);
    }
    pn_connection_driver_init(&driver_, nullptr, transport);
    if (options.sasl) {
        pn_sasl_allowed_mechs(pn_sasl(driver_.transport), "ANONYMOUS");
    }
    pn_connection_set_container(driver_.connection, "proton");
    dispatch();
}

ProtonPeer::~ProtonPeer() {
    pn_connection_driver_destroy(&driver_);
}

void ProtonPeer::receive(Bytes in) {
    while (!in.empty()) {
        const pn_rwbytes_t buffer = pn_connection_driver_read_buffer(&driver_);
        if (buffer.size == 0) {
            return;  // it reads no more
        }
        const std::size_t size = std::min(buffer.size, in.size());
        std::memcpy(buffer.start, in.data(), size);
        pn_connection_driver_read_done(&driver_, size);
        in = in.subspan(size);
        dispatch();
    }
}

Bytes ProtonPeer::output() {
    const pn_bytes_t bytes = pn_connection_driver_write_buffer(&driver_);
    dispatch();
    return {reinterpret_cast<const std::uint8_t*>(bytes.start), bytes.size};
}

void ProtonPeer::consume(std::size_t size) {
    pn_connection_driver_write_done(&driver_, size);
    dispatch();
}

bool ProtonPeer::finished() {
    return (pn_connection_state(driver_.connection) & PN_REMOTE_CLOSED) != 0 &&
           (pn_connection_state(driver_.connection) & PN_LOCAL_CLOSED) != 0;
}

void ProtonPeer::open() {
    pn_connection_open(driver_.connection);
    session_ = pn_session(driver_.connection);
    pn_session_open(session_);
}

void ProtonPeer::attach_sender(const std::string& name) {
    pn_link_t* link = pn_sender(session_, name.c_str());
    pn_terminus_set_address(pn_link_target(link), "q");
    pn_link_open(link);
    senders_.push_back(link);
}

void ProtonPeer::attach_receiver(const std::string& name) {
    pn_link_t* link = pn_receiver(session_, name.c_str());
    pn_terminus_set_address(pn_link_source(link), "q");
    pn_link_open(link);
    pn_link_flow(link, static_cast<int>(options_.credit));
    receivers_.push_back(link);
}

void ProtonPeer::enqueue(MessageNumber number) {
    queue_.push_back(number);
}

void ProtonPeer::pump() {
    for (pn_link_t* link : senders_) {
        send_on(link);
    }
}

void ProtonPeer::send_on(pn_link_t* link) {
    while (!queue_.empty() && link == senders_.front() && (pn_link_credit(link) > 0 || half_)) {
        const MessageNumber number = queue_.front();
        const Buffer bytes = message_bytes(number);
        const std::size_t cut = number % 3 == 0 ? bytes.size() / 2 : bytes.size();
        if (half_) {
            pn_link_send(link, chars(Bytes{bytes}.subspan(cut)), bytes.size() - cut);
            half_ = false;
        } else {
            const auto tag = message_tag(number);
            pn_delivery(link, pn_dtag(chars(tag), tag.size()));
            pn_link_send(link, chars(bytes), cut);
            half_ = cut < bytes.size();
        }
        if (half_) {
            return;  // the rest follows with the next call
        }
        pn_delivery_t* delivery = pn_link_current(link);
        if (message_presettled(number)) {
            pn_delivery_settle(delivery);
        }
        pn_link_advance(link);
        queue_.pop_front();
    }
    if (queue_.empty() && pn_link_get_drain(link)) {
        pn_link_drained(link);
    }
}

void ProtonPeer::drain(std::uint32_t credit) {
    for (pn_link_t* link : receivers_) {
        pn_link_drain(link, static_cast<int>(credit));
    }
}

bool ProtonPeer::drained() const {
    return std::ranges::none_of(receivers_, [](pn_link_t* link) { return pn_link_draining(link); });
}

void ProtonPeer::refill() {
    for (pn_link_t* link : receivers_) {
        pn_link_set_drain(link, false);
        if (pn_link_credit(link) <= 0) {
            pn_link_flow(link, static_cast<int>(options_.credit));
        }
    }
}

void ProtonPeer::detach_all(bool closed) {
    std::vector<pn_link_t*> all = senders_;
    all.insert(all.end(), receivers_.begin(), receivers_.end());
    for (pn_link_t* link : all) {
        closed ? pn_link_close(link) : pn_link_detach(link);
    }
    senders_.clear();
    receivers_.clear();
}

void ProtonPeer::close() {
    pn_connection_close(driver_.connection);
}

void ProtonPeer::dispatch() {
    while (pn_event_t* event = pn_connection_driver_next_event(&driver_)) {
        handle(event);
    }
}

void ProtonPeer::handle(pn_event_t* event) {
    switch (pn_event_type(event)) {
        case PN_CONNECTION_REMOTE_OPEN:
            pn_connection_open(driver_.connection);
            break;
        case PN_SESSION_REMOTE_OPEN:
            session_ = pn_event_session(event);
            pn_session_open(session_);
            break;
        case PN_LINK_REMOTE_OPEN:
            on_link_open(pn_event_link(event));
            break;
        case PN_LINK_REMOTE_DETACH:
            on_link_gone(pn_event_link(event), false);
            break;
        case PN_LINK_REMOTE_CLOSE:
            on_link_gone(pn_event_link(event), true);
            break;
        case PN_LINK_FLOW:
            if (pn_link_is_sender(pn_event_link(event))) {
                send_on(pn_event_link(event));
            } else {
                pn_link_drained(pn_event_link(event));  // takes note of credit given back
            }
            break;
        case PN_DELIVERY:
            on_delivery(pn_event_delivery(event));
            break;
        case PN_SESSION_REMOTE_CLOSE:
            note_condition(pn_session_remote_condition(pn_event_session(event)), "session");
            break;
        case PN_CONNECTION_REMOTE_CLOSE:
            note_condition(pn_connection_remote_condition(driver_.connection), "connection");
            pn_connection_close(driver_.connection);
            break;
        case PN_TRANSPORT_ERROR:
            note_condition(pn_transport_condition(driver_.transport), "transport");
            break;
        default:
            break;
    }
}

void ProtonPeer::note_condition(pn_condition_t* condition, const char* where) {
    if (pn_condition_is_set(condition)) {
        const char* description = pn_condition_get_description(condition);
        faults.push_back(std::string(where) + ": " + pn_condition_get_name(condition) + " " +
                         (description == nullptr ? "" : description));
    }
}

void ProtonPeer::on_link_open(pn_link_t* link) {
    const bool ours = (pn_link_state(link) & PN_LOCAL_UNINIT) == 0;
    if (ours) {
        return;
    }
    pn_terminus_copy(pn_link_source(link), pn_link_remote_source(link));
    pn_terminus_copy(pn_link_target(link), pn_link_remote_target(link));
    pn_link_open(link);
    if (pn_link_is_sender(link)) {
        senders_.push_back(link);
    } else {
        receivers_.push_back(link);
        pn_link_flow(link, static_cast<int>(options_.credit));
    }
}

void ProtonPeer::on_link_gone(pn_link_t* link, bool closed) {
    note_condition(pn_link_remote_condition(link), "link");
    if ((pn_link_state(link) & PN_LOCAL_ACTIVE) != 0) {
        closed ? pn_link_close(link) : pn_link_detach(link);
    }
    std::erase(senders_, link);
    std::erase(receivers_, link);
    pn_link_free(link);
}

void ProtonPeer::on_delivery(pn_delivery_t* delivery) {
    if (pn_link_is_receiver(pn_delivery_link(delivery))) {
        on_incoming(delivery);
        return;
    }
    if (pn_delivery_remote_state(delivery) != 0) {
        outcomes[message_number(tag_bytes(delivery))] =
            static_cast<wire::Outcome>(pn_delivery_remote_state(delivery));
    }
    if (pn_delivery_settled(delivery)) {
        pn_delivery_settle(delivery);
    }
}

void ProtonPeer::on_incoming(pn_delivery_t* delivery) {
    pn_link_t* link = pn_delivery_link(delivery);
    if (delivery != pn_link_current(link)) {
        return;  // a second event of one that is done
    }
    Buffer& bytes = partial_[delivery];
    if (const std::size_t size = pn_delivery_pending(delivery); size > 0) {
        const std::size_t before = bytes.size();
        bytes.resize(before + size);
        pn_link_recv(link, reinterpret_cast<char*>(&bytes[before]), size);
    }
    if (pn_delivery_aborted(delivery)) {
        pn_delivery_settle(delivery);
        partial_.erase(delivery);
        return;
    }
    if (pn_delivery_partial(delivery)) {
        return;
    }
    const MessageNumber number = message_number(tag_bytes(delivery));
    if (bytes != message_bytes(number)) {
        faults.push_back("the bytes of message " + std::to_string(number) + " differ");
    }
    if (pn_delivery_settled(delivery) != message_presettled(number)) {
        faults.push_back("settlement of message " + std::to_string(number) + " differs");
    }
    received.push_back(number);
    partial_.erase(delivery);
    pn_link_advance(link);
    pn_delivery_update(delivery, static_cast<std::uint64_t>(message_outcome(number)));
    pn_delivery_settle(delivery);
}

}  // namespace weft::amqp::test
