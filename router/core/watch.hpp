#pragma once

#include "router/core/address_table.hpp"
#include "router/core/clock.hpp"
#include "router/core/drains.hpp"
#include "router/core/link_table.hpp"
#include "router/core/settlement.hpp"
#include "router/core/tally.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>

namespace weft::router {

/// A consumer that took nothing for so long is stalled.
inline constexpr std::uint32_t kStalledAfterTenths = 100;
/// A delivery not settled for so long is stuck; a link without credit for so long is blocked.
inline constexpr std::uint32_t kStuckAfterTenths = 100;
/// Of what waits in one place, or is unsettled on one link, the oldest so many may be stuck: those
/// behind them are not looked at.
inline constexpr std::size_t kStuckMax = 1000;

/// Finds what does not move, in a round each second: rates, stalled consumers, stuck deliveries,
/// blocked links. A round over many is made in slices. Threading: loop-confined.
class Watch {
public:
    Watch(LinkTable& links,
          AddressTable& addresses,
          Tally& tally,
          Settlement& settlement,
          Drains& drains,
          const Clock& clock)
        : links_{links},
          addresses_{addresses},
          tally_{tally},
          settlement_{settlement},
          drains_{drains},
          clock_{clock} {}

    /// A round begins.
    void begin();
    /// Looks at no more than `left` links, addresses and deliveries, and counts down; at all of
    /// one link's or address's that are to be looked at, but for those of a consumer that stalls.
    void go_on(std::size_t& left);
    bool is_under_way() const {
        return links_left_ > 0 || addresses_left_ > 0 || !stalling_.empty();
    }

private:
    void look_at(Link& link, std::size_t& left);
    void look_at(Address& address, std::size_t& left);
    void watch(Link& link, std::size_t& left);
    /// False: it has credit, or not been without for long.
    bool is_blocked(Link& link) const;
    void watch_oldest(BranchList& branches, std::size_t& left);
    void note_stuck(Branch& branch);
    bool is_watched_elsewhere(const Delivery& delivery) const;
    void stall(Link& link, std::size_t& left);
    void release_claims(Link& link, std::size_t& left);

    LinkTable& links_;
    AddressTable& addresses_;
    Tally& tally_;
    Settlement& settlement_;
    Drains& drains_;
    const Clock& clock_;
    std::size_t links_left_ = 0;  // slots of the link table
    std::size_t addresses_left_ = 0;
    std::uint64_t blocked_ = 0;     // seen in this round
    std::deque<LinkRef> stalling_;  // with Link::next_claim, and maybe others
};

}  // namespace weft::router
