#pragma once

#include "router/core/core.hpp"
#include "router/node/delivery_table.hpp"
#include "router/node/outbox.hpp"
#include "router/node/slab.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace weft::node {

/// The ways in from other loops, one for each of their exits to this one, and of the ways beside
/// those: what comes in there, and what our core says of it. Credit and room go out once a turn,
/// whatever happened in it. Threading: loop-confined.
class Entries {
public:
    /// Deliveries of an entry, the last ones, of which it is known who brought them: more than may
    /// wait in the core.
    static constexpr std::size_t kNamedMax = 1'000;
    /// A loop that is asked for the rest of what it has may have more than it had credit for, and
    /// is asked again, so often.
    static constexpr int kAskedAgainMax = 8;

    /// Of so many loops; `connection` is the relay's.
    Entries(router::Core& core, router::Connection& connection, Outbox& outbox, std::size_t loops)
        : core_{core}, connection_{connection}, outbox_{outbox}, loops_(loops) {}

    // What the core says of `link`, as router::Port.
    void update(router::Link& link, wire::DeliveryId id, Bytes state, bool settled);
    void grant(router::Link& link, std::uint32_t credit, bool drain);
    void hold(router::Link& link, std::ptrdiff_t bytes);
    /// The connection of another loop that brought the delivery `id` on `link`; 0: it is not known
    /// (any more).
    static std::uint64_t bringer_of(const router::Link& link, wire::DeliveryId id);
    /// The loop that it comes from.
    static std::size_t loop_of(const router::Link& link) { return entry_of(link).loop; }

    // What another loop says.
    void attach(std::size_t from, const Record& record, std::string_view key, Instant now);
    void detach(std::size_t from, std::uint32_t id, Instant now);
    /// `transfer`, `update_from_producer` or `drained`.
    void take_record(std::size_t from, const Record& record, Bytes bytes, Instant now);

    /// At the end of the turn.
    void tell_news();

private:
    struct Named {
        wire::DeliveryId delivery = 0;
        std::uint64_t bringer = 0;  // its connection
    };
    /// A producer in our core that stands for another loop's exit: the way in from it.
    struct Entry {
        router::Link* link = nullptr;
        Entry* main = nullptr;  // of a stream: it outlives this, as their exits do
        std::size_t loop = 0;
        std::uint32_t id = 0;        // the exit's
        std::uint32_t received = 0;  // deliveries started, beside it too
        std::uint32_t limit = 0;     // of them, that we allow
        std::int64_t passed_on = 0;  // payload bytes, not told yet
        bool drain = false;
        int drained_early = 0;      // so often in a row it may have had more
        bool news = false;          // limit, drain or passed_on are to be told
        std::uint64_t current = 0;  // context of the delivery that is coming in
        std::vector<Named> named;   // kNamedMax of them at most, then round and round
        std::size_t named_ever = 0;
        DeliveryTable unsettled;
    };
    struct OfLoop {
        boost::unordered_flat_map<std::uint32_t, std::unique_ptr<Entry>> entries;  // by exit id
        std::vector<Entry*> with_news;
    };

    static Entry& entry_of(const router::Link& link) {
        return *reinterpret_cast<Entry*>(link.port_link);
    }
    static void note_bringer(Entry& entry, const Named& named);
    void take_transfer(Entry& entry, const Record& record, Bytes bytes, Instant now);
    void take_update(Entry& entry, const Record& record, Bytes state, Instant now);
    void take_drained(Entry& entry, const Record& record, Instant now);
    static bool may_have_more(Entry& entry, std::uint32_t given_back);
    void tell(Entry& entry);

    router::Core& core_;
    router::Connection& connection_;
    Outbox& outbox_;
    std::vector<OfLoop> loops_;
};

}  // namespace weft::node
