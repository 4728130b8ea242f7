#pragma once

#include "router/core/address_table.hpp"
#include "router/core/allowance.hpp"
#include "router/core/drains.hpp"
#include "router/core/outgoing.hpp"
#include "router/core/settlement.hpp"
#include "router/core/tally.hpp"

#include <cstddef>
#include <deque>
#include <optional>

namespace weft::router {

/// Copies of multicast messages that a stalled consumer may have waiting.
inline constexpr std::size_t kStalledQueueMax = 250;

/// Multicast messages for very many consumers, who are given their copies in slices: one message of
/// an address after the other, so that each consumer gets them in order.
///
///   a message:  came ──begin──▶ waits ──those before it are over──▶ spreads ──all had a turn──▶
///   over
///
/// Meanwhile a branch of it stands for those who have not had their turn: it keeps what came in,
/// and holds back the producer. Once that is closed, as when the message is aborted, the others get
/// none. Who comes meanwhile need not get it.
///
/// Threading: loop-confined.
class Spreading {
public:
    /// All must outlive it.
    struct Parts {
        AddressTable& addresses;
        Tally& tally;
        DeliveryPool& pool;
        Settlement& settlement;
        Drains& drains;
        Outgoing& outgoing;
        const Allowance& allowance;
        LinkTable& links;
    };
    /// `slice`: copies before others get a turn.
    Spreading(const Parts& parts, std::size_t slice) : parts_{parts}, slice_{slice} {}

    /// True if what comes for `address` is to be given to its consumers in slices. `before`: so
    /// many consumers of other addresses have it already.
    bool is_due(const Address& address, std::size_t before) const {
        const std::size_t count = address.outlets.size();
        return address.spread != nullptr || (count > 0 && before + count > 2 * slice_);
    }
    /// A message came of which the consumers of `address` have no copies yet: `branch`, which is
    /// not open, stands for them.
    void begin(Branch& branch, Address& address);
    /// Why a consumer gets no copy of a message; none: it gets one. `takes`: it is ready for it.
    /// `may_wait`: more may be kept of what its producer sends.
    std::optional<DropReason> objection(
        const Link& out, const Address& address, bool takes, bool presettled, bool may_wait) const {
        if (!takes) {
            return objection_to_wait(out, address, may_wait);
        }
        // One that goes out unsettled is kept until its consumer settles: and that may be never.
        const bool kept = !(presettled || out.presettles);
        return kept && !parts_.allowance.may_queue(out)
                   ? std::optional(DropReason::consumer_queue_full)
                   : std::nullopt;
    }

    bool any() const { return !spread_.empty(); }
    /// Does a slice. `any` tells whether there is more.
    void work();

private:
    std::optional<DropReason> objection_to_wait(const Link& out,
                                                const Address& address,
                                                bool may_wait) const;
    void go_on(Address& address, std::size_t& left);
    void copy_to(Delivery& delivery, Address& address, Link& out);
    void finish(Branch& branch, bool oversized);

    Parts parts_;
    std::size_t slice_;
    std::deque<Address*> spread_;  // each has its turn
};

}  // namespace weft::router
