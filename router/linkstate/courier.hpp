#pragma once

#include "common/base/bytes.hpp"
#include "common/base/router_index.hpp"
#include "common/base/time.hpp"
#include "router/linkstate/control_address.hpp"
#include "router/linkstate/control_sender.hpp"
#include "router/linkstate/flood.hpp"
#include "router/linkstate/ground.hpp"
#include "router/linkstate/limits.hpp"
#include "router/linkstate/messages.hpp"
#include "router/linkstate/neighbours.hpp"
#include "router/linkstate/reachability.hpp"

#include <string_view>

namespace weft::linkstate {

/// Brings this router's control messages to one router or to all, and passes on those of others.
///
/// A flood goes to all neighbours that may not have it; among Weft routers, once the links of the
/// mesh are calm, along the tree of its origin. One that is no way yet is in no tree.
///
/// Threading: loop-confined.
class Courier {
public:
    /// All must outlive it.
    Courier(Ground& ground,
            const Neighbours& neighbours,
            const Reachability& reachability,
            const Limits& limits,
            ControlSender& sender)
        : ground_{ground},
          neighbours_{neighbours},
          reachability_{reachability},
          limits_{limits},
          sender_{sender},
          tree_{ground.database} {}

    /// To all, at the address `to`.
    void flood(std::string_view to, const Message& message, Instant now);
    /// To one router. An answer whose asker we have no path to goes back over `fallback`, the link
    /// that the question came from (kNoLink: there is none). False: there is no path now.
    bool send_to(std::string_view router,
                 ControlAddress::Part part,
                 Bytes content,
                 PeerLink fallback = kNoLink);
    bool send_to(std::string_view router, const Message& message, PeerLink fallback = kNoLink);

    /// Another router's flood, that came over `from` and was taken.
    void pass_flood(const Adjacency& from,
                    std::string_view origin,
                    const Envelope& envelope,
                    Instant now);
    /// A message for the router `to` that came over `from`.
    void pass_on(const Adjacency& from, std::string_view to, const Envelope& envelope);

private:
    bool is_calm(Instant now) const;
    bool gets_here(const Adjacency& adjacency, RouterIndex origin);
    bool trees_hold(const Adjacency& from, RouterIndex origin, Instant now);

    Ground& ground_;
    const Neighbours& neighbours_;
    const Reachability& reachability_;
    const Limits& limits_;
    ControlSender& sender_;
    FloodTree tree_;
};

}  // namespace weft::linkstate
