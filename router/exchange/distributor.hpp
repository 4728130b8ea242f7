#pragma once

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "router/core/core.hpp"
#include "router/exchange/copier.hpp"
#include "router/exchange/copies.hpp"
#include "router/exchange/exchanges.hpp"
#include "router/exchange/inlets.hpp"
#include "router/exchange/outcomes.hpp"
#include "router/exchange/passages.hpp"
#include "router/exchange/ways.hpp"

#include <cstddef>
#include <cstdint>

namespace weft::exchange {

/// The exchanges at work, in process: each is a consumer of its address, and for each of its next
/// hops a producer. What comes in goes out as copies, each treated as its next hop's address is.
///
///   D1  a message counts against the window of its exchange until it is settled, or waits for
///       stalled next hops alone; so credit is Inlet::kWindow less those that count
///   D2  it is settled once, with the strongest outcome of its copies
///   D3  a copy is open until the core said the last word about it, or was told that nobody waits
///   D4  a message takes no memory that one before it has left
///
/// The core's calls only leave notes; what comes of them is done by `work`, after them.
/// Threading: loop-confined (that of the core).
class Distributor final : private router::Port {
public:
    /// Copies sent before others get a turn.
    static constexpr std::size_t kSlice = 1'000;

    /// The core must outlive it.
    explicit Distributor(router::Core& core);
    ~Distributor() override;

    const Exchanges& exchanges() const { return exchanges_; }
    /// Errors: as Exchanges, and as Core::attach.
    [[nodiscard]] Result<const Exchange*> add(ExchangeConfig config, Instant now);
    [[nodiscard]] Result<const Binding*> bind(BindingConfig config, Instant now);
    /// False: there is none.
    bool remove(std::uint64_t exchange, Instant now);
    bool unbind(std::uint64_t binding, Instant now);

    /// Passes on what came in, and its outcomes. True: there is more, for a later turn.
    bool work(Instant now) { return has_work() && go_on(now); }
    bool has_work() const {
        return passages_.has_due() || outcomes_.has_work() || inlets_.has_news() ||
               ways_.has_idle();
    }
    /// Each second.
    void tick(Instant now);

    /// Somebody receives there, or its fallback does.
    bool is_reachable(const NextHop& hop) const { return ways_.is_reachable(hop); }
    bool is_stalled(const NextHop& hop) const { return ways_.of(hop).stalled; }
    /// The id of the link by which messages come to an exchange.
    std::uint64_t inlet_of(const Exchange& exchange) const;
    /// Of all exchanges that there ever were.
    ExchangeCounters totals() const;
    std::size_t under_way() const { return passages_.count(); }

private:
    bool go_on(Instant now);

    // Port
    wire::Sent transfer(router::Link& link,
                        const router::OutgoingHead& head,
                        Bytes payload,
                        bool more) override;
    void abort(router::Link& link) override;
    void update(router::Link& link, wire::DeliveryId id, Bytes state, bool settled) override;
    void grant(router::Link&, std::uint32_t, bool) override {}
    void drain(router::Link&) override {}
    void drained(router::Link&) override {}
    void hold(router::Link& link, std::ptrdiff_t bytes) override;

    router::Core& core_;
    router::Connection& connection_;
    Exchanges exchanges_;
    ExchangeCounters before_;  // of exchanges that are gone
    Instant now_;              // of the last call
    Inlets inlets_{core_, connection_};
    Ways ways_{core_, connection_, inlets_};
    Passages passages_;
    Copies copies_;
    Outcomes outcomes_{core_, inlets_, ways_, passages_, copies_};
    Copier copier_{core_, inlets_, ways_, copies_, outcomes_};
};

}  // namespace weft::exchange
