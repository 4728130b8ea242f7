#include "common/daemon/messages.hpp"

#include <utility>

namespace weft::daemon {

bool Inbox::add(const amqp::IncomingTransfer& transfer, std::size_t room) {
    if (transfer.first) {
        message_.clear();
        too_large_ = false;
    }
    const std::size_t size = message_.size() + transfer.payload.size();
    too_large_ =
        too_large_ || transfer.payload.size() > room || (size_max_ != 0 && size > size_max_);
    if (too_large_ || transfer.aborted) {
        message_ = {};
    } else {
        append(message_, transfer.payload);
    }
    return !transfer.more && !transfer.aborted;
}

Buffer Inbox::take() {
    return std::exchange(message_, {});
}

void Outbox::push(Buffer message) {
    bytes_ += message.size();
    messages_.push_back(std::move(message));
    send();
}

void Outbox::send() {
    while (!messages_.empty()) {
        const Bytes rest = Bytes{messages_.front()}.subspan(sent_);
        const amqp::Sent sent = link_.send({.settled = true}, rest, /*more=*/false);
        sent_ += sent.taken;
        if (!sent.complete) {
            return;  // on_credit or on_writable goes on
        }
        bytes_ -= messages_.front().size();
        messages_.pop_front();
        sent_ = 0;
    }
    if (link_.drain()) {
        link_.drained();
    }
}

}  // namespace weft::daemon
