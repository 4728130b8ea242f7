#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace weft::forwarding {

/// What decides whether a queue's messages can go elsewhere.
struct Keepers {
    bool of_subscription = false;  // it is the queue of a subscription
    bool of_routers = false;       // its entry is told by routers
    bool is_pattern = false;       // that entry means more addresses than this one
    bool has_rule = false;         // it is forwarded to another address
    std::size_t brokers = 0;       // that it names, this one included
};
/// Why they can't, for people; empty: they can.
std::string why_it_stays(const Keepers& keepers);

/// A queue that is to be empty, by what the store says: the memory alone is not believed.
///
///     emptying ──nothing is there──▶ checking ──the store has none──▶ empty
///        ▲                              │ the store has some             │
///        └──────────────────────────────┴───── something came ───────────┘
///
/// While it is emptying it takes what its producers had credit for before; afterwards nothing.
///
/// Threading: not shared.
class Emptying {
public:
    enum class Stage : std::uint8_t { emptying, checking, empty };

    Stage stage() const { return stage_; }
    /// It takes no messages of producers.
    bool is_closed() const { return stage_ != Stage::emptying; }
    /// So many messages are there as far as is known, and `more_may_come` of who had leave to
    /// bring them. True: the store is to be asked whether it has any.
    bool note(std::uint64_t messages, bool more_may_come);
    /// What the store said when it was asked.
    void on_checked(bool none);

private:
    Stage stage_ = Stage::emptying;
};

}  // namespace weft::forwarding
