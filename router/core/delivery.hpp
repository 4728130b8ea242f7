#pragma once

#include "common/base/bytes.hpp"
#include "common/wire/delivery_state.hpp"
#include "router/core/port.hpp"
#include "router/core/producer_account.hpp"
#include "router/core/share.hpp"

#include <boost/intrusive/list.hpp>

#include <cstdint>
#include <memory>
#include <vector>

namespace weft::router {

struct Delivery;
struct Route;
struct SentTo;
class WaitingLine;

/// A link by index and generation: it may be gone when it is looked for.
struct LinkRef {
    std::uint32_t index = UINT32_MAX;
    std::uint32_t generation = 0;
    bool operator==(const LinkRef&) const = default;
};

using Hook =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// Where a branch is on its way:
///
///   closed ─→ waiting ─→ queued ─→ sending ─→ unsettled ─→ closed
///     └────────────────────↑          └── sent settled, or given up: closed
///
/// It may return from queued to waiting, and be closed from anywhere. While it is sent at once it
/// is in none of these lists (see Branch).
enum class Stage : std::uint8_t {
    closed,     // in no list: not opened yet, settled, or given up
    waiting,    // in its address's list: no consumer was chosen yet
    queued,     // in its link's `queue`: not a byte has left
    sending,    // in its link's `queue`: some bytes have left
    unsettled,  // in its link's `unsettled`: all bytes have left
};

/// One copy of a delivery, for one consumer. It stands in the list that its stage names; while
/// Outgoing::launch tries to send it at once, in none.
struct Branch : Hook {
    Delivery* delivery = nullptr;
    Link* link = nullptr;         // the consumer's; null while waiting
    Route* route = nullptr;       // what it was chosen for, if the link goes to another router
    std::uint64_t sent = 0;       // bytes passed on
    WaitingLine* line = nullptr;  // in which it waits, if it does
    DeliveryId id = 0;            // once it is sent
    Stage stage = Stage::closed;
    bool claims = false;      // holds back the producer's credit
    bool settled = false;     // was sent settled: the consumer will not answer
    bool stuck = false;       // counted as such on its link, or in its line
    bool presettled = false;  // counted so: nobody waits for an outcome, though it may be told
    bool answered = false;  // its consumer stated the outcome, and waits until the producer settles
    bool searched_next : 1 = false;  // the search for strays goes on with it
    bool late : 1 = false;           // Trunk::late
    bool next_claim : 1 = false;     // Link::next_claim

