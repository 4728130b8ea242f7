#include "router/linkroute/pair_end.hpp"

#include "common/amqp/options.hpp"
#include "common/base/assert.hpp"
#include "common/base/conditions.hpp"
#include "common/wire/delivery_state.hpp"

#include <utility>

namespace weft::linkroute {
namespace {

/// A copy behind what `storage` has, which must have room.
Bytes keep(Buffer& storage, Bytes bytes) {
    const std::size_t at = storage.size();
    storage.insert(storage.end(), bytes.begin(), bytes.end());
    return Bytes{storage}.subspan(at);
}

std::string_view keep(Buffer& storage, std::string_view text) {
    return as_text(keep(storage, as_bytes(text)));
}

bool settles_now(const amqp::Transfer& transfer) {
    return transfer.settled.value_or(false) || transfer.aborted;
}

std::optional<Fate> fate_in(Bytes state) {
    switch (wire::outcome_of(state)) {
        case wire::Outcome::accepted:
            return Fate::accepted;
        case wire::Outcome::rejected:
            return Fate::rejected;
        case wire::Outcome::released:
            return Fate::released;
        case wire::Outcome::modified:
            return Fate::modified;
        case wire::Outcome::none:
        case wire::Outcome::received:
        case wire::Outcome::declared:
        case wire::Outcome::transactional:
            return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace

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
    if (coming_ == Coming::refused || !pays()) {
        return;
    }
    if (first && transfer.delivery_tag.value_or(Bytes{}).size() > amqp::kDeliveryTagMax) {
        refuse(kInvalidField, "the delivery-tag is longer than 32 bytes");
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
        ids_.erase(number_);
        pay_less();
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
        ids_.emplace(number_, Unsettled{.id = *transfer.delivery_id});  // P2
    } else if (!transfer.aborted) {
        link_.count(Fate::presettled);
    }
}

/// False: what our peer sends and nobody settles takes too much, and the link is detached.
bool PairEnd::pays() {
    if (ids_.size() <= paid_) {
        return true;
    }
    if (!link_.keep(kPaidAtOnce * kUnsettledBytes)) {
        overflow();
        return false;
    }
    paid_ += kPaidAtOnce;
    return true;
}

void PairEnd::pay_less() {
    if (ids_.empty() && paid_ > kPaidAtOnce) {
        link_.give_back((paid_ - kPaidAtOnce) * kUnsettledBytes);
        paid_ = kPaidAtOnce;
    }
}

void PairEnd::forget_deliveries() {
    ids_.clear();
    link_.give_back(std::exchange(paid_, 0) * kUnsettledBytes);
}

/// Our peer hears why; for the partner the delivery is aborted, so that it counts at both ends.
void PairEnd::refuse(std::string_view condition, std::string_view text) {
    coming_ = Coming::refused;
    if (const auto at = ids_.find(number_); at != ids_.end()) {
        const Buffer state = wire::rejected(condition, text);
        const amqp::DeliveryUpdate update{.id = at->second.id, .settled = true, .state = state};
        note(at, update);
        (void)link_.update(update);  // it settles
    }
    tell({.delivery_id = number_, .aborted = true}, {});
}

void PairEnd::tell(const amqp::Transfer& transfer, Bytes payload) {
    const std::size_t kept = partner_->transferred(transfer, payload);
    if (kept > 0 && life_ == Life::open) {
        held_ += kept;  // P3
        link_.hold(static_cast<std::ptrdiff_t>(kept));
    }
}

void PairEnd::on_flow(const amqp::Flow& flow) {
    if (partner_ != nullptr && life_ <= Life::open) {
        partner_->flowed(flow);
    }
}

void PairEnd::on_update(const amqp::DeliveryUpdate& update, amqp::Context context) {
    amqp::DeliveryUpdate passed = update;
    passed.id = static_cast<DeliveryNumber>(context);
    if (const auto at = ids_.find(passed.id); at != ids_.end()) {
        note(at, update);
    }
    if (partner_ != nullptr && life_ == Life::open) {
        partner_->updated(passed);
    }
}

/// The first outcome that is said of a delivery counts; once it is settled, it is forgotten.
void PairEnd::note(Deliveries::iterator delivery, const amqp::DeliveryUpdate& update) {
    const std::optional<Fate> fate = fate_in(update.state);
    if (fate && !std::exchange(delivery->second.is_decided, true)) {
        link_.count(*fate);
    }
    if (update.settled) {
        ids_.erase(delivery);
        pay_less();
    }
}

void PairEnd::on_detach(bool closed, const amqp::ErrorView* error) {
    switch (life_) {
        case Life::open:
            become(Life::answering);
            closed_ = closed;
            forget_deliveries();
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
                partner->detached(closed, error);
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
    const bool has_spoken = waits() && waiting_->words.back().kind == Word::Kind::detach;
    drop_waiting();
    if (partner == nullptr || has_spoken) {
        detach_own(closed, nullptr);
    }
    if (partner != nullptr) {
        partner->detached(closed, error);
    }
}

void PairEnd::on_lost() {
    if (life_ == Life::over) {
        return;
    }
    held_ = 0;  // its session is gone, too
    Partner* const partner = partner_;
    end();
    if (partner != nullptr) {
        partner->lost(!survives_);
    }
}

void PairEnd::give_up(const amqp::ErrorView& error) {
    WEFT_DCHECK(life_ <= Life::offered);
    Partner* const partner = partner_;
    if (life_ == Life::asked) {
        link_.refuse(error);
    } else {
        link_.detach(true, &error);
    }
    end();
    if (partner != nullptr) {
        partner->detached(true, &error);
    }
}

// --- what the partner says ----------------------------------------------------------------------

void PairEnd::attached(const amqp::Attach& attach) {
    if (life_ != Life::asked) {
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
    const bool done = link_.transfer(transfer, payload, delivery, id);
    const bool began = done || !transfer.delivery_id;  // else nothing of it went out
    if (began && delivery != number_) {
        number_ = delivery;
        ++deliveries_;
        if (!settles) {
            ids_.emplace(delivery, Unsettled{.id = id});  // P2
        } else if (!is_aborted) {
            link_.count(Fate::presettled);
        }
    } else if (began && settles) {
        ids_.erase(delivery);
    }
    return done;
}

/// False: `transfer` and `payload` are what must wait.
bool PairEnd::pass(amqp::Transfer& transfer, Bytes& payload) {
    return life_ != Life::open || (!waits() && send(transfer, payload, *transfer.delivery_id));
}

/// Null: nothing more may wait, and the link is detached.
PairEnd::Word* PairEnd::keep_transfer(const amqp::Transfer& left,
                                      DeliveryNumber delivery,
                                      Bytes payload) {
    Word& word = wait(Word::Kind::transfer);
    word.delivery = delivery;
    word.transfer = left;
    word.storage.reserve(left.state.size() + payload.size() +
                         left.delivery_tag.value_or(Bytes{}).size());
    if (left.delivery_tag) {
        word.transfer.delivery_tag = keep(word.storage, *left.delivery_tag);
    }
    word.transfer.state = keep(word.storage, left.state);
    word.payload = keep(word.storage, payload);
    return has_kept(word) ? &word : nullptr;
}

std::size_t PairEnd::transferred(const amqp::Transfer& transfer, Bytes payload) {
    amqp::Transfer left = transfer;
    if (pass(left, payload)) {
        return 0;
    }
    Word* const word = keep_transfer(left, *transfer.delivery_id, payload);
    if (word == nullptr) {
        return 0;
    }
    word->charged = memory_of(*word);
    return word->charged;
}

void PairEnd::deliver(const amqp::Transfer& transfer, Bytes payload, std::size_t charged) {
    amqp::Transfer left = transfer;
    if (pass(left, payload)) {
        if (partner_ != nullptr) {
            partner_->passed_on(charged);
        }
    } else if (Word* const word = keep_transfer(left, *transfer.delivery_id, payload)) {
        word->charged = charged;
    }
}

void PairEnd::flowed(const amqp::Flow& flow) {
    if (life_ > Life::open) {
        return;
    }
    if (!waits() && link_.flow(flow)) {
        return;
    }
    if (waits() && waiting_->words.back().kind == Word::Kind::flow) {
        Word& last = waiting_->words.back();
        const bool echo = last.flow.echo || flow.echo;
        last.flow = flow;  // the last one counts
        last.flow.echo = echo;
        last.flow.properties = {};
        return;
    }
    Word& word = wait(Word::Kind::flow);
    word.flow = flow;
    word.flow.properties = keep(word.storage, flow.properties);
    (void)has_kept(word);
}

void PairEnd::updated(const amqp::DeliveryUpdate& update) {
    if (life_ != Life::open) {
        return;
    }
    if (!waits() && update_own(update)) {
        return;
    }
    if (waits() && waiting_->small >= kWordsWaitingMax) {
        overflow();
        return;
    }
    Word& word = wait(Word::Kind::update);
    word.update = update;
    word.update.state = keep(word.storage, update.state);
    (void)has_kept(word);
}

/// False: there is no room for it.
bool PairEnd::update_own(const amqp::DeliveryUpdate& update) {
    const auto at = ids_.find(update.id);
    if (at == ids_.end()) {
        return true;  // settled from here meanwhile
    }
    amqp::DeliveryUpdate own = update;
    own.id = at->second.id;
    note(at, update);
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
    if (!waits() || life_ != Life::open) {
        drop_waiting();
        detach_own(closed, error);
        return;
    }
    if (waiting_->words.back().kind == Word::Kind::detach) {
        partner_ = nullptr;  // it did so for itself, was answered, and is over (P4)
        return;
    }
    Word& word = wait(Word::Kind::detach);
    word.closed = closed;
    if (error != nullptr) {
        word.storage.reserve(error->condition.size() + error->description.size() +
                             error->info.size());
        word.error.emplace(keep(word.storage, error->condition),
                           keep(word.storage, error->description), keep(word.storage, error->info));
    }
    if (!has_kept(word)) {
        partner_ = nullptr;  // that was its answer, and it is over (P4)
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
            link_.detach(closed, error);
            end();
            return;
        case Life::open:
            become(Life::departing);
            forget_deliveries();
            link_.detach(closed, error);
            return;
        case Life::departing:
            partner_ = nullptr;  // it was detached, too, and is over (P4)
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

PairEnd::Word& PairEnd::wait(Word::Kind kind) {
    if (!waiting_) {
        waiting_ = std::make_unique<Waiting>();
        link_.await_room();
    }
    Word& word = waiting_->words.emplace_back();
    word.kind = kind;
    waiting_->small += kind == Word::Kind::transfer ? 0 : 1;
    return word;
}

/// Whether the last word may wait; if not, the link is detached.
bool PairEnd::has_kept(const Word& word) {
    if (!link_.keep(memory_of(word))) {
        waiting_->words.pop_back();
        overflow();
        return false;
    }
    waiting_->bytes += word.storage.size();
    return true;
}

void PairEnd::drop_waiting() {
    if (waits()) {
        link_.give_back(waiting_->bytes + waiting_->words.size() * sizeof(Word));
        waiting_.reset();
    }
}

void PairEnd::on_room() {
    while (waits()) {
        Word word = std::move(waiting_->words.front());
        if (!say(word)) {
            waiting_->words.front() = std::move(word);
            link_.await_room();
            return;
        }
        if (!waits()) {
            return;  // it is over
        }
        waiting_->words.pop_front();
        link_.give_back(memory_of(word));
        waiting_->bytes -= word.storage.size();
        waiting_->small -= word.kind == Word::Kind::transfer ? 0 : 1;
        if (waiting_->words.empty()) {
            waiting_.reset();
        }
        if (word.charged > 0 && partner_ != nullptr) {
            partner_->passed_on(word.charged);  // P3
        }
    }
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
    drop_waiting();
    detach_own(true, &error);
    if (partner != nullptr) {
        partner->detached(true, &error);
    }
}

void PairEnd::end() {
    if (held_ > 0) {
        link_.hold(-static_cast<std::ptrdiff_t>(std::exchange(held_, 0)));
    }
    become(Life::over);
    partner_ = nullptr;
    drop_waiting();
    forget_deliveries();
    link_.over();
}

}  // namespace weft::linkroute
