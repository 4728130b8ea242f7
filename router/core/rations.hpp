#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace weft::router {

/// Divides the credit of an address's consumers among the containers that keep its messages: what
/// all of these may send together is never more than consumers want, and none keeps what another
/// could use.
///
/// What a container is known to have:
///
///   unknown ──a message comes──▶ some ◀──a message comes── none
///      │  ▲                       └──gives credit back──────▶ ▲ │
///      │  └──────────────without credit at the next tick──────┼─┘
///      └───────────────────────gives credit back──────────────┘
///
/// One that may have messages and has no credit is hungry: it gets of what is free first, and until
/// it does, those that hold credit are asked for the rest of what they have (drained). What they
/// give back goes to those that have some; if none has, to all, to rest there. So a container
/// without messages is asked once a tick, not at each message.
///
/// Invariants, after each division:
///   R1  the credit that containers have is not more than what is wanted; what one that drains is
///       to give back is not counted
///   R2  none that has some, and room for it, is without credit while some is free
///   R3  while one is hungry, each that holds credit is draining
///   R4  one that drains hears nothing more before it has answered, but that it lost its credit: to
///       use up or give back all is its answer, and a sender that finds all taken back says nothing
///
/// A single one is given all that is wanted. What a container sends that heard too late that it may
/// no more is beyond that, and what one sends that did not answer (kSilentTicks, kMissedTicks).
/// Threading: not shared. Spec: AMQP 1.0 §2.6.7
class Rations {
public:
    /// One that was asked, and has sent and said nothing for so many ticks, loses its credit to the
    /// others,
    static constexpr int kSilentTicks = 2;
    /// and for so many is not waited for, and is as if it had given back what it had.
    static constexpr int kMissedTicks = 10;

    /// What is to be told to a container: what it may send from now on, and maybe that it is to use
    /// that up, or give it back.
    /// Containers are known by their position.
    struct Grant {
        std::size_t container = 0;
        std::uint32_t credit = 0;
        bool drain = false;
    };

    /// How things are with a container.
    struct Facts {
        std::uint64_t sent = 0;  // messages that came from it so far
        std::uint32_t room = 0;  // how many more it may have under way
        bool active = true;      // it takes credit; else it is as if it were not there
    };

    std::size_t size() const { return holders_.size(); }
    /// It is the last one from now on. `sent`: messages that came from it so far.
    void add(std::uint64_t sent);
    /// The last one takes its place.
    void remove(std::size_t container);

    /// Before each division, and before it `answered`.
    void note(std::size_t container, const Facts& facts);
    /// A consumer drains: each is to say whether it has more, and is `asked` until it did.
    void ask();
    /// The same of one.
    void ask(std::size_t container);
    /// No consumer waits for that any more.
    void call_off();
    /// One has not said so yet.
    bool is_any_asked() const { return asked_ > 0; }
    bool is_asked(std::size_t container) const { return holders_[container].asked; }
    /// It has used up, or given back, what it had when it was drained. Of one that is not, or was
    /// not waited for, that means nothing.
    void answered(std::size_t container);
    /// Each second: who said that it had none is asked again; who says nothing is not waited for.
    /// Returns how many lost credit for that.
    std::size_t tick();
    /// Consumers want so many messages now. Returns what has changed; valid until the next call.
    std::span<const Grant> divide(std::uint64_t wanted);

    std::uint32_t credit_of(std::size_t container) const { return holders_[container].credit(); }

private:
    enum class Stock : std::uint8_t { unknown, some, none };

    struct Holder {
        std::uint64_t sent = 0;
        std::uint64_t limit = 0;         // of `sent`
        std::uint64_t told_limit = 0;    // by the last grant
        std::uint64_t drained_from = 0;  // `sent` when it was asked to drain
        std::uint64_t served = 0;        // the turn in which it was given something
        std::uint32_t room = 0;
        Stock stock = Stock::unknown;
        bool active = true;
        bool asked = false;  // by consumers that drain
        bool draining = false;
        bool told_drain = false;
        std::uint8_t silent = 0;  // ticks since it was asked, or drained, or last sent something

        std::uint32_t credit() const {
            return limit > sent ? static_cast<std::uint32_t>(limit - sent) : 0;
        }
        /// How much more it may be given.
        std::uint32_t space() const { return draining || room <= credit() ? 0 : room - credit(); }
        bool is_hungry() const {
            return credit() == 0 && space() > 0 && (asked || stock != Stock::none);
        }
        bool may_have() const { return asked || stock == Stock::some; }
        /// What is free is best kept for it: it has more, or is about to say whether it has.
        bool may_use_more() const {
            return draining ? silent < kSilentTicks : may_have() && space() > 0;
        }
    };

    void set_asked(Holder& holder, bool asked);
    static std::size_t lose(Holder& holder);
    void sort();
    void keep(std::uint64_t wanted);
    void give(std::uint64_t free);
    template <class Which>
    void spread(std::uint64_t& free, Which which);
    void give(Holder& holder, std::uint32_t credit);
    void ask_for_rest();

    std::vector<Holder> holders_;
    std::size_t asked_ = 0;       // of them
    std::vector<Holder*> order_;  // of the division under way: those with least credit first
    std::vector<Grant> grants_;
    std::uint64_t turn_ = 0;
};

}  // namespace weft::router
