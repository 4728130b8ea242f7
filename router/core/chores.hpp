#pragma once

#include "router/core/accounts.hpp"
#include "router/core/address_table.hpp"
#include "router/core/clock.hpp"
#include "router/core/drains.hpp"
#include "router/core/gate.hpp"
#include "router/core/lines.hpp"
#include "router/core/outgoing.hpp"
#include "router/core/rerouting.hpp"
#include "router/core/watch.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>

namespace weft::router {

/// Work that one small cause gives much of: producers that are to hear that a consumer came or
/// went, messages that nobody is left to take, links that waited for a session's window, the look
/// at everything once a second. It is done in slices, so that nobody waits for it: what the causes
/// of one turn have done at once is one slice together.
///
/// What is to be done is read from how things are when it is done: a cause that is taken back in
/// between costs nothing, and one that comes again starts no second round.
///
///   an address:  quiet ──follow──▶ followed ──work, until nothing is left──▶ quiet
///
/// Threading: loop-confined.
class Chores {
public:
    Chores(AddressTable& addresses,
           Accounts& accounts,
           Rerouting& rerouting,
           Lines& lines,
           Drains& drains,
           Outgoing& outgoing,
           Watch& watch,
           const Clock& clock,
           std::size_t slice)
        : addresses_{addresses},
          accounts_{accounts},
          rerouting_{rerouting},
          lines_{lines},
          drains_{drains},
          outgoing_{outgoing},
          watch_{watch},
          clock_{clock},
          slice_{slice} {}

    /// Who can be reached by `address` changed. What is left after the turn's slice is for `work`.
    void follow(Address& address);
    /// Some of what waits there may fit none of its consumers any more, or have another way; or
    /// some of those that drain may be answered.
    void look_at(Address& address);
    /// Begins a round of the watch, if the last one is over. Its first slice is done at once.
    void look_around();
    /// A session has window again: the links before its gate go on.
    void open(Gate& gate);
    /// A connection has room again: the same for all its gates.
    void open(Connection& connection);

    bool any() const {
        return !followed_.empty() || !opening_.empty() || watch_.is_under_way() ||
               !lines_.those_put_off().empty() || !accounts_.divided_later().empty();
    }
    /// Steps so far of what followed from changes of addresses.
    std::uint64_t steps() const { return steps_; }
    /// Does a slice. `any` tells whether there is more.
    void work();

private:
    bool settle(Address& address, std::size_t& left);
    void divide(Address& address, std::size_t& left);
    static void begin(Gate& gate);
    void go_on(Gate& gate, std::size_t& left);

    AddressTable& addresses_;
    Accounts& accounts_;
    Rerouting& rerouting_;
    Lines& lines_;
    Drains& drains_;
    Outgoing& outgoing_;
    Watch& watch_;
    const Clock& clock_;
    std::size_t slice_;  // steps
    Instant turn_{};
    std::size_t at_once_ = 0;  // steps that are left to the causes of that turn
    std::uint64_t steps_ = 0;
    std::deque<Address*> followed_;  // each has its turn
    OpeningGates opening_;           // each has its turn
};

}  // namespace weft::router
