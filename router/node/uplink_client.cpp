#include "router/node/uplink_client.hpp"

#include "common/wire/delivery_state.hpp"

#include <utility>
#include <vector>

namespace weft::node {

void UplinkClient::set_receiver(amqp::Link& link, std::string_view address) {
    receiver_ = &link;
    address_ = address;
    link.grant(kCredit);
    go_on();
}

void UplinkClient::ask(Write write, Hear hear, Instant until) {
    const std::uint64_t number = next_++;
    questions_.emplace(number, Question{std::move(write), std::move(hear), until});
    unsent_.push_back(number);
    go_on();
}

void UplinkClient::go_on() {
    while (is_ready() && (!word_.empty() || (sender_->credit() > 0 && !unsent_.empty()))) {
        if (word_.empty()) {
            const auto at = questions_.find(unsent_.front());
            unsent_.pop_front();
            if (at == questions_.end()) {
                continue;  // it was too late
            }
            word_ = std::exchange(at->second.write, {})(address_, at->first);
        }
        const amqp::Sent sent =
            sender_->send({.settled = true}, Bytes(word_).subspan(sent_), /*more=*/false);
        sent_ += sent.taken;
        if (!sent.complete) {
            return;  // there is no room now
        }
        word_.clear();
        sent_ = 0;
    }
}

void UplinkClient::take(const amqp::IncomingTransfer& transfer) {
    if (transfer.first || transfer.aborted) {
        answer_.clear();
    }
    if (answer_.size() + transfer.payload.size() <= kAnswerMax) {
        append(answer_, transfer.payload);
    }
    if (transfer.more) {
        return;
    }
    if (!transfer.settled) {
        receiver_->update(transfer.id, wire::kAccepted, /*settled=*/true);
    }
    receiver_->grant(kCredit);
    const auto number = transfer.aborted ? std::nullopt : read_number_(answer_);
    const auto at = number ? questions_.find(*number) : questions_.end();
    if (at != questions_.end()) {
        const Hear hear = std::move(at->second.hear);
        questions_.erase(at);
        hear(Bytes(answer_));
    }
}

void UplinkClient::tick(Instant now) {
    std::vector<Hear> late;
    std::erase_if(questions_, [&](auto& each) {
        const bool is_late = each.second.until <= now;
        if (is_late) {
            late.push_back(std::move(each.second.hear));
        }
        return is_late;
    });
    for (const Hear& hear : late) {
        hear(std::nullopt);
    }
}

void UplinkClient::close() {
    sender_ = receiver_ = nullptr;
    unsent_.clear();
    word_.clear();
    sent_ = 0;
    for (const auto& [number, question] : std::exchange(questions_, {})) {
        question.hear(std::nullopt);
    }
}

}  // namespace weft::node
