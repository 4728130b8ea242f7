#pragma once

#include "common/base/bytes.hpp"
#include "common/wire/transfer.hpp"
#include "router/core/link.hpp"
#include "router/exchange/exchange.hpp"
#include "router/exchange/message_start.hpp"

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

/// What the Distributor keeps; only its parts change these. Threading: loop-confined.
namespace weft::exchange {

struct Passage;

/// Where the messages of an exchange come in: a consumer of its address.
struct Inlet {
    /// Messages of an exchange that may be under way, and copies that wait for a stalled next hop.
    static constexpr std::uint32_t kWindow = 250;
    /// Bytes of an exchange's messages that wait for next hops; while there are more it takes none.
    /// As many may wait for each stalled one.
    static constexpr std::size_t kHeldMax = std::size_t{4} * 1024 * 1024;

    Inlet(Exchange& its_exchange, std::string_view router_id)
        : exchange{&its_exchange}, marker{router_id, its_exchange.config.name} {}

    Exchange* exchange;
    router::Link* link = nullptr;
    Marker marker;
    Passage* arriving = nullptr;  // of which the end has not come
    std::uint32_t under_way = 0;  // messages that count against the window
    std::size_t waiting = 0;      // bytes that were not passed on
    std::size_t held = 0;         // bytes that wait in the core, but for stalled next hops
    bool refused = false;         // it took less than it was given
    bool news = false;            // its credit has changed, or it may take more
};

/// A way out to a next hop: a producer of that address. It stays until its copies are answered.
struct Way {
    /// Copies of a next hop that may be under way, stalled or not.
    static constexpr std::uint16_t kCopiesMax = 2 * Inlet::kWindow;
    /// After so many seconds in which a next hop neither took nor settled, messages go on without.
    static constexpr std::uint32_t kStalledAfter = 10;

    std::uint32_t number = 0;
    Inlet* inlet = nullptr;  // null: the exchange is gone
    router::Link* link = nullptr;
    std::uint32_t open = 0;   // copies that are not answered
    std::uint32_t quiet = 0;  // seconds in which nothing moved, though copies are open
    std::size_t held = 0;     // bytes that wait in the core
    bool stalled = false;
    bool unused = false;  // no binding leads there
};

/// One copy, on its way to a next hop. Its place among all is the number by which the core knows
/// it.
struct Copy {
    Passage* passage = nullptr;  // null: it is free
    Way* way = nullptr;
    std::uint64_t context = 0;   // the core's
    std::uint32_t position = 0;  // among those of its passage
    bool claims = false;         // its message waits for it
    bool answered = false;       // its consumer waits until it is settled
};

/// Where a message stands in the line of those that have something to be passed on, or that are
/// about to be done.
template <class Tag>
using PassageHook =
    boost::intrusive::list_base_hook<boost::intrusive::tag<Tag>,
                                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
using DueHook = PassageHook<struct DueTag>;
using FinishedHook = PassageHook<struct FinishedTag>;

/// A message on its way through an exchange:
///
///   arriving ──its start is known──▶ decided ──all answered, or only stalled ones are left──▶ done
///
/// Its place among all is the number by which the core knows it.
struct Passage : DueHook, FinishedHook {
    enum class Life : std::uint8_t { arriving, decided, done };

    Inlet* inlet = nullptr;     // null: the exchange is gone
    std::uint64_t context = 0;  // the core's, to settle it; 0: nobody waits for that
    std::uint32_t number = 0;
    std::uint32_t format = 0;
    Life life = Life::arriving;
    bool presettled = false;  // its producer waits for no outcome
    bool whole = false;       // all of it came, or all that will
    bool aborted = false;
    bool passed = false;                // all of it was passed on
    bool counts = true;                 // against the window of its inlet
    bool finishing = false;             // it is about to be done
    std::uint32_t claims = 0;           // copies that it waits for
    Buffer bytes;                       // that were not passed on
    Buffer outcome;                     // the strongest so far
    std::vector<std::uint32_t> copies;  // those that are open
};

template <class Hook>
using PassageLine = boost::intrusive::
    list<Passage, boost::intrusive::base_hook<Hook>, boost::intrusive::constant_time_size<false>>;

}  // namespace weft::exchange
