#include "common/daemon/messages.hpp"

#include <utility>

namespace weft::daemon {

bool Inbox::add(const amqp::IncomingTransfer& transfer) {
    if (transfer.first) {
        message_.clear();
        too_large_ = false;
    }
    if (size_max_ != 0 && message_.size() + transfer.payload.size() > size_max_) {
        too_large_ = true;
    } else {
        append(message_, transfer.payload);
    }
    return !transfer.more && !transfer.aborted;
}

Buffer Inbox::take() {
    Buffer message = std::exchange(message_, {});
    return too_large_ ? Buffer{} : message;
}

void Outbox::push(Buffer message) {
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
        messages_.pop_front();
        sent_ = 0;
    }
    if (link_.drain()) {
        link_.drained();
    }
}

}  // namespace weft::daemon
