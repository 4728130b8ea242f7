#pragma once

#include "common/base/time.hpp"
#include "router/linkstate/link_state_output.hpp"
#include "router/linkstate/options.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace weft::linkstate {

/// One connection to a neighbour, and what its HELLOs say.
///
///     down ──HELLO that names us──▶ up ──no such HELLO for max_age, or silence──▶ down
///     down ──first HELLO, no room in the mesh──▶ refused ──HELLO, there is room──▶ down
///     up ──an original, and the mesh too large for it──▶ let_go ──HELLO, there is room──▶ down
///
/// Messages of clients need more than HELLOs do: only one that is up and carries them is a way.
struct Adjacency {
    enum class Life : std::uint8_t {
        down,     // the two do not hear each other, or not yet
        up,       // each hears the other
        refused,  // not to become a neighbour: the mesh would be too large
        let_go,   // an original that was a neighbour until the mesh became too large for it
    };
    /// What is reported once of each connection.
    enum class Complaint : std::uint8_t { malformed, impostor, duplicate_id };

    PeerLink link = kNoLink;
    std::uint32_t cost = 1;
    bool carries = true;  // messages of clients; else it is good for control messages only
    std::string id;       // empty before the first HELLO; never changes then
    std::int64_t instance = 0;
    Life life = Life::down;
    Instant heard{};      // last HELLO
    Instant alive{};      // last sign of life, of any kind
    Instant confirmed{};  // last HELLO that named us
    Instant answered{};   // when we last sent one out of turn
    Duration silence{};   // how long it may be silent now
    Duration promised{};  // how soon another HELLO follows our last one to it; 0: not promised

    bool is_up() const { return life == Life::up; }
    bool is_way() const { return is_up() && carries; }
    bool is_held_back() const { return life == Life::refused || life == Life::let_go; }
    /// True the first time.
    bool is_first(Complaint complaint) {
        const auto bit = static_cast<std::uint8_t>(1U << static_cast<unsigned>(complaint));
        const std::uint8_t before = std::exchange(complaints_, complaints_ | bit);
        return (before & bit) == 0;
    }

private:
    std::uint8_t complaints_ = 0;  // one bit for each Complaint that was reported
};

/// The connections to neighbours, by link.
///
/// Silence is what a Weft router promised not to keep: nothing of any kind came from it for a few
/// of its intervals. Several connections may lead to one neighbour: the cheapest that is up carries
/// the paths; one that carries no messages of clients only if there is no other.
///
/// Threading: loop-confined.
class Neighbours {
public:
    explicit Neighbours(Duration max_age) : max_age_{max_age} {}

    Adjacency& add(PeerLink link, std::uint32_t cost);
    void remove(PeerLink link);
    Adjacency* find(PeerLink link);
    const Adjacency* find(PeerLink link) const;
    /// The one to use for neighbour `id`; null if it is none.
    const Adjacency* best(std::string_view id) const;
    std::map<PeerLink, Adjacency>& all() { return by_link_; }
    const std::map<PeerLink, Adjacency>& all() const { return by_link_; }

    /// Whether HELLOs to it name it: it has been heard, and may become a neighbour.
    bool names(const Adjacency& adjacency, Instant now) const {
        return !adjacency.id.empty() && !adjacency.is_held_back() &&
               now - adjacency.heard <= max_age_;
    }
    bool has_expired(const Adjacency& adjacency, Instant now) const {
        return adjacency.is_up() && now > expiry(adjacency);
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
