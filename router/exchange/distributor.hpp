#pragma once

#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "router/core/core.hpp"
#include "router/exchange/exchanges.hpp"
#include "router/exchange/passage.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace weft::exchange {

/// The exchanges at work, in process: each is a consumer of its address, and for each of its next
/// hops a producer. What comes in goes out as copies, each treated as its next hop's address is.
///
///   D1  a message counts against the window of its exchange until it is settled, or waits for
///       stalled next hops alone; so credit is kWindow less those that count
///   D2  it is settled once, with the strongest outcome of its copies
///   D3  a copy is open until the core said the last word about it, or was told that nobody waits
///
/// The core's calls only leave notes; what comes of them is done by `work`, after them.
/// Threading: loop-confined (that of the core).
class Distributor final : private router::Port {
public:
    /// Messages of an exchange that may be under way, and copies that wait for a stalled next hop.
    static constexpr std::uint32_t kWindow = 250;
    /// Copies of a next hop that may be under way, stalled or not.
    static constexpr std::uint16_t kWayMax = 2 * kWindow;
    /// Bytes of an exchange's messages that wait for next hops; while there are more it takes none.
    static constexpr std::size_t kHeldMax = std::size_t{4} * 1024 * 1024;
    /// After so many seconds in which a next hop neither took nor settled, messages go on without.
    static constexpr std::uint32_t kStalledAfter = 10;
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
        return !due_.empty() || !finished_.empty() || !to_settle_.empty() || !news_.empty() ||
               idle_;
    }
    /// Each second.
    void tick(Instant now);

    /// Somebody receives there, or its fallback does.
    bool is_reachable(const NextHop& hop) const;
    bool is_stalled(const NextHop& hop) const { return ways_[hop.way]->stalled; }
    /// The id of the link by which messages come to an exchange.
    std::uint64_t inlet_of(const Exchange& exchange) const;
    /// Of all exchanges that there ever were.
    ExchangeCounters totals() const;
    std::size_t under_way() const { return passages_.size() - free_passages_.size(); }

private:
    bool go_on(Instant now);

    Result<router::Link*> attach_link(router::Direction direction,
                                      std::string_view address,
                                      std::uint8_t phase);
    Result<void> open_ways(Exchange& exchange);
    void retire_ways();
    void close_if_idle(Way& way);
    void close_idle();
    void leave(Inlet& inlet);

    Passage& begin(Inlet& inlet, const router::OutgoingHead& head);
    void note_due(Passage& passage);
    void note_news(Inlet& inlet);
    void drop_bytes(Passage& passage);
    std::size_t pass_on(Passage& passage);
    bool decide(Passage& passage);
    void refuse(Passage& passage, MessageStart::Status status, std::string_view why);
    void choose(Passage& passage, std::string_view subject);
    bool offer(Passage& passage, NextHop& hop);
    std::size_t send(Passage& passage, Bytes bytes, bool first);
    void abort_copies(Passage& passage);

    void moved(Way& way);
    void answer(std::uint32_t copy, Bytes outcome);
    void waive(Copy& copy);
    void close(std::uint32_t copy);
    void review(Passage& passage);
    void finish(Passage& passage);
    void uncount(Passage& passage);
    void settle_answered();
    void settle_finished();
    void tell_news();

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
    Instant now_;
    std::unordered_map<std::uint64_t, std::unique_ptr<Inlet>> inlets_;  // by the exchange's id
    std::vector<std::unique_ptr<Way>> ways_;                            // null: free
    std::vector<std::uint32_t> free_ways_;
    std::vector<std::unique_ptr<Passage>> passages_;
    std::vector<std::uint32_t> free_passages_;
    std::vector<Copy> copies_;
    std::vector<std::uint32_t> free_copies_;
    std::deque<Passage*> due_;
    std::vector<Passage*> finished_;
    std::vector<std::uint32_t> to_settle_;  // copies whose consumers wait for that
    std::vector<Inlet*> news_;              // those that have some
    std::vector<NextHop*> hops_;            // of the message that is decided
    std::vector<std::uint32_t> sending_;    // copies of the message that is passed on
    Buffer told_;                           // what these begin with
    bool idle_ = false;                     // some way is not needed any more
};

}  // namespace weft::exchange
