#pragma once

#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "router/core/core.hpp"
#include "router/exchange/exchange.hpp"
#include "router/exchange/inlets.hpp"
#include "router/exchange/passage.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace weft::exchange {

/// The ways out to the next hops of exchanges: who is there, who has stalled, and who takes one
/// more copy. A way stays until its copies are answered, even if no binding leads there any more.
/// Threading: loop-confined.
class Ways {
public:
    /// `inlets`: what stalled next hops hold counts there no longer.
    Ways(router::Core& core, router::Connection& connection, Inlets& inlets)
        : core_{core}, connection_{connection}, inlets_{inlets} {}

    /// One for each next hop of the exchange that has none. `inlet`: where its messages come in;
    /// null: not yet. Errors: as attach_link.
    [[nodiscard]] Result<void> open(Exchange& exchange, Inlet* inlet, Instant now);
    /// Its messages come in there.
    void join(const Exchange& exchange, Inlet& inlet);
    /// The exchange goes.
    void leave(const Inlet& inlet);
    /// Those of next hops that are gone end once their copies are answered.
    void retire(const std::vector<std::uint32_t>& gone, Instant now);
    /// Some is needed no more: `close_idle` ends it.
    bool has_idle() const { return idle_; }
    void close_idle(Instant now);
    /// All of them, at the end.
    void close_all(Instant now);

    Way& of(const NextHop& hop) { return *ways_[hop.way]; }
    const Way& of(const NextHop& hop) const { return *ways_[hop.way]; }
    /// Somebody receives there, or its fallback does.
    bool is_reachable(const NextHop& hop) const;
    /// It has as many copies as it may have.
    static bool is_full(const Way& way);

    /// One more copy is on its way, or one is answered.
    void begin_copy(Way& way) { way.quiet = way.open++ == 0 ? 0 : way.quiet; }
    void end_copy(Way& way) { idle_ |= --way.open == 0 && way.unused; }
    /// So many more, or fewer, of its bytes wait in the core.
    void hold(Way& way, std::ptrdiff_t bytes);
    /// It takes no more for now: what it holds holds back nobody any more.
    void stall(Way& way);
    /// It took or settled something.
    void moved(Way& way);
    /// Each second. True: some has stalled now.
    bool tick();

private:
    Way& make(NextHop& hop, router::Link& link, Inlet* inlet);
    void close_if_idle(Way& way, Instant now);

    router::Core& core_;
    router::Connection& connection_;
    Inlets& inlets_;
    std::vector<std::unique_ptr<Way>> ways_;  // null: free
    std::vector<std::uint32_t> free_;
    bool idle_ = false;
};

}  // namespace weft::exchange
