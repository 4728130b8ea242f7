#pragma once

#include "router/core/address_table.hpp"
#include "router/core/chores.hpp"
#include "router/core/demand.hpp"
#include "router/core/resolver.hpp"
#include "router/core/routes.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>

namespace weft::router {

/// Who can be reached by each address, and who hears when that changes: producers get credit or
/// lose it, what waits goes elsewhere or back, other loops and routers are told.
/// Threading: loop-confined.
class Reach {
public:
    Reach(Clock& clock,
          AddressTable& addresses,
          Chores& chores,
          Routes& routes,
          const Resolver& resolver,
          std::size_t slice)
        : clock_{clock},
          addresses_{addresses},
          chores_{chores},
          routes_{routes},
          resolver_{resolver},
          slice_{slice} {}

    /// Who wants to know where consumers are that other loops reach through this core.
    void set_demand(Demand* demand) { demand_ = demand; }
    /// Who wants to know where consumers of this router are.
    void set_local_demand(Demand* demand) { local_demand_ = demand; }
    /// Who wants to know where producers are.
    void set_supply(Supply* supply) { supply_ = supply; }

    /// A producer of the address came, or went: is it still supplied as it was before?
    void producers_changed(const Address& address, bool was_supplied) {
        if (supply_ != nullptr && was_supplied != (address.suppliers > 0)) [[unlikely]] {
            supply_->supply_changed(address, !was_supplied);
            if (address.fallback != nullptr) {  // of which they are producers, too
                supply_->supply_changed(*address.fallback, !was_supplied);
            }
        }
    }

    void consumer_active(Link& link);
    void consumer_inactive(Link& link);
    /// A consumer takes messages of at most so many bytes from now on.
    void set_limit(Link& link, std::uint64_t bytes);
    /// The way to another router; null: there is none. Its addresses follow in slices: until then
    /// messages of those without another way come back, or wait for consumers here. Its consumers
    /// are best told of after there is a way, and taken back while there still is one: that costs
    /// least.
    void set_path(
        RouterIndex router, std::string_view id, Trunk* trunk, std::uint32_t cost, Instant now);
    /// Another router has consumers of `key`, or has none any more. `hint`: how it treats the
    /// address, if nothing is configured here.
    void set_remote(RouterIndex router,
                    std::string_view key,
                    bool has,
                    std::optional<Distribution> hint,
                    Instant now);

    /// Some addresses have not followed the paths, or the subscriptions with wildcards, yet.
    bool any() const { return !following_.empty() || unreviewed_ > 0 || addresses_.may_admit(); }
    /// Does a slice. `any` tells whether there is more.
    void work();

private:
    /// A router to which a path came or went: the first so many of its addresses follow.
    struct Following {
        RouterIndex router;
        std::size_t left;
    };
    /// Who can be reached by an address, as credit and demand follow it.
    struct View {
        bool any = false;
        bool here = false;    // not over other loops
        bool beside = false;  // consumers, not over other loops
        bool local = false;   // at this router, on any loop, but not its own services or uplink
        std::uint32_t active = 0;            // consumers
        std::uint64_t most = kAnySize;       // bytes of a message that some consumer takes
        std::uint64_t most_here = kAnySize;  // the same of what other loops reach
        bool routable = false;
    };

    static void count_edges(const Link& consumer, std::uint32_t one);
    void edges_changed(Address& address, const View& before, const View& now);
    static View view_of(const Address& address);
    void changed(Address& address, const View& before);
    void tell(RouterIndex router, std::string_view key, bool has, std::optional<Distribution> hint);
    void follow(RouterIndex router);
    void update_routable(Address& address);
    void admit(std::size_t& left);
    void begin_review();
    void review(std::size_t& left);
    void follow_wildcards(Address& address);
    void charge_review(Link& link, const View& before) const;
    /// What followed for addresses so far, and what it cost to match them.
    /// Addresses that are looked at for one step.
    static constexpr std::size_t kAddressesOfStep = 8;

    std::uint64_t steps() const { return chores_.steps() + addresses_.wildcards().steps(); }

    Clock& clock_;
    AddressTable& addresses_;
    Chores& chores_;
    Routes& routes_;
    const Resolver& resolver_;
    std::size_t slice_;  // addresses, and steps of matching them and of what follows for them
    std::deque<Following> following_;
    std::size_t unreviewed_ = 0;  // the first so many addresses may mean other subscriptions now
    bool review_again_ = false;   // some of the others may, too
    Demand* demand_ = nullptr;
    Demand* local_demand_ = nullptr;
    Supply* supply_ = nullptr;
};

}  // namespace weft::router
