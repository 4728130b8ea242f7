#include "router/transaction/turnstile.hpp"

#include "common/base/assert.hpp"
#include "common/base/conditions.hpp"
#include "common/transaction/control.hpp"
#include "common/wire/delivery_state.hpp"

#include <algorithm>
#include <utility>

namespace weft::router_transaction {
namespace {

using linkroute::Word;

linkroute::Partner& partner_of(linkroute::PairEnd& near) {
    WEFT_CHECK(near.partner() != nullptr);
    return *near.partner();
}

Bytes state_of(const Word& word) {
    return word.kind == Word::Kind::transfer ? word.transfer.state : word.update.state;
}

std::string_view text_of(Bytes name) {
    return as_text(name);
}

}  // namespace

Turnstile::Turnstile(TurnstileKeeper& keeper, linkroute::PairEnd& near, std::string broker)
    : keeper_{keeper}, near_{near}, to_{partner_of(near)}, broker_{std::move(broker)} {
    near.join(*this);
}

Turnstile::~Turnstile() {
    drop();
}

// --- messages -----------------------------------------------------------------------------------

std::size_t Turnstile::transferred(const amqp::Transfer& transfer, Bytes payload) {
    if (is_leaving() && lose(transfer.state)) {
        return 0;
    }
    std::size_t kept = 0;
    if (!holds() && pass(transfer, payload, kept)) {
        return kept;
    }
    Word word = linkroute::word_of(transfer, *transfer.delivery_id, payload);
    const std::size_t memory = word.memory();
    word.charged = memory;
    return hold(std::move(word)) ? memory : 0;
}

/// False: it has to wait. `kept`: as Partner::transferred returns.
bool Turnstile::pass(const amqp::Transfer& transfer, Bytes payload, std::size_t& kept) {
    if (refused_ == transfer.delivery_id) {
        return true;
    }
    refused_.reset();
    const auto state = transaction::read_state(transfer.state);
    if (!state) {
        kept = to_.transferred(transfer, payload);
        return true;
    }
    const Part part = keeper_.enlist(text_of(state->name), *this);
    switch (part.way) {
        case Part::Way::pass: {
            const Buffer theirs = transaction::state_of(as_bytes(part.name), state->outcome);
            amqp::Transfer passed = transfer;
            passed.state = theirs;
            kept = to_.transferred(passed, payload);
            return true;
        }
        case Part::Way::wait:
            return false;
        case Part::Way::refused:
        case Part::Way::unknown:
            refuse(transfer, part);
            if (is_joined() && near_.life() != linkroute::PairEnd::Life::departing) {  // S3
                kept = to_.transferred({.delivery_id = transfer.delivery_id, .aborted = true}, {});
            }
            return true;
    }
    return true;
}

/// Who sent it settled hears of it with the end of the transaction; if there is none, at once.
void Turnstile::refuse(const amqp::Transfer& transfer, const Part& part) {
    const Error why = *part.why;
    refused_ = transfer.more ? transfer.delivery_id : std::nullopt;
    if (!transfer.settled.value_or(false)) {
        const Buffer state = wire::rejected(why.condition, why.text);
        (void)near_.updated({.id = *transfer.delivery_id, .settled = true, .state = state});
    } else if (part.way == Part::Way::unknown) {
        give_up(why);
    }
}

// --- outcomes -----------------------------------------------------------------------------------

bool Turnstile::updated(const amqp::DeliveryUpdate& update) {
    if (is_leaving() && lose(update.state)) {
        return true;
    }
    bool said = true;
    if (!holds() && pass(update, said)) {
        return said;
    }
    (void)hold(linkroute::word_of(update));  // else the link is detached, and it heard why
    return true;
}

/// False: it has to wait. `said`: as Partner::updated returns.
bool Turnstile::pass(const amqp::DeliveryUpdate& update, bool& said) {
    const auto state = transaction::read_state(update.state);
    if (!state) {
        said = to_.updated(update);
        return true;
    }
    const Part part = keeper_.enlist(text_of(state->name), *this);
    amqp::DeliveryUpdate passed = update;
    switch (part.way) {
        case Part::Way::pass: {
            const Buffer theirs = transaction::state_of(as_bytes(part.name), state->outcome);
            passed.state = theirs;
            said = to_.updated(passed);
            return true;
        }
        case Part::Way::wait:
            return false;
        case Part::Way::refused:  // the client hears it with the end of the transaction
            if (update.settled) {
                passed.state = wire::kModifiedFailed;
                said = to_.updated(passed);
            }
            return true;
        case Part::Way::unknown:
            give_up(Error{*part.why});
            return true;
    }
    return true;
}

/// What the router has against the link ends it.
void Turnstile::give_up(const Error& why) {
    if (near_.life() <= linkroute::PairEnd::Life::open) {
        const amqp::ErrorView error{why.condition, why.text, {}};
        near_.give_up(error);
    }
}

std::optional<Buffer> Turnstile::translated(Bytes state) const {
    const auto theirs = transaction::read_state(state);
    const std::string* const ours = theirs ? keeper_.ours(broker_, text_of(theirs->name)) : nullptr;
    return ours == nullptr ? std::nullopt
                           : std::optional(transaction::state_of(as_bytes(*ours), theirs->outcome));
}

// --- the rest -----------------------------------------------------------------------------------

bool Turnstile::flowed(const amqp::Flow& flow) {
    if (!holds()) {
        return to_.flowed(flow);
    }
    if (!linkroute::merge(held_.back(), flow)) {
        (void)hold(linkroute::word_of(flow));
    }
    return true;
}

void Turnstile::detached(bool closed, const amqp::ErrorView* error) {
    if (holds() && !near_.is_over()) {
        held_.push_back(linkroute::word_of_detach(closed, error));  // one at most
        return;
    }
    drop();  // the broker has detached, and this is the answer
    to_.detached(closed, error);
}

void Turnstile::lost(bool closed) {
    drop();
    to_.lost(closed);
}

/// A detach that is held is the answer that the other end waits for: what was to go before it that
/// one does not hear any more.
void Turnstile::parted() {
    std::optional<Word> last;
    if (holds() && held_.back().kind == Word::Kind::detach) {
        last = std::move(held_.back());
    }
    drop();
    if (last) {
        to_.detached(last->closed, amqp::pointer_to(last->error));
    }
}

// --- what is held -------------------------------------------------------------------------------

/// False: it is not, and the link is detached for that.
bool Turnstile::hold(Word word) {
    if (held_.size() >= kHeldMax || !keeper_.keep(word.memory())) {
        drop();
        lose(word);
        give_up({kResourceLimitExceeded,
                 "too much waits for a broker to declare the transaction that it is part of"});
        return false;
    }
    held_.push_back(std::move(word));
    if (!std::exchange(is_known_, true)) {
        keeper_.await(*this);
    }
    return true;
}

std::string_view Turnstile::awaited() const {
    const auto part = transaction::read_state(state_of(held_.front()));
    return part ? text_of(part->name) : std::string_view{};
}

bool Turnstile::go_on(std::size_t& left) {
    for (; holds(); --left) {
        if (left == 0) {
            return false;
        }
        if (!is_joined() || !is_heard()) {
            left -= std::min(left, held_.size());
            drop();  // whom it speaks with is gone, or hears nothing more
            return true;
        }
        Word word = std::move(held_.front());
        held_.pop_front();
        if (!say(word)) {
            held_.push_front(std::move(word));
            --left;
            return true;
        }
        if (word.kind != Word::Kind::detach) {
            keeper_.give_back(word.memory());
        }
    }
    be_forgotten();
    return true;
}

void Turnstile::be_forgotten() {
    if (std::exchange(is_known_, false)) {
        keeper_.forget(*this);
    }
}

/// False: it has to wait.
bool Turnstile::say(const Word& word) {
    bool said = true;
    switch (word.kind) {
        case Word::Kind::transfer: {
            amqp::Transfer transfer = word.transfer;
            transfer.delivery_id = word.delivery;
            const std::size_t charged = word.charged;
            std::size_t kept = 0;
            if (!pass(transfer, word.payload, kept)) {
                return false;
            }
            near_.passed_on(charged);
            near_.held_on(kept);
            return true;
        }
        case Word::Kind::flow:
            said = to_.flowed(word.flow);
            break;
        case Word::Kind::update:
            if (!pass(word.update, said)) {
                return false;
            }
            break;
        case Word::Kind::detach:
            to_.detached(word.closed, amqp::pointer_to(word.error));
            break;
    }
    if (!said) {
        give_up({kResourceLimitExceeded, "too much is on the way to the broker"});
    }
    return true;
}

/// Nobody will have it. What it was part of can't be whole any more.
void Turnstile::drop() {
    if (!holds()) {
        return;
    }
    be_forgotten();
    for (std::deque<Word> held = std::exchange(held_, {}); !held.empty(); held.pop_front()) {
        const Word& word = held.front();
        if (word.kind != Word::Kind::detach) {
            keeper_.give_back(word.memory());
        }
        if (word.charged > 0) {
            near_.passed_on(word.charged);
        }
        lose(word);
    }
}

/// The other end has detached, or the router has, before the client did.
bool Turnstile::is_leaving() const {
    return near_.life() == linkroute::PairEnd::Life::departing ||
           near_.waiting().ends_with_detach();
}

/// The other end has not detached, or not before the client spoke its last word.
bool Turnstile::is_heard() const {
    return !is_leaving() || held_.back().kind == Word::Kind::detach;
}

void Turnstile::lose(const Word& word) {
    (void)lose(state_of(word));
}

/// False: it is the state of no part.
bool Turnstile::lose(Bytes state) {
    const auto part = transaction::read_state(state);
    if (part) {
        keeper_.lose_part(text_of(part->name));
    }
    return part.has_value();
}

}  // namespace weft::router_transaction
