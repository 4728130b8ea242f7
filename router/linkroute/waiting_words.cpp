#include "router/linkroute/waiting_words.hpp"

#include "common/wire/delivery_state.hpp"

#include <string_view>

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

Word word_of(const amqp::Transfer& left, DeliveryNumber delivery, Bytes payload) {
    Word word{.kind = Word::Kind::transfer, .delivery = delivery, .transfer = left};
    word.storage.reserve(left.state.size() + payload.size() +
                         left.delivery_tag.value_or(Bytes{}).size());
    if (left.delivery_tag) {
        word.transfer.delivery_tag = keep(word.storage, *left.delivery_tag);
    }
    word.transfer.state = keep(word.storage, left.state);
    word.payload = keep(word.storage, payload);
    return word;
}

Word word_of(const amqp::Flow& flow) {
    Word word{.kind = Word::Kind::flow, .flow = flow};
    word.flow.properties = keep(word.storage, flow.properties);
    return word;
}

Word word_of(const amqp::DeliveryUpdate& update) {
    Word word{.kind = Word::Kind::update, .update = update};
    word.update.state = keep(word.storage, update.state);
    return word;
}

Word word_of_detach(bool closed, const amqp::ErrorView* error) {
    Word word{.kind = Word::Kind::detach, .closed = closed};
    if (error != nullptr) {
        word.storage.reserve(error->condition.size() + error->description.size() +
                             error->info.size());
        word.error.emplace(keep(word.storage, error->condition),
                           keep(word.storage, error->description), keep(word.storage, error->info));
    }
    return word;
}

bool merge(Word& last, const amqp::Flow& flow) {
    if (last.kind != Word::Kind::flow) {
        return false;
    }
    const bool echo = last.flow.echo || flow.echo;
    last.flow = flow;
    last.flow.echo = echo;
    last.flow.properties = {};
    return true;
}

/// Null: it may not wait.
Word* WaitingWords::add(PairLink& link, Word word) {
    if (!link.keep(word.memory())) {
        return nullptr;
    }
    if (!waiting_) {
        waiting_ = std::make_unique<Waiting>();
        link.await_room();
    }
    waiting_->small += word.kind == Word::Kind::transfer ? 0 : 1;
    waiting_->bytes += word.storage.size();
    Word& last = waiting_->words.emplace_back(std::move(word));
    if (last.kind == Word::Kind::transfer &&
        (waiting_->part == last.delivery ||
         wire::outcome_of(last.transfer.state) == wire::Outcome::transactional)) {
        waiting_->part = last.delivery;
        waiting_->parts = waiting_->words.size();
    }
    return &last;
}

Word* WaitingWords::add(PairLink& link,
                        const amqp::Transfer& left,
                        DeliveryNumber delivery,
                        Bytes payload) {
    return add(link, word_of(left, delivery, payload));
}

bool WaitingWords::add(PairLink& link, const amqp::Flow& flow) {
    return (any() && merge(waiting_->words.back(), flow)) || add(link, word_of(flow)) != nullptr;
}

bool WaitingWords::add(PairLink& link, const amqp::DeliveryUpdate& update) {
    return add(link, word_of(update)) != nullptr;
}

bool WaitingWords::add_detach(PairLink& link, bool closed, const amqp::ErrorView* error) {
    return add(link, word_of_detach(closed, error)) != nullptr;
}

void WaitingWords::pass(PairLink& link, const Word& word) {
    waiting_->words.pop_front();
    waiting_->marked -= std::min<std::size_t>(waiting_->marked, 1);
    waiting_->parts -= std::min<std::size_t>(waiting_->parts, 1);
    link.give_back(word.memory());
    waiting_->bytes -= word.storage.size();
    waiting_->small -= word.kind == Word::Kind::transfer ? 0 : 1;
    if (waiting_->words.empty()) {
        waiting_.reset();
    }
}

void WaitingWords::drop(PairLink& link) {
    if (any()) {
        link.give_back(waiting_->bytes + waiting_->words.size() * sizeof(Word));
        waiting_.reset();
    }
}

}  // namespace weft::linkroute
