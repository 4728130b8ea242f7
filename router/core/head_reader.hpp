#pragma once

#include "common/base/bytes.hpp"
#include "router/core/address_table.hpp"
#include "router/core/counters.hpp"
#include "router/core/incoming.hpp"
#include "router/core/link.hpp"
#include "router/core/resolver.hpp"
#include "router/core/routes.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace weft::router {

/// Where a message is to go, as its first sections say.
struct Target {
    Address* address = nullptr;  // null: nobody uses it here
    bool cut_off = false;        // more of them must be known
    DropReason reason = DropReason::no_consumer;
    Buffer outcome{};  // empty: it is not refused
};

/// Reads the sections before the bare message: where the message goes, and what routers have told
/// one another of it. What a client is not to say is removed, what another router is to read is
/// written.
///
/// A message of another format than 0 is opaque: its bytes are read for an anonymous sender's `to`
/// only, and none is removed. Between routers, message annotations stand in front of them.
///
/// Threading: loop-confined. Spec: AMQP 1.0 §3.2
class HeadReader {
public:
    /// All must outlive it.
    HeadReader(std::string router_id,
               AddressTable& addresses,
               const Routes& routes,
               const Resolver& resolver);

    /// Where a message is to go, by what came in of it; its annotations are put right (`rewritten`
    /// is the memory for that, `head` the one for what it says).
    Target read(const Link& link, Arrival& message, Head& head, Buffer& rewritten) const;

    /// The mobile address of that name, made if nobody uses it: of a message for who subscribed to
    /// it with wildcards.
    Address& address_of(std::string_view name) const;

    /// AddressTable::upstream.
    const Address* upstream() const { return addresses_.upstream(); }

    /// So often a message may be at this router if other routers bring it as clients do. What leads
    /// back here through another one a time or two is no mistake.
    static constexpr int kPassesMax = 4;

private:
    static std::optional<Target> inadmissible(const Link& link, const wire::Facts& facts);
    std::optional<Target> going_around(const Link& link, Bytes section) const;
    std::optional<Target> refusal(const AddressKey& key, const Address* address) const;
    Address* used_or_meant(const AddressKey& key, std::optional<Distribution> hint) const;
    static const wire::Facts& scan(const Link& link,
                                   Arrival& message,
                                   Head& head,
                                   Buffer& rewritten);
    static Target unreadable(const wire::Facts& facts);
    Target passed_on_to(Arrival& message, Head& head) const;
    bool goes_up(const AddressKey& key, const Address* address) const;
    struct Said {
        std::string_view to{};
        AddressKey key{};
        bool by_routers = false;
    };
    std::optional<Target> said_in(const Arrival& message,
                                  const wire::Facts& facts,
                                  Said& said) const;
    Target target_from_mesh(Arrival& message, const wire::Facts& facts) const;
    Target target_from_edge(const Link& link,
                            Arrival& message,
                            const wire::Facts& facts,
                            Buffer& rewritten) const;
    std::string_view other_than_said(const Link& link, Bytes section, std::string& memory) const;
    Target anonymous_target(const Link& link,
                            Arrival& message,
                            const wire::Facts& facts,
                            Buffer& rewritten) const;
    static void settle_annotations(const Link& link,
                                   Arrival& message,
                                   const wire::Facts& facts,
                                   std::string_view told,
                                   Buffer& rewritten);

    std::string router_id_;
    std::string own_annotation_;  // "0/r1", as in a trace
    AddressTable& addresses_;
    const Routes& routes_;
    const Resolver& resolver_;
};

}  // namespace weft::router