    /// Somebody has noted it, and is told when it leaves its list: one of the three above.
    bool is_marked() const { return searched_next || late || next_claim; }
    bool is_open() const { return stage != Stage::closed; }
    /// Some bytes have left.
    bool has_begun() const { return stage >= Stage::sending; }
};

/// A further branch of a multicast delivery. It is gone once it is closed.
struct Copy final : Branch {
    Copy* next = nullptr;  // in its delivery's list
    Copy* previous = nullptr;
    Share* payer = nullptr;  // of its consumer's connection, or who sent what is spread; null: a
                             // neighbour's
    bool behind = false;     // in which list
};

using BranchList = boost::intrusive::list<Branch, boost::intrusive::constant_time_size<false>>;

/// Payload that could not be passed on at once: one frame's worth, or several small ones'.
struct Chunk {
    Chunk* next = nullptr;
    std::size_t size = 0;
    std::size_t capacity = 0;
    std::uint8_t* bytes() { return reinterpret_cast<std::uint8_t*>(this + 1); }
};

/// A longer state is kept, and passed on, without its words.
inline constexpr std::size_t kStateBytesMax = std::size_t{4} * 1024;
/// Once the states that are kept have so many bytes together, further ones are kept so.
inline constexpr std::size_t kStatesBytesMax = std::size_t{64} * 1024 * 1024;

/// A message on its way through: what came in, and a branch for each consumer.
///
/// Its life: headless (until its address is known) → under way → decided (all its consumers have
/// answered, and its producer is to settle) → freed.
///
/// Invariants:
///   I1  dropped ≤ sent of every open branch ≤ received
///   I2  the chunks hold the bytes [dropped, received), or there are none and all branches have
///       passed on all that was received
///   I3  it is freed when no branch is open; frames that still come in are then thrown away
///   I4  `laggards` open branches have not passed on all of the first chunk; 0 only without chunks
///       or without a head
///   I5  of a multicast, copies that have passed on all that was received are `up_to_date`, and the
///       others `behind`: but for those that are up to date but for the frame that comes in, until
///       it has been offered to them
///
/// It stands in its producer link's list `answered` while a consumer that has answered waits.
struct Delivery : Hook {
    LinkRef in;
    Share* share = nullptr;    // of the connection that brought it, or that it waits for
    std::uint64_t number = 0;  // counts up, in the order in which their ways were decided
    DeliveryId in_id = 0;
    std::uint32_t message_format = 0;
    std::uint32_t arrived = 0;  // tenths of a second on the core's clock
    std::uint32_t open_branches = 0;
    std::uint32_t unsent_branches = 0;  // of those, not passed on whole
    std::uint32_t claiming = 0;         // branches that hold back the producer's credit
    std::uint32_t laggards = 0;         // branches that need the first chunk
    std::uint32_t answered = 0;  // open branches of which the consumer has stated the outcome
    Branch branch;               // the only one of an anycast delivery
    Copy* up_to_date = nullptr;  // of a multicast one
    Copy* behind = nullptr;
    Chunk* first_chunk = nullptr;
    Chunk* last_chunk = nullptr;
    std::uint64_t dropped = 0;   // bytes before the first chunk
    std::uint64_t received = 0;  // bytes that came in
    std::uint64_t look_at = 0;   // bytes from which on its head is worth another look
    /// Multicast: the strongest so far; otherwise the one decided on. Empty: none, or `accepted`.
    Buffer outcome;
    std::unique_ptr<Buffer> state;  // what its producer said of it so far, encoded; mostly null
    /// The address that it was sent to here, if subscriptions with wildcards mean that.
    std::shared_ptr<const SentTo> sent_to;
    std::uint64_t told = 0;           // hash of what its producer was told last; 0: nothing
    std::ptrdiff_t state_bytes = 0;   // of outcome and state, at the expense of its share
    std::uint32_t routers_bytes = 0;  // of it; known once it is of interest to a consumer's limit
    Provenance provenance;
    std::uint8_t priority = 0;  // set when it waits, or goes to a neighbour
    enum class Life : std::uint8_t {
        headless,  // its address is not known yet: all that came in is in the chunks
        under_way,
        decided,  // the producer heard the outcome and is to settle
    };
    Life life = Life::under_way;
    Claims claims;          // on its producer's account
    bool settled = false;   // by the producer: nobody waits for an outcome
    bool whole = false;     // the last byte came in
    bool waived = false;    // no branch holds back its producer's credit any more
    bool stuck = false;     // counted as such
    bool left = false;      // a neighbour was given bytes of it
    bool copied = false;    // there are, or were, several branches
    bool stays = false;     // another loop brought it, and it waits for consumers here
    bool accepted = false;  // unless `outcome` says otherwise: as most are, and in as few words

    bool is_headless() const { return life == Life::headless; }
    bool is_decided() const { return life == Life::decided; }
    bool has_outcome() const { return accepted || !outcome.empty(); }
    /// Its first producer waits for no outcome.
    bool presettled() const { return settled || provenance.presettled; }
};

using DeliveryList = boost::intrusive::list<Delivery, boost::intrusive::constant_time_size<false>>;

inline bool is_copy(const Branch& branch) {
    return &branch != &branch.delivery->branch;
}

/// The branch after `branch` of the same delivery; null after the last. Those that are up to date
/// come first. Asked before `branch` is changed: it may be gone then.
inline Branch* next_of(const Branch& branch) {
    const Delivery& delivery = *branch.delivery;
    if (!is_copy(branch)) {
        return delivery.up_to_date != nullptr ? delivery.up_to_date : delivery.behind;
    }
    const Copy& copy = static_cast<const Copy&>(branch);
    return copy.next != nullptr || copy.behind ? copy.next : delivery.behind;
}

/// True if `branch` has not passed on all of its delivery's first chunk.
inline bool lags(const Branch& branch) {
    const Delivery& delivery = *branch.delivery;
    return delivery.first_chunk != nullptr && branch.is_open() &&
           branch.sent < delivery.dropped + delivery.first_chunk->size;
}

/// The strongest outcome so far; empty: none.
inline Bytes strongest_of(const Delivery& delivery) {
    const bool plain = delivery.accepted && delivery.outcome.empty();
    return plain ? Bytes{wire::kAccepted} : Bytes{delivery.outcome};
}

/// True if somebody has not passed on all that came in of it.
inline bool is_behind(const Delivery& delivery) {
    const Branch& first = delivery.branch;
    return delivery.behind != nullptr || (first.is_open() && first.sent < delivery.received);
}

/// True if the way of `one` was decided before that of `other`.
inline bool older(const Delivery& one, const Delivery& other) {
    return one.number < other.number;
}

/// Lends deliveries, branches and chunks. Threading: loop-confined.
class DeliveryPool {
public:
    ~DeliveryPool();

