#pragma once

#include "common/base/router_index.hpp"
#include "common/base/time.hpp"
#include "router/linkstate/courier.hpp"
#include "router/linkstate/ground.hpp"
#include "router/linkstate/local_addresses.hpp"
#include "router/linkstate/messages.hpp"

#include <cstddef>
#include <vector>

namespace weft::linkstate {

/// This router's RAs: how new its links and addresses are, told to all each ra_interval; more often
/// for a while after a change.
///
/// Threading: loop-confined.
class Adverts {
public:
    /// Between two that nobody waits for.
    static constexpr Duration kGap = std::chrono::seconds(1);
    /// As many newly reachable routers get an advert each; if there are more, all routers get one.
    static constexpr std::size_t kGreetedMax = 8;

    /// All must outlive it.
    Adverts(const Ground& ground, const LocalAddresses& addresses, Courier& courier)
        : ground_{ground}, addresses_{addresses}, courier_{courier} {}

    /// The first call of all: time begins.
    void start(Instant now);

    RouterAdvert own() const;
    void flood_if_due(Instant now);
    Instant deadline() const { return due_; }

    /// The next one need not wait for its interval, only for kGap since the last.
    void hasten(Instant now);
    /// This router's links changed: adverts are more frequent for a while.
    void note_change(Instant now) { flux_until_ = now + 2 * ground_.options.ra_interval_flux; }
    /// Others were told of a change of this router's addresses: adverts are more frequent for a
    /// while, and the next one comes within ra_interval_flux.
    void note_addresses_told(Instant now);

    /// Routers that became reachable may have missed what was said while they were away.
    /// `announces`: this router is about to announce its links, and an advert follows.
    void greet(const std::vector<RouterIndex>& appeared, bool announces, Instant now);

private:
    const Ground& ground_;
    const LocalAddresses& addresses_;
    Courier& courier_;
    Instant sent_{};  // the last one to all
    Instant due_ = kNever;
    Instant flux_until_{};
};

}  // namespace weft::linkstate
