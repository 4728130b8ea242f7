#include "common/daemon/management_links.hpp"

#include "common/base/conditions.hpp"
#include "common/wire/delivery_state.hpp"

#include <algorithm>
#include <utility>

namespace weft::daemon {

bool ManagementLinks::attach(amqp::Link& link, const amqp::Attach& attach) {
    const auto& terminus = attach.receiver ? attach.source : attach.target;
    if (!terminus) {
        return false;
    }
    std::string address{terminus->address.value_or("")};
    if (attach.receiver && terminus->dynamic) {
        address = std::string{kReplies} + std::to_string(++dynamic_);
    }
    if (attach.receiver ? !address.starts_with(kReplies) : address != kAddress) {
        return false;
    }
    if (requests_.size() + replies_.size() >= kLinksMax) {
        link.refuse(
            {kResourceLimitExceeded, "the connection has too many links to management", {}});
        return true;
    }
    amqp::Attach reply{.sender_settle_mode = attach.sender_settle_mode,
                       .source = attach.source,
                       .target = attach.target};
    (attach.receiver ? reply.source : reply.target)->address = address;
    if (!link.accept(reply)) {
        return true;
    }
    if (attach.receiver) {
        replies_.emplace(&link, Replies{address, Outbox{link}});
    } else {
        requests_.emplace(&link, Inbox{kRequestMax});
        grant(link);
    }
    return true;
}

void ManagementLinks::on_transfer(amqp::Link& link, const amqp::IncomingTransfer& transfer) {
    Inbox& inbox = requests_.at(&link);
    unfinished_ -= inbox.size();
    const bool is_whole = inbox.add(transfer, kUnfinishedMax - unfinished_ - inbox.size());
    if (is_whole) {
        serve(link, transfer, inbox);
    }
    unfinished_ += inbox.size();
    if (!transfer.more) {
        grant(link);
    }
}

/// Those that wait for their answer count as sent ahead.
void ManagementLinks::grant(amqp::Link& link) {
    link.grant(kRequestsMax -
               static_cast<std::uint32_t>(std::min<std::size_t>(asked_.size(), kRequestsMax)));
}

void ManagementLinks::serve(amqp::Link& link, const amqp::IncomingTransfer& last, Inbox& inbox) {
    const std::uint64_t number = ++asked_ever_;
    asked_.emplace(
        number,
        Asked{.link = &link, .delivery = last.id, .settled = last.settled, .bytes = inbox.take()});
    if (inbox.is_too_large()) {
        conclude(number, {.rejection = Error{kMessageSizeExceeded,
                                             "a management request has at most 1 MiB, and all of a "
                                             "connection that have begun and not ended 4 MiB"}});
    } else {
        ask(number);
    }
}

void ManagementLinks::ask(std::uint64_t number) {
    const auto served = std::make_shared<mgmt::Served>(
        mgmt::Served{.rejection = Error{kInternalError, "the daemon failed at it, see its log"}});
    const std::weak_ptr<bool> self = self_;
    const bool taken = agent_.run(
        [this, self, number, served] {
            if (self.expired() || !asked_.contains(number)) {
                return;  // nobody waits for it any more
            }
            *served = mgmt::serve_message(
                agent_, asked_.at(number).bytes,
                [this](std::string_view address) { return may_reply(address); }, owner_.who());
        },
        [this, self, number, served] {
            if (!self.expired()) {
                conclude(number, std::move(*served));
            }
        });
    if (!taken) {
        conclude(number, {.rejection = Error{kResourceLimitExceeded,
                                             "too many management requests wait already, try it "
                                             "later"}});
    }
}

void ManagementLinks::conclude(std::uint64_t number, mgmt::Served served) {
    const auto asked = asked_.extract(number);
    if (!asked) {
        return;  // its link is gone
    }
    const Asked& request = asked.mapped();
    if (!request.settled) {
        const Buffer rejection =
            served.rejection ? wire::rejected(served.rejection->condition, served.rejection->text)
                             : Buffer{};
        request.link->update(request.delivery,
                             served.rejection ? Bytes{rejection} : wire::kAccepted,
                             /*settled=*/true);
    }
    Outbox* const replies = served.reply ? replies_to(served.reply->address) : nullptr;
    if (replies != nullptr) {
        replies->push(std::move(served.reply->bytes));
    }
    grant(*request.link);
    owner_.wake();
}

bool ManagementLinks::may_reply(std::string_view address) {
    std::size_t bytes = 0;
    for (const auto& [link, replies] : replies_) {
        bytes += replies.outbox.bytes_waiting();
    }
    const Outbox* to = replies_to(address);
    return to != nullptr && to->waiting() < kRepliesWaitingMax && bytes < kReplyBytesWaitingMax;
}

Outbox* ManagementLinks::replies_to(std::string_view address) {
    for (auto& [link, replies] : replies_) {
        if (replies.address == address) {
            return &replies.outbox;
        }
    }
    return nullptr;
}

void ManagementLinks::on_credit(const amqp::Link& link) {
    replies_.at(&link).outbox.send();
}

void ManagementLinks::on_detach(const amqp::Link& link) {
    if (const auto request = requests_.find(&link); request != requests_.end()) {
        unfinished_ -= request->second.size();
        requests_.erase(request);
        std::erase_if(asked_, [&link](const auto& each) { return each.second.link == &link; });
    }
    replies_.erase(&link);
}

void ManagementLinks::on_writable() {
    for (auto& [link, replies] : replies_) {
        replies.outbox.send();
    }
}

}  // namespace weft::daemon
