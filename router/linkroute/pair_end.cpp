#include "router/linkroute/pair_end.hpp"

#include "common/amqp/options.hpp"
#include "common/base/assert.hpp"
#include "common/base/conditions.hpp"
#include "common/base/serial.hpp"
#include "common/wire/delivery_state.hpp"

#include <algorithm>
#include <utility>

namespace weft::linkroute {
namespace {

/// Bytes of a transactional-state of a message: any peer's frames hold so many, and what is left
/// out of them for its size would be no part of the transaction.
constexpr std::size_t kTransactionStateMax = 256;

bool settles_now(const amqp::Transfer& transfer) {
    return transfer.settled.value_or(false) || transfer.aborted;
}

}  // namespace

PairEnd::PairEnd(PairLink& link, Life life, bool survives, std::optional<Late> late)
    : link_{link}, life_{life}, survives_{survives}, late_{late.has_value()} {
    if (late && late->count && life == Life::open) {
        count_ = {.own = *late->count};
    } else if (late && late->count) {
        gate_ = {.count = *late->count, .limit = *late->count};
    }
}

// --- of a link that was attached before the pair is made -----------------------------------------

/// Of a delivery that is not the one which began last.
bool PairEnd::lacks_credit(DeliveryNumber delivery) const {
    return gate_ && delivery != number_ && !precedes(gate_->count, gate_->limit);  // P7
}

void PairEnd::open_gate(const amqp::Flow& flow) {
    if (gate_ && flow.link_credit) {
        gate_->limit = flow.delivery_count.value_or(gate_->count) + *flow.link_credit;
    }
}

/// While it is not known how the partner's peer counts, the credit is told without a count: nothing
/// has been sent for it.
amqp::Flow PairEnd::counted_by_partner(amqp::Flow flow) const {
    if (!count_ || !flow.delivery_count) {
        return flow;
    }
    if (count_->theirs) {
        *flow.delivery_count += *count_->theirs - count_->own;
        return flow;
    }
    const std::uint32_t under_way = ahead(count_->own, *flow.delivery_count);
    flow.delivery_count.reset();
    if (flow.link_credit) {
        *flow.link_credit -= std::min(*flow.link_credit, under_way);
    }
    return flow;
}

/// One that was open before this end's link was answered waits for its answer, or for ours.
void PairEnd::tell_detached(Partner& partner, bool closed, const amqp::ErrorView* error) {
    partner.detached(closed, error);
    if (late_ && is_over()) {
        partner.lost(closed);
    }
}

// --- what the link's peer says ------------------------------------------------------------------

void PairEnd::on_attach(const amqp::Attach& attach) {
    if (life_ == Life::offered) {
        become(Life::open);
        if (partner_ != nullptr) {
            partner_->attached(attach);
        }
    }
}

void PairEnd::on_transfer(const amqp::Transfer& transfer,
                          bool first,
                          Bytes payload,
                          amqp::Context& context) {
    if (partner_ == nullptr || life_ != Life::open) {
        return;
    }
    if (first) {
        begin(transfer, context);
    }
    if (coming_ == Coming::refused) {
        return;
    }
    if (!unsettled_.pay(link_)) {
        overflow();
        return;
    }
    if (first && transfer.delivery_tag.value_or(Bytes{}).size() > amqp::kDeliveryTagMax) {
        refuse(kInvalidField, "the delivery-tag is longer than 32 bytes");
        return;
    }
    if (transfer.state.size() > kTransactionStateMax &&
        wire::outcome_of(transfer.state) == wire::Outcome::transactional) {
        refuse(kInvalidField, "the state that names its transaction is longer than 256 bytes");
        return;
    }
    if (coming_ == Coming::empty && !payload.empty()) {
        coming_ = Coming::good;
    }
    if (coming_ == Coming::empty && !transfer.more && !transfer.aborted) {
        refuse(kDecodeError, "a message without a single byte is none");
        return;
    }
    if (!first && settles_now(transfer)) {
        unsettled_.erase(number_);
        unsettled_.pay_less(link_);
    }
    amqp::Transfer passed = transfer;
    passed.delivery_id = number_;
    tell(passed, payload);
}

void PairEnd::begin(const amqp::Transfer& transfer, amqp::Context& context) {
    ++deliveries_;
    context = ++number_;
    // What is resumed may be there already; what is no AMQP message may be anything.
    const bool needs_bytes = !transfer.resume && transfer.message_format.value_or(0) == 0;
    coming_ = needs_bytes ? Coming::empty : Coming::good;
    if (!settles_now(transfer)) {
        unsettled_.add(number_, *transfer.delivery_id);  // P2
    } else if (!transfer.aborted) {
        link_.count(Fate::presettled);
    }
}

/// Our peer hears why; for the partner the delivery is aborted, so that it counts at both ends.
void PairEnd::refuse(std::string_view condition, std::string_view text) {
    coming_ = Coming::refused;
    const Buffer state = wire::rejected(condition, text);
    amqp::DeliveryUpdate update{.settled = true, .state = state};
    if (const auto id = unsettled_.note(link_, number_, update)) {
        update.id = *id;
        (void)link_.update(update);  // it settles
    }
    tell({.delivery_id = number_, .aborted = true}, {});
}

void PairEnd::tell(const amqp::Transfer& transfer, Bytes payload) {
    held_on(partner_->transferred(transfer, payload));
}

void PairEnd::held_on(std::size_t bytes) {
    if (bytes > 0 && life_ != Life::over) {
        held_ += bytes;  // P3
        link_.hold(static_cast<std::ptrdiff_t>(bytes));
    }
}

void PairEnd::on_flow(const amqp::Flow& flow) {
    open_gate(flow);
    if (partner_ != nullptr && life_ <= Life::open && !partner_->flowed(counted_by_partner(flow))) {
        overflow();
    }
    if (waiting_.is_for_credit()) {
        link_.credited();
    }
}

void PairEnd::on_update(const amqp::DeliveryUpdate& update, amqp::Context context) {
    amqp::DeliveryUpdate passed = update;
    passed.id = static_cast<DeliveryNumber>(context);
    unsettled_.note(link_, passed.id, update);
    if (partner_ != nullptr && life_ == Life::open && !partner_->updated(passed)) {
        overflow();
    }
}

void PairEnd::on_detach(bool closed, const amqp::ErrorView* error) {
    switch (life_) {
        case Life::open:
            become(Life::answering);
            closed_ = closed;
            unsettled_.forget_all(link_);
            answer_detach(closed, error);
            return;
        case Life::asked:      // the engine answered
        case Life::offered:    // it can't be attached
        case Life::departing:  // the answer
        case Life::answering: {
            Partner* const partner = partner_;
            const bool was_told = life_ == Life::answering;
            end();
            if (partner != nullptr && !was_told) {
                tell_detached(*partner, closed, error);
            } else if (partner != nullptr) {
                partner->lost(!survives_);
            }
            return;
        }
        case Life::over:
            return;
    }
}

/// By the partner's peer, unless that is gone or has detached already.
void PairEnd::answer_detach(bool closed, const amqp::ErrorView* error) {
    Partner* const partner = partner_;
    const bool has_spoken = waiting_.ends_with_detach();
    drop_waiting();
    if (partner == nullptr || has_spoken) {
        detach_own(closed, nullptr);
    }
    if (partner != nullptr) {
        partner->detached(closed, error);
    }
}

void PairEnd::on_lost(bool alone) {
    if (life_ == Life::over) {
        return;
    }
    if (!alone) {
        held_ = 0;  // its session is gone, too
    }
    Partner* const partner = partner_;
    end();
    if (partner != nullptr) {
        partner->lost(!survives_);
    }
}

void PairEnd::give_up(const amqp::ErrorView& error) {
    WEFT_DCHECK(life_ <= Life::open);
    Partner* const partner = partner_;
    const bool has_spoken = waiting_.ends_with_detach();
    drop_waiting();
    detach_own(!survives_, &error);
    if (partner != nullptr) {
        tell_detached(*partner, true, &error);
    }
    if (has_spoken) {
        part();
    }
}

// --- what the partner says ----------------------------------------------------------------------

void PairEnd::attached(const amqp::Attach& attach) {
    if (life_ != Life::asked) {
        if (count_) {
            count_->theirs = attach.initial_delivery_count.value_or(0);
        }
        link_.joined();
        return;
    }
    if (link_.accept(attach)) {
        become(Life::open);
        return;
    }
    const amqp::ErrorView error{
        kFrameSizeTooSmall, "the answer to the attach is too large for the peer", {}};
    Partner* const partner = partner_;
    end();
    if (partner != nullptr) {
        partner->detached(true, &error);
        partner->lost(true);  // nobody hears the answer
    }
}

bool PairEnd::send(amqp::Transfer& transfer, Bytes& payload, DeliveryNumber delivery) {
    amqp::DeliveryId id = 0;
    const bool settles = settles_now(transfer);
    const bool is_aborted = transfer.aborted;
    const bool is_shut = life_ == Life::offered || lacks_credit(delivery);
    waiting_.set_for_credit(is_shut);
    if (is_shut) {
        return false;
    }
    const bool done = link_.transfer(transfer, payload, delivery, id);
    const bool began = done || !transfer.delivery_id;  // else nothing of it went out
    if (began && delivery != number_) {
        number_ = delivery;
        ++deliveries_;
        if (gate_) {
            ++gate_->count;
        }
        if (!settles) {
            unsettled_.add(delivery, id);  // P2
        } else if (!is_aborted) {
            link_.count(Fate::presettled);
        }
    } else if (began && settles) {
        unsettled_.erase(delivery);
    }
    return done;
}

/// False: `transfer` and `payload` are what must wait.
bool PairEnd::pass(amqp::Transfer& transfer, Bytes& payload) {
    const bool is_heard = life_ == Life::open || (life_ == Life::offered && gate_);
    return !is_heard || (!waits() && send(transfer, payload, *transfer.delivery_id));
}

std::size_t PairEnd::transferred(const amqp::Transfer& transfer, Bytes payload) {
    amqp::Transfer left = transfer;
    if (pass(left, payload)) {
        return 0;
    }
    Word* const word = waiting_.add(link_, left, *transfer.delivery_id, payload);
    if (word == nullptr) {
        overflow();
        return 0;
    }
    word->charged = word->memory();
    return word->charged;
}

void PairEnd::deliver(const amqp::Transfer& transfer, Bytes payload, std::size_t charged) {
    amqp::Transfer left = transfer;
    if (pass(left, payload)) {
        if (partner_ != nullptr) {
            partner_->passed_on(charged);
        }
    } else if (Word* const word = waiting_.add(link_, left, *transfer.delivery_id, payload)) {
        word->charged = charged;
    } else {
        overflow();
    }
}

/// Whatever becomes of it: who says so hears of that.
bool PairEnd::flowed(const amqp::Flow& flow) {
    if (life_ > Life::open) {
        return true;
    }
    amqp::Flow own = flow;
    if (count_ && count_->theirs && own.delivery_count) {
        *own.delivery_count += count_->own - *count_->theirs;
    }
    if (!waits() && link_.flow(own)) {
        return true;
    }
    if (!waiting_.add(link_, own)) {
        overflow();
    }
    return true;
}

bool PairEnd::updated(const amqp::DeliveryUpdate& update) {
    if (life_ != Life::open) {
        return true;
    }
    if (!waits() && update_own(update)) {
        return true;
    }
    if (waiting_.is_full() || !waiting_.add(link_, update)) {
        overflow();
    }
    return true;
}

/// False: there is no room for it.
bool PairEnd::update_own(const amqp::DeliveryUpdate& update) {
    const auto id = unsettled_.note(link_, update.id, update);
    if (!id) {
        return true;  // settled from here meanwhile
    }
    amqp::DeliveryUpdate own = update;
    own.id = *id;
    return link_.update(own);
}

void PairEnd::passed_on(std::size_t bytes) {
    if (life_ == Life::over) {
        return;
    }
    held_ -= bytes;
    link_.hold(-static_cast<std::ptrdiff_t>(bytes));
}

void PairEnd::detached(bool closed, const amqp::ErrorView* error) {
    const bool was_offered = life_ == Life::offered;
    if (!waits() || (life_ != Life::open && !(was_offered && gate_))) {
        Partner* const partner = partner_;
        drop_waiting();
        detach_own(closed, error);
        if (late_ && was_offered && partner != nullptr) {
            partner->lost(closed);  // it waits for the answer
        }
        return;
    }
    if (waiting_.ends_with_detach()) {
        part();  // it did so for itself, was answered, and is over
        return;
    }
    link_.departs();
    if (!waiting_.add_detach(link_, closed, error)) {
        overflow();
        part();  // that was its answer, and it is over
    }
}

void PairEnd::detach_own(bool closed, const amqp::ErrorView* error) {
    switch (life_) {
        case Life::asked: {
            const amqp::ErrorView none{};
            link_.refuse(error != nullptr ? *error : none);
            end();
            return;
        }
        case Life::offered:  // nobody waits for the answer
        case Life::answering:
            part();
            link_.detach(closed, error);
            end();
            return;
        case Life::open:
            become(Life::departing);
            unsettled_.forget_all(link_);
            link_.detach(closed, error);
            return;
        case Life::departing:
            part();  // it was detached, too
            return;
        case Life::over:
            return;
    }
}

void PairEnd::lost(bool closed) {
    partner_ = nullptr;
    drop_waiting();
    const amqp::ErrorView error{kRoutedLinkLost, kLostText, {}};
    const bool answers = life_ == Life::answering;
    detach_own(answers ? closed_ : closed, answers ? nullptr : &error);
}

// --- waiting for room ---------------------------------------------------------------------------

bool PairEnd::on_room() {
    while (waits()) {
        Word word = waiting_.take_first();
        if (!say(word)) {
            waiting_.put_back(std::move(word));
            link_.await_room();
            return false;
        }
        if (!waits()) {
            return true;  // it is over
        }
        waiting_.pass(link_, word);
        if (word.charged > 0 && partner_ != nullptr) {
            partner_->passed_on(word.charged);  // P3
        }
    }
    return true;
}

/// False: there is no room for it.
bool PairEnd::say(Word& word) {
    switch (word.kind) {
        case Word::Kind::transfer:
            return send(word.transfer, word.payload, word.delivery);
        case Word::Kind::flow:
            return link_.flow(word.flow);
        case Word::Kind::update:
            return update_own(word.update);
        case Word::Kind::detach:
            detach_own(word.closed, amqp::pointer_to(word.error));
            return true;
    }
    return true;
}

/// Words of the sender's that settle nothing can come for ever.
void PairEnd::overflow() {
    const amqp::ErrorView error{
        kResourceLimitExceeded,
        "the receiver is too slow: too much waits for it, or is not settled",
        {}};
    Partner* const partner = partner_;
    const bool has_spoken = waiting_.ends_with_detach();
    drop_waiting();
    detach_own(true, &error);
    if (partner != nullptr) {
        tell_detached(*partner, true, &error);
    }
    if (has_spoken) {
        part();
    }
}

void PairEnd::drop_waiting() {
    const bool is_awaited = waiting_.has_marked();
    waiting_.drop(link_);
    if (is_awaited) {
        link_.dropped();
    }
}

/// The partner has spoken its last word, and so has this end: it may go (P4).
void PairEnd::part() {
    if (Partner* const partner = std::exchange(partner_, nullptr)) {
        partner->parted();
    }
}

void PairEnd::end() {
    if (held_ > 0) {
        link_.hold(-static_cast<std::ptrdiff_t>(std::exchange(held_, 0)));
    }
    become(Life::over);
    partner_ = nullptr;
    drop_waiting();
    unsettled_.forget_all(link_);
    link_.over();
}

}  // namespace weft::linkroute
