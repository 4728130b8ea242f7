#pragma once

#include "common/base/time.hpp"
#include "router/linkstate/ground.hpp"
#include "router/linkstate/hellos.hpp"
#include "router/linkstate/inquiries.hpp"
#include "router/linkstate/limits.hpp"
#include "router/linkstate/link_announcer.hpp"
#include "router/linkstate/messages.hpp"
#include "router/linkstate/neighbours.hpp"
#include "router/linkstate/reachability.hpp"
#include "router/linkstate/remote_links.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace weft::linkstate {

/// Who is a neighbour: the lives of the adjacencies (neighbours.hpp has the picture), and what
/// follows when one begins or ends: this router's links change, and paths with them.
///
/// A router is a neighbour, over the cheapest of its adjacencies that are up, exactly while there
/// is one (I1). It is announced as one, and paths lead there, while one of them carries messages.
///
/// Threading: loop-confined.
class Adjacencies {
public:
    /// A tick that comes so late says that this router stood still: what waits in its sockets is
    /// heard, for kHearFirst, before anybody counts as silent.
    static constexpr Duration kLate = std::chrono::milliseconds(50);
    static constexpr Duration kHearFirst = std::chrono::milliseconds(50);

    /// What it works on. All must outlive it.
    struct Parts {
        Neighbours& neighbours;
        Hellos& hellos;
        Limits& limits;
        Inquiries& inquiries;
        RemoteLinks& remote_links;
        Reachability& reachability;
        LinkAnnouncer& announcer;
    };
    Adjacencies(Ground& ground, const Parts& parts) : ground_{ground}, parts_{parts} {}

    void link_up(PeerLink link, std::uint32_t cost, Instant now);
    void change_cost(PeerLink link, std::uint32_t cost, Instant now);
    void set_carries(PeerLink link, bool carries, Instant now);
    /// False if there is none.
    bool link_down(PeerLink link, Instant now);
    /// As LinkState::note_life.
    void note_life(PeerLink link, Instant when, Instant part);
    /// As LinkState::seems_silent.
    bool seems_silent(PeerLink link, Instant now) const;

    void take(Adjacency& adjacency, const Hello& hello, Instant now);
    /// Ends those that were silent for too long. `late`: this tick came late.
    void expire(bool late, Instant now);
    /// When the next one has been silent for too long; kNever if none will be.
    Instant deadline() const { return hear_until_.value_or(parts_.neighbours.next_expiry()); }
    /// Ends those with originals that joined a mesh that is too large for them: they would count
    /// wrong.
    void let_originals_go(Instant now);

private:
    bool may_speak_for(Adjacency& adjacency, const Hello& hello, Instant now);
    void raise(Adjacency& adjacency, Instant now);
    void lower(Adjacency& adjacency, Adjacency::Life life, std::string why, Instant now);
    void weigh(const Adjacency& adjacency, Instant now);
    void choose_link(RouterRecord& neighbour, Instant now);

    Ground& ground_;
    Parts parts_;
    std::optional<Instant> hear_until_;  // after a late tick: before, nobody counts as silent
};

}  // namespace weft::linkstate
