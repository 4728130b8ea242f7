#pragma once

#include "common/amqp/delivery.hpp"
#include "common/amqp/performatives.hpp"
#include "common/base/bytes.hpp"
#include "router/linkroute/pair_link.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

namespace weft::linkroute {

/// A word of the partner's that waits for room.
struct Word {
    enum class Kind : std::uint8_t { transfer, flow, update, detach };
    Kind kind = Kind::transfer;
    bool closed = false;          // detach
    DeliveryNumber delivery = 0;  // transfer
    std::size_t charged = 0;      // bytes that the partner holds for it
    amqp::Transfer transfer{};
    amqp::Flow flow{};
    amqp::DeliveryUpdate update{};
    std::optional<amqp::ErrorView> error{};
    Bytes payload{};
    Buffer storage{};  // of all views

    /// What it takes while it waits.
    std::size_t memory() const { return sizeof(Word) + storage.size(); }
};

/// These copy what they get.
[[nodiscard]] Word word_of(const amqp::Transfer& left, DeliveryNumber delivery, Bytes payload);
[[nodiscard]] Word word_of(const amqp::Flow& flow);
[[nodiscard]] Word word_of(const amqp::DeliveryUpdate& update);
[[nodiscard]] Word word_of_detach(bool closed, const amqp::ErrorView* error);

/// The last flow counts, where nothing was said in between: `last` is the later one now. False: it
/// is no flow.
[[nodiscard]] bool merge(Word& last, const amqp::Flow& flow);

/// What waits at an end for room, in order (P1), and what is kept for it.
/// Threading: loop-confined.
class WaitingWords {
public:
    /// Words but transfers that wait for room; with more of them the link is detached.
    static constexpr std::size_t kSmallMax = 10'000;

    bool any() const { return waiting_ != nullptr; }
    /// The first of them does not wait for room, but for credit of the link's peer.
    bool is_for_credit() const { return any() && for_credit_; }
    void set_for_credit(bool is) {
        for_credit_ = is;
        if (is && any()) {
            waiting_->marked = std::min(waiting_->marked, waiting_->parts);
        }
    }
    /// Frames of deliveries.
    std::size_t frames() const { return waiting_ ? waiting_->words.size() - waiting_->small : 0; }
    /// Of payload, states and properties.
    std::size_t bytes() const { return waiting_ ? waiting_->bytes : 0; }
    /// There are as many words but transfers as may be.
    bool is_full() const { return waiting_ && waiting_->small >= kSmallMax; }
    /// Those that wait now are the marked ones, for which others wait, until they are passed or
    /// dropped. Of what waits for credit, which may never come, those up to the last part of a
    /// transaction.
    void mark() {
        if (any()) {
            waiting_->marked = for_credit_ ? waiting_->parts : waiting_->words.size();
        }
    }
    bool has_marked() const { return any() && waiting_->marked > 0; }
    bool ends_with_detach() const {
        return any() && waiting_->words.back().kind == Word::Kind::detach;
    }

    /// They are copied. The link is told to await room for the first of them. Null, or false:
    /// nothing more may be kept, and all that waits is to be dropped.
    [[nodiscard]] Word* add(PairLink& link,
                            const amqp::Transfer& left,
                            DeliveryNumber delivery,
                            Bytes payload);
    [[nodiscard]] bool add(PairLink& link, const amqp::Flow& flow);
    [[nodiscard]] bool add(PairLink& link, const amqp::DeliveryUpdate& update);
    [[nodiscard]] bool add_detach(PairLink& link, bool closed, const amqp::ErrorView* error);

    /// The first may be said now; its place is kept until it comes back, or is passed.
    Word take_first() { return std::move(waiting_->words.front()); }
    void put_back(Word word) { waiting_->words.front() = std::move(word); }
    void pass(PairLink& link, const Word& word);
    void drop(PairLink& link);

private:
    struct Waiting {
        std::deque<Word> words;
        std::size_t bytes = 0;   // of payload, states and properties
        std::size_t small = 0;   // words but transfers
        std::size_t marked = 0;  // the first ones
        std::size_t parts = 0;   // the first ones, up to the last part of a transaction
        std::optional<DeliveryNumber> part{};  // the last delivery that is one
    };

    Word* add(PairLink& link, Word word);

    std::unique_ptr<Waiting> waiting_;  // null: nothing waits
    bool for_credit_ = false;
};

}  // namespace weft::linkroute
