#include "router/node/linkroute/crossing.hpp"

#include "common/base/assert.hpp"
#include "common/wire/reader.hpp"
#include "common/wire/writer.hpp"

namespace weft::node {
namespace {

using Kind = PairWord::Kind;

/// What a word on its way takes.
std::size_t memory_of(const PairWord& word) {
    return sizeof(PairWord) + word.size;
}

template <class Performative>
void encode(Buffer& out, const Performative& performative) {
    wire::Writer writer{out};
    amqp::encode(writer, performative);
}

Bytes fields_of(Bytes encoded) {
    wire::Reader in{encoded};
    (void)in.descriptor();
    return in.rest();
}

/// We wrote it.
template <class T>
T value_of(const Result<T>& decoded) {
    WEFT_CHECK(decoded);
    return *decoded;
}

}  // namespace

void write(Buffer& out, const amqp::Attach& attach) {
    encode(out, attach);
}

amqp::Attach read_attach_word(Bytes bytes) {
    return value_of(amqp::decode_attach(fields_of(bytes)));
}

void write(Buffer& out, bool closed, const amqp::ErrorView* error) {
    amqp::Detach detach{.closed = closed};
    if (error != nullptr) {
        detach.error = *error;
    }
    encode(out, detach);
}

amqp::Detach read_detach_word(Bytes bytes) {
    return value_of(amqp::decode_detach(fields_of(bytes)));
}

void DistantPartner::attached(const amqp::Attach& attach) {
    out_.add({.kind = Kind::attached, .pair = pair_}, [&](Buffer& out) { write(out, attach); });
}

std::size_t DistantPartner::transferred(const amqp::Transfer& transfer, Bytes payload) {
    const std::size_t before = out_.bytes.size();
    PairWord& word = out_.add({.kind = Kind::transfer, .pair = pair_},
                              [&](Buffer& out) { encode(out, transfer); });
    word.number = static_cast<std::uint32_t>(out_.bytes.size() - before);
    out_.bytes.insert(out_.bytes.end(), payload.begin(), payload.end());
    word.size += payload.size();
    return memory_of(word);
}

bool DistantPartner::flowed(const amqp::Flow& flow) {
    amqp::Flow of_link = flow;
    of_link.handle = 0;  // else it would be the session's
    return count(
        out_.add({.kind = Kind::flow, .pair = pair_}, [&](Buffer& out) { encode(out, of_link); }));
}

bool DistantPartner::updated(const amqp::DeliveryUpdate& update) {
    const PairWord& word = out_.add(
        {.kind = Kind::update,
         .settled = update.settled,
         .batchable = update.batchable,
         .number = update.id,
         .pair = pair_},
        [&](Buffer& out) { out.insert(out.end(), update.state.begin(), update.state.end()); });
    return update.settled || count(word);
}

/// False: the word, the last one, is one too many, and not said.
bool DistantPartner::count(const PairWord& word) {
    const std::size_t bytes = memory_of(word);
    if (!memory_.keep(who_, bytes)) {
        out_.bytes.resize(out_.bytes.size() - word.size);
        out_.words.pop_back();
        return false;
    }
    on_the_way_ += bytes;
    return true;
}

void DistantPartner::passed_on(std::size_t bytes) {
    add(Kind::passed_on, bytes);
}

void DistantPartner::hear(std::size_t bytes) {
    add(Kind::heard, bytes);
}

void DistantPartner::heard(std::size_t bytes) {
    on_the_way_ -= bytes;
    memory_.give_back(who_, bytes);
}

/// What one turn says so of a pair is said at once, if nothing was said of another meanwhile.
void DistantPartner::add(PairWord::Kind kind, std::size_t bytes) {
    if (!out_.empty() && out_.words.back().kind == kind && out_.words.back().pair == pair_) {
        out_.words.back().value += bytes;
        return;
    }
    out_.add({.kind = kind, .pair = pair_, .value = bytes});
}

void DistantPartner::detached(bool closed, const amqp::ErrorView* error) {
    out_.add({.kind = Kind::detached, .pair = pair_},
             [&](Buffer& out) { write(out, closed, error); });
}

void DistantPartner::lost(bool closed) {
    out_.add({.kind = Kind::lost, .closed = closed, .pair = pair_});
}

void say(const PairWord& word, Bytes bytes, linkroute::PairEnd& end, DistantPartner& sender) {
    switch (word.kind) {
        case Kind::attached:
            end.attached(read_attach_word(bytes));
            return;
        case Kind::transfer: {
            std::size_t consumed = 0;
            const amqp::Transfer transfer =
                value_of(amqp::decode_transfer(fields_of(bytes.first(word.number)), consumed));
            end.deliver(transfer, bytes.subspan(word.number), memory_of(word));
            return;
        }
        case Kind::flow:
            (void)end.flowed(value_of(amqp::decode_flow(fields_of(bytes))));
            sender.hear(memory_of(word));
            return;
        case Kind::update:
            (void)end.updated({word.number, word.settled, bytes, word.batchable});
            if (!word.settled) {
                sender.hear(memory_of(word));
            }
            return;
        case Kind::passed_on:
            end.passed_on(word.value);
            return;
        case Kind::heard:
            sender.heard(word.value);
            return;
        case Kind::detached: {
            const amqp::Detach detach = read_detach_word(bytes);
            end.detached(detach.closed, amqp::pointer_to(detach.error));
            return;
        }
        case Kind::lost:
            end.lost(word.closed);
            return;
        case Kind::ask:
        case Kind::plain:
        case Kind::taken:
        case Kind::refused:
        case Kind::coordinates:
        case Kind::made:
        case Kind::gone:
        case Kind::offer:
        case Kind::withdraw:
        case Kind::steal:
        case Kind::over:
            return;  // not for an end
    }
}

}  // namespace weft::node
