#include "tests/simulation/engine_sim_plain_side.hpp"

#include "common/base/assert.hpp"
#include "common/wire/delivery_state.hpp"

#include <algorithm>

namespace weft::amqp::test {
namespace {

Buffer state_of(wire::Outcome outcome) {
    const auto copy = [](Bytes state) { return Buffer(state.begin(), state.end()); };
    switch (outcome) {
        case wire::Outcome::rejected:
            return wire::rejected("x:bad", "as asked");
        case wire::Outcome::released:
            return copy(wire::kReleased);
        case wire::Outcome::modified:
            return copy(wire::kModifiedFailed);
        default:
            return copy(wire::kAccepted);
    }
}

}  // namespace

PlainSide::PlainSide(Options options, BlockPool& pool)
    : engine{std::make_shared<const Options>(std::move(options)), *this, pool} {}

void PlainSide::begin() {
    session_ = engine.begin();
}

void PlainSide::attach(const std::string& name, bool receiver) {
    const Terminus source{.kind = Terminus::Kind::source, .address = "q"};
    const Terminus target{.kind = Terminus::Kind::target, .address = "q"};
    Link* link =
        session_->attach({.name = name, .receiver = receiver, .source = source, .target = target});
    if (link == nullptr) {
        faults.push_back("attach failed");
    } else if (receiver) {
        link->grant(kCredit);
    }
}

void PlainSide::detach_all(bool closed) {
    for (Link* link : std::exchange(links_, {})) {
        link->detach(closed, std::nullopt);
    }
    draining_ = 0;
}

void PlainSide::pump() {
    for (Link* link : links_) {
        if (!link->is_receiver()) {
            send_on(*link);
            return;
        }
    }
}

void PlainSide::send_on(Link& link) {
    while (!queue_.empty()) {
        const MessageNumber number = queue_.front();
        const Buffer bytes = message_bytes(number);
        const auto tag = message_tag(number);
        const Sent sent =
            link.send({.context = number, .settled = message_presettled(number), .tag = tag},
                      Bytes{bytes}.subspan(done_), false);
        done_ += sent.taken;
        if (!sent.complete) {
            break;
        }
        queue_.pop_front();
        done_ = 0;
    }
    if (link.drain() && !link.in_delivery()) {
        link.drained();
    }
}

void PlainSide::abort_one(MessageNumber number) {
    for (Link* link : links_) {
        if (!link->is_receiver() && !link->in_delivery()) {
            const auto tag = message_tag(number);
            link->send({.context = number, .tag = tag}, tag, true);
            link->abort();
            return;
        }
    }
}

void PlainSide::drain() {
    for (Link* link : links_) {
        // Proton leaves a drain without credit unanswered.
        if (link->is_receiver() && !link->drain() && link->credit() > 0) {
            link->grant(link->credit(), true);
            ++draining_;
        }
    }
}

void PlainSide::refill() {
    for (Link* link : links_) {
        if (link->is_receiver() && !link->drain()) {
            link->grant(kCredit);
        }
    }
}

std::size_t PlainSide::unsettled() const {
    return session_ == nullptr ? 0 : session_->unsettled();
}

void PlainSide::note(const ErrorView* error, const char* where) {
    if (error != nullptr) {
        faults.push_back(std::string(where) + ": " + std::string(error->condition) + " " +
                         std::string(error->description));
    }
}

void PlainSide::on_close(bool, const ErrorView* error) {
    note(error, "close");
}

void PlainSide::on_end(Session&, const ErrorView* error) {
    note(error, "end");
    session_ = nullptr;
}

void PlainSide::on_attach(Link& link, const Attach& attach) {
    WEFT_CHECK(link.accept({.source = attach.source, .target = attach.target}));
    links_.push_back(&link);
    if (link.is_receiver() && link.credit() == 0) {
        link.grant(kCredit);
    }
}

void PlainSide::on_detach(Link& link, bool, const ErrorView* error) {
    note(error, "detach");
    std::erase(links_, &link);
    draining_ = 0;
}

void PlainSide::on_transfer(Link& link, const IncomingTransfer& transfer, Context& context) {
    if (transfer.first) {
        context = message_number(transfer.tag);
        partial_.clear();
    }
    append(partial_, transfer.payload);
    if (transfer.more) {
        return;
    }
    if (partial_ != message_bytes(context)) {
        faults.push_back("the bytes of message " + std::to_string(context) + " differ");
    }
    if (transfer.settled != message_presettled(context)) {
        faults.push_back("settlement of message " + std::to_string(context) + " differs");
    }
    received.push_back(context);
    link.update(transfer.id, state_of(message_outcome(context)), true);
    if (!link.drain()) {
        link.grant(kCredit);
    }
}

void PlainSide::on_update(Link& link, const DeliveryUpdate& update, Context context) {
    if (const auto outcome = wire::outcome_of(update.state); outcome != wire::Outcome::none) {
        outcomes[context] = outcome;
    }
    if (!update.settled) {
        link.update(update.id, update.state, true);
    }
}

void PlainSide::on_credit(Link& link) {
    send_on(link);
}

void PlainSide::on_drained(Link&) {
    --draining_;
}

}  // namespace weft::amqp::test
