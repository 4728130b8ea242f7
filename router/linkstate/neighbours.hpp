#pragma once

#include "common/base/time.hpp"
#include "router/linkstate/link_state.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace weft::linkstate {

/// One connection to a neighbour, and what its HELLOs say.
struct Adjacency {
    PeerLink link = 0;
    std::uint32_t cost = 1;
    std::string id;  // empty before the first HELLO; never changes then
    std::int64_t instance = 0;
    Instant heard{};       // last HELLO
    Instant alive{};       // last sign of life, of any kind
    Instant confirmed{};   // last HELLO that named us
    Instant answered{};    // when we last sent one out of turn
    Duration silence{};    // that is allowed now
    bool fast = false;     // our last HELLO to it promised fast_hello
    bool up = false;       // each hears the other
    bool refused = false;  // not to become a neighbour: the mesh would be too large
    bool let_go = false;   // it is an original that was one

    bool told_malformed = false;
    bool told_impostor = false;
    bool told_duplicate = false;
};

/// The connections to neighbours, by link.
///
///     down ──HELLO that names us──▶ up ──no such HELLO for max_age, or silence──▶ down
///
/// Silence is what a Weft router promised not to keep: nothing of any kind came from it for a few
/// of its intervals.
///
/// Several connections may lead to one neighbour: the cheapest that is up carries the paths.
/// Threading: loop-confined.
class Neighbours {
public:
    explicit Neighbours(Duration max_age) : max_age_{max_age} {}

    Adjacency& add(PeerLink link, std::uint32_t cost);
    void remove(PeerLink link);
    Adjacency* find(PeerLink link);
    const Adjacency* find(PeerLink link) const;
    /// The one to use for neighbour `id`; null if it is none.
    Adjacency* best(std::string_view id);
    std::map<PeerLink, Adjacency>& all() { return by_link_; }
    const std::map<PeerLink, Adjacency>& all() const { return by_link_; }

    /// Whether HELLOs to it name it: it has been heard, and may become a neighbour.
    bool names(const Adjacency& adjacency, Instant now) const {
        return !adjacency.id.empty() && !adjacency.refused && now - adjacency.heard <= max_age_;
    }
    bool has_expired(const Adjacency& adjacency, Instant now) const {
        return adjacency.up && now > expiry(adjacency);
    }
    /// The neighbour promises a HELLO each `interval`; 0: it does not.
    void expect(Adjacency& adjacency, Duration interval) const {
        adjacency.silence = silence_allowed(interval, max_age_);
    }
    /// When the first of those that are up expires; kNever if none does.
    Instant next_expiry() const;

private:
    Instant expiry(const Adjacency& adjacency) const {
        return std::min(adjacency.confirmed + max_age_, adjacency.alive + adjacency.silence);
    }

    Duration max_age_;
    std::map<PeerLink, Adjacency> by_link_;
};

}  // namespace weft::linkstate
