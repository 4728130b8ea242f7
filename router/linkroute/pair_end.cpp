#include "router/linkroute/pair_end.hpp"

#include "common/base/assert.hpp"
#include "common/base/conditions.hpp"

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
    const bool settles = transfer.settled.value_or(false) || transfer.aborted;
    if (first) {
        ++deliveries_;
        presettled_ += settles ? 1 : 0;
        context = ++number_;
        if (!settles) {
            ids_.emplace(number_, *transfer.delivery_id);  // P2
        }
    } else if (settles) {
        ids_.erase(number_);
    }
    amqp::Transfer passed = transfer;
    passed.delivery_id = number_;
    const std::size_t kept = partner_->transferred(passed, payload);
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
    const auto number = static_cast<DeliveryNumber>(context);
    if (update.settled) {
        ids_.erase(number);
    }
    if (partner_ != nullptr && life_ == Life::open) {
        partner_->updated(number, update.settled, update.state);
    }
}

void PairEnd::on_detach(bool closed, const amqp::ErrorView* error) {
    switch (life_) {
        case Life::open:
            become(Life::answering);
            ids_.clear();
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
    waiting_.reset();
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
    const bool settles = transfer.settled.value_or(false) || transfer.aborted;
    const bool done = link_.transfer(transfer, payload, delivery, id);
    const bool began = done || !transfer.delivery_id;  // else nothing of it went out
    if (began && delivery != number_) {
        number_ = delivery;
        ++deliveries_;
        presettled_ += settles ? 1 : 0;
        if (!settles) {
            ids_.emplace(delivery, id);  // P2
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

PairEnd::Word& PairEnd::keep_transfer(const amqp::Transfer& left,
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
    waiting_->bytes += word.storage.size();
    return word;
}

std::size_t PairEnd::transferred(const amqp::Transfer& transfer, Bytes payload) {
    amqp::Transfer left = transfer;
    if (pass(left, payload)) {
        return 0;
    }
    Word& word = keep_transfer(left, *transfer.delivery_id, payload);
    word.charged = word.storage.size() + sizeof(Word);
    return word.charged;
}

void PairEnd::deliver(const amqp::Transfer& transfer, Bytes payload, std::size_t charged) {
    amqp::Transfer left = transfer;
    if (!pass(left, payload)) {
        keep_transfer(left, *transfer.delivery_id, payload).charged = charged;
    } else if (partner_ != nullptr) {
        partner_->passed_on(charged);
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
}

void PairEnd::updated(DeliveryNumber delivery, bool settled, Bytes state) {
    if (life_ != Life::open) {
        return;
    }
    if (!waits()) {
        update_own(delivery, settled, state);
        return;
    }
    if (waiting_->small >= kWordsWaitingMax) {
        overflow();
        return;
    }
    Word& word = wait(Word::Kind::update);
    word.delivery = delivery;
    word.settled = settled;
    word.payload = keep(word.storage, state);
}

void PairEnd::update_own(DeliveryNumber delivery, bool settled, Bytes state) {
    const auto at = ids_.find(delivery);
    if (at == ids_.end()) {
        return;  // settled from here meanwhile
    }
    const amqp::DeliveryId id = at->second;
    if (settled) {
        ids_.erase(at);
    }
    link_.update(id, settled, state);
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
        waiting_.reset();
        detach_own(closed, error);
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
            ids_.clear();
            link_.detach(closed, error);
            return;
        case Life::departing:
        case Life::over:
            return;
    }
}

void PairEnd::lost(bool closed) {
    partner_ = nullptr;
    waiting_.reset();
    const amqp::ErrorView error{kRoutedLinkLost, kLostText, {}};
    const bool answers = life_ == Life::answering;
    detach_own(closed, answers ? nullptr : &error);
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
            update_own(word.delivery, word.settled, word.payload);
            return true;
        case Word::Kind::detach:
            detach_own(word.closed, amqp::pointer_to(word.error));
            return true;
    }
    return true;
}

/// Words of the sender's that settle nothing can come for ever.
void PairEnd::overflow() {
    const amqp::ErrorView error{
        kResourceLimitExceeded, "too many changes of deliveries wait for the receiver", {}};
    Partner* const partner = partner_;
    waiting_.reset();
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
    waiting_.reset();
    ids_.clear();
    link_.over();
}

}  // namespace weft::linkroute
