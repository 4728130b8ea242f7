#include "router/linkstate/limits.hpp"

#include <string>
#include <utility>

namespace weft::linkstate {
namespace {

using Kind = LinkStateEvent::Kind;
using Life = Adjacency::Life;

}  // namespace

RouterIndex Limits::learn(std::string_view id, Instant now) {
    const RouterIndex router = ground_.database.learn(id, now);
    if (router == kNoRouter && !std::exchange(full_reported_, true)) {
        ground_.reports.tell(
            Kind::limit, id,
            "not taken: there are " + std::to_string(ground_.database.size()) + " routers already");
    }
    return router;
}

void Limits::note_room() {
    full_reported_ =
        full_reported_ && ground_.database.size() > ground_.options.routers_max / 4 * 3;
}

void Limits::count_originals(Instant now) {
    const Database& database = ground_.database;
    originals_ = 0;
    only_weft_ = true;
    for (RouterIndex router = 1; router < database.end(); ++router) {
        if (!database.knows(router)) {
            continue;
        }
        const RouterRecord& record = database.at(router);
        if (record.path && !record.is_weft) {
            only_weft_ = false;
            originals_ += is_original(record, now) ? 1U : 0U;
        }
    }
}

void Limits::report_exceeded(std::size_t reachable) {
    const bool exceeded = is_exceeded(reachable);
    if (exceeded && !exceeded_reported_) {
        ground_.reports.tell(Kind::limit, {},
                             "the mesh has " + std::to_string(reachable) +
                                 " routers with originals among them, which count at most " +
                                 std::to_string(kRoutersMaxWithOriginals));
    }
    exceeded_reported_ = exceeded;
}

void Limits::admit(Adjacency& adjacency, std::string_view id, std::size_t reachable) {
    const bool too_many = would_exceed(id, adjacency.life == Life::let_go, reachable);
    if (too_many && !adjacency.is_held_back()) {
        adjacency.life = Life::refused;
        ground_.reports.tell(
            Kind::limit, id,
            "not taken as a neighbour: the mesh has original routers, which count at most " +
                std::to_string(kRoutersMaxWithOriginals),
            adjacency.link);
    } else if (!too_many && adjacency.is_held_back()) {
        adjacency.life = Life::down;
    }
}

/// Whether the mesh would have more routers than originals can count, if `id` joined.
bool Limits::would_exceed(std::string_view id, bool is_original, std::size_t reachable) const {
    const RouterIndex router = ground_.database.find(id);
    const bool joins = router == kNoRouter || !ground_.database.at(router).path;
    return (originals_ > 0 || is_original) &&
           reachable + (joins ? 1 : 0) > kRoutersMaxWithOriginals;
}

}  // namespace weft::linkstate
