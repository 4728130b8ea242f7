#pragma once

#include "router/core/address_table.hpp"
#include "router/mgmt/metrics.hpp"
#include "router/mgmt/router_totals.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The numbers of one loop, taken in slices.
namespace weft::router_mgmt {

/// The addresses that have series of their own, by key, in the order of the page.
/// Threading: not shared, or immutable.
class SeriesNames {
public:
    static constexpr std::size_t kNone = SIZE_MAX;

    /// Goes on choosing among those of `addresses`, the oldest first; looks at `steps` of them at
    /// most. True: there are no more, or no more are wanted.
    bool choose(const router::AddressTable& addresses, std::size_t steps);
    /// One more, if it may have one and there is room. False: it is to be summed up.
    bool add(const router::AddressKey& key);
    /// Its position; kNone if it has no series.
    std::size_t find(std::string_view key) const;
    std::size_t size() const { return positions_.size(); }

    /// Whether an address may have one: clients', and not one that is really called like the sum.
    /// Each router of a large mesh has an address that says what it is: those would use up the
    /// names. A long name would be told many times.
    static bool may_have(const router::AddressKey& key);

private:
    std::map<std::string, std::size_t, std::less<>> positions_;
    std::size_t at_ = 0;
};

/// What one loop has, or had when it told it last.
struct LoopMetrics {
    RouterTotals totals;
    /// By role and listener.
    std::map<std::pair<std::string, std::string>, std::uint64_t> connections;
    std::map<std::string, AddressMetrics, std::less<>> named;  // by key
    AddressMetrics other;
    std::uint64_t addresses = 0;    // in use, that no loop before it has
    std::uint64_t over_budget = 0;  // of these, those that the budget left out
};

/// An address that nobody receives from, on a loop that is not home: home may not know it.
struct LonelyAddress {
    router::AddressKey key;
    AddressMetrics metrics;
};

/// Counts what one loop has, a slice at a time.
///
///   totals ──▶ connections ──▶ addresses ──▶ done
///
/// From the last address to the first: of those that come and go meanwhile none is left out.
/// Threading: not shared (its loop's while that is asked).
class LoopTally {
public:
    /// `is_home`: all its addresses are counted here. Else lonely ones are left to home.
    LoopTally(std::shared_ptr<const SeriesNames> names, bool is_home)
        : names_{std::move(names)}, is_home_{is_home} {}

    /// Looks at `steps` things at most, on the shard's loop. True: that is all.
    bool go_on(const node::Shard& shard, std::size_t steps);

    LoopMetrics& found() { return found_; }
    /// Those of the last slice.
    std::vector<LonelyAddress> take_lonely() { return std::exchange(lonely_, {}); }
    /// Things looked at so far.
    std::uint64_t steps() const { return steps_; }

private:
    enum class Stage : std::uint8_t { totals, connections, addresses };

    void count_connections(const node::Shard& shard, std::size_t steps);
    bool count_addresses(const router::AddressTable& addresses, std::size_t steps);

    std::shared_ptr<const SeriesNames> names_;
    bool is_home_;
    Stage stage_ = Stage::totals;
    std::uint64_t connection_ = 0;  // the next to look at, by id
    std::size_t left_ = 0;          // addresses
    std::uint64_t steps_ = 0;
    LoopMetrics found_;
    std::vector<LonelyAddress> lonely_;
};

/// Of one loop.
AddressMetrics metrics_of(const router::Address& address);

}  // namespace weft::router_mgmt
