#include "router/linkroute/waiting_words.hpp"

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

Word& WaitingWords::begin(PairLink& link, Word::Kind kind) {
    if (!waiting_) {
        waiting_ = std::make_unique<Waiting>();
        link.await_room();
    }
    Word& word = waiting_->words.emplace_back();
    word.kind = kind;
    waiting_->small += kind == Word::Kind::transfer ? 0 : 1;
    return word;
}

/// Whether the last word may wait.
bool WaitingWords::has_kept(PairLink& link, const Word& word) {
    if (!link.keep(word.memory())) {
        waiting_->words.pop_back();
        return false;
    }
    waiting_->bytes += word.storage.size();
    return true;
}

Word* WaitingWords::add(PairLink& link,
                        const amqp::Transfer& left,
                        DeliveryNumber delivery,
                        Bytes payload) {
    Word& word = begin(link, Word::Kind::transfer);
    word.delivery = delivery;
    word.transfer = left;
    word.storage.reserve(left.state.size() + payload.size() +
                         left.delivery_tag.value_or(Bytes{}).size());
    if (left.delivery_tag) {
        word.transfer.delivery_tag = keep(word.storage, *left.delivery_tag);
    }
    word.transfer.state = keep(word.storage, left.state);
    word.payload = keep(word.storage, payload);
    return has_kept(link, word) ? &word : nullptr;
}

bool WaitingWords::add(PairLink& link, const amqp::Flow& flow) {
    if (any() && waiting_->words.back().kind == Word::Kind::flow) {
        Word& last = waiting_->words.back();
        const bool echo = last.flow.echo || flow.echo;
        last.flow = flow;
        last.flow.echo = echo;
        last.flow.properties = {};
        return true;
    }
    Word& word = begin(link, Word::Kind::flow);
    word.flow = flow;
    word.flow.properties = keep(word.storage, flow.properties);
    return has_kept(link, word);
}

bool WaitingWords::add(PairLink& link, const amqp::DeliveryUpdate& update) {
    Word& word = begin(link, Word::Kind::update);
    word.update = update;
    word.update.state = keep(word.storage, update.state);
    return has_kept(link, word);
}

bool WaitingWords::add_detach(PairLink& link, bool closed, const amqp::ErrorView* error) {
    Word& word = begin(link, Word::Kind::detach);
    word.closed = closed;
    if (error != nullptr) {
        word.storage.reserve(error->condition.size() + error->description.size() +
                             error->info.size());
        word.error.emplace(keep(word.storage, error->condition),
                           keep(word.storage, error->description), keep(word.storage, error->info));
    }
    return has_kept(link, word);
}

void WaitingWords::pass(PairLink& link, const Word& word) {
    waiting_->words.pop_front();
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