    /// One that `share` pays for.
    Delivery* make(Share& share);
    void free(Delivery* delivery);
    /// `share` pays for it from now on.
    static void charge(Delivery& delivery, Share& share);
    /// A copy that `payer` pays for, if it is not null. It stands with those that are up to date,
    /// where most are at once: `sort` it if it stays behind.
    Copy& make_copy(Delivery& delivery, Share* payer);
    void free(Copy& copy);
    /// Moves a copy to the list where it belongs.
    static void sort(Copy& copy) {
        if ((copy.sent < copy.delivery->received) != copy.behind) [[unlikely]] {
            move(copy);
        }
    }

    /// Appends a copy of `bytes`, the last of those received, to the chunks. Of n bytes there are
    /// O(log n) of them.
    void keep(Delivery& delivery, Bytes bytes);
    /// Makes `state` its `kept`, one of its states: without its words once too much of all is kept.
    void keep_state(Delivery& delivery, Buffer& kept, Bytes state);
    /// One branch that lagged no longer does: frees the chunks that no open branch needs; returns
    /// the bytes freed. O(1), but for the last laggard of a chunk.
    std::size_t catch_up(Delivery& delivery);
    /// Frees all chunks; returns the bytes freed.
    std::size_t drop_chunks(Delivery& delivery);
    /// All that is kept, in one piece.
    Buffer gather(const Delivery& delivery) const;

    std::size_t held_bytes() const { return held_bytes_; }
    std::size_t in_use() const { return in_use_; }
    /// Deliveries and copies: what takes memory.
    std::size_t taken() const { return in_use_ + copies_; }
    /// Branches looked at so far for what comes in, waits or is dropped, and chunks passed over to
    /// find what goes out: what streams cost.
    std::uint64_t steps() const { return steps_; }
    void count_steps(std::size_t steps = 1) { steps_ += steps; }
    /// Deliveries in use have an index below it.
    std::size_t slots() const { return slabs_.size() * kSlab; }
    /// The delivery with that index; null: none is in use.
    Delivery* at(std::size_t index) const {
        Delivery& delivery = slabs_[index / kSlab][index % kSlab];
        return delivery.share == nullptr ? nullptr : &delivery;
    }
    /// Deliveries that it has memory for.
    std::size_t allocated() const { return in_use_ + free_.size(); }

private:
    static constexpr std::size_t kSlab = 256;

    static void move(Copy& copy);
    std::size_t drop_first_chunk(Delivery& delivery);
    void free_copies(Delivery& delivery);
    void count_state(Delivery& delivery, std::ptrdiff_t bytes);
    std::uint32_t count_laggards(const Delivery& delivery);

    std::vector<std::unique_ptr<Delivery[]>> slabs_;
    std::vector<Delivery*> free_;
    Copy* free_copies_ = nullptr;  // by their `next`
    std::size_t copies_kept_ = 0;  // in it
    std::size_t held_bytes_ = 0;
    std::size_t states_bytes_ = 0;  // of those
    std::size_t in_use_ = 0;
    std::size_t copies_ = 0;
    std::uint64_t steps_ = 0;
};

}  // namespace weft::router
