#include "router/node/control_channel.hpp"

#include "common/base/census.hpp"
#include "common/wire/delivery_state.hpp"

namespace weft::node {

bool ControlChannel::add(amqp::Link& link) {
    amqp::Link*& slot = link.is_receiver() ? in_ : out_;
    if (slot != nullptr) {
        return false;
    }
    slot = &link;
    return true;
}

void ControlChannel::remove(const amqp::Link& link) {
    if (&link == in_) {
        in_ = nullptr;
    } else if (&link == out_) {
        out_ = nullptr;
    }
}

ControlChannel::Taken ControlChannel::take(const amqp::IncomingTransfer& transfer) {
    if (transfer.aborted) {
        drop();
    } else if ((transfer.more || !incoming_.empty()) && !keep(transfer.payload)) {
        return Taken::no_room;
    }
    if (incoming_.size() > linkstate::kControlMessageMax) {
        return Taken::too_large;
    }
    if (transfer.more) {
        return Taken::part;
    }
    if (!transfer.settled) {
        in_->update(transfer.id, wire::kAccepted, /*settled=*/true);
    }
    give_credit();
    ++messages_in_;
    return transfer.aborted ? Taken::aborted : Taken::message;
}

void ControlChannel::release() {
    drop();
    if (incoming_.capacity() > kIncomingKept) {
        incoming_ = {};
    }
}

/// False: those of others leave no room for it.
bool ControlChannel::keep(Bytes part) {
    if (!may_take(incoming_.size(), memory_->bytes, ControlMemory::kBytesMax)) {
        ++memory_->refused;
        return false;
    }
    append(incoming_, part);
    memory_->bytes += part.size();
    return true;
}

void ControlChannel::drop() {
    memory_->bytes -= incoming_.size();
    incoming_.clear();
}

bool ControlChannel::send(Bytes message) {
    if (waiting_bytes_ + message.size() > kUnsentMax) {
        return false;
    }
    waiting_bytes_ += message.size();
    waiting_.emplace_back(message.begin(), message.end());
    send_waiting();
    return true;
}

void ControlChannel::send_waiting() {
    while (!waiting_.empty() && out_ != nullptr) {
        const Buffer& message = waiting_.front();
        const amqp::Sent sent =
            out_->send({.settled = true}, Bytes(message).subspan(sent_), /*more=*/false);
        sent_ += sent.taken;
        if (!sent.complete) {
            break;
        }
        waiting_bytes_ -= message.size();
        waiting_.pop_front();
        sent_ = 0;
        ++messages_out_;
    }
}

std::vector<ControlLink> ControlChannel::links() const {
    std::vector<ControlLink> links;
    if (in_ != nullptr) {
        links.push_back({in_, messages_in_, 0});
    }
    if (out_ != nullptr) {
        links.push_back({out_, messages_out_, waiting_.size()});
    }
    return links;
}

}  // namespace weft::node
