#pragma once

#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/io/loop.hpp"
#include "router/linkroute/link_routes.hpp"
#include "router/node/linkroute/routed_counters.hpp"
#include "router/node/linkroute/routed_links.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace weft::node {

class LinkRouting;
class Mesh;
class Shard;

/// Decides which links are passed on, and over which connection; all of those are home's.
/// Threading: loop-confined (home's loop).
class LinkRouter final {
public:
    /// Pairs of this router at once, of which each connection that asks may have its share.
    static constexpr std::size_t kPairsMax = 200'000;
    /// An attach is to be answered within this time.
    static constexpr Duration kAnswerMax = std::chrono::seconds(30);

    static constexpr std::string_view kNoRoute = "qd:no-route-to-dest";
    static constexpr std::string_view kExpiration = "qd:link-expiration";

    /// Who asks for a link, and for which.
    struct Ask {
        AskingSession session;
        std::string_view container;  // the id that its peer opened with
        const amqp::Attach& attach;
        std::uint64_t id = 0;  // of the end that asks
    };

    /// All must outlive it; `mesh` is null if the router is alone.
    LinkRouter(LinkRouting& routes, Mesh* mesh, Shard& home, bool allows_resumable);

    /// The far end of a pair for such a link, which asks its peer for it, and is to be joined.
    /// Null: the link is not routed. Errors: qd:no-route-to-dest, qd:link-expiration,
    /// amqp:resource-limit-exceeded.
    [[nodiscard]] Result<RoutedEnd*> route(const Ask& ask);

    const RoutedCounters& counters() const { return counters_; }
    /// Pairs now.
    std::size_t pairs() const { return pairs_; }

private:
    class Pair;
    struct Offer {
        Instant until;
        std::uint64_t id;
    };

    RoutedLinks* links_toward(const linkroute::Way& way, std::uint64_t asker) const;
    [[nodiscard]] Result<RoutedEnd*> open(const Ask& ask,
                                          RoutedLinks& links,
                                          const linkroute::Way& way,
                                          router::Direction direction,
                                          const std::string& address);
    void withdraw_late();
    void plan();

    LinkRouting& routes_;
    Mesh* mesh_;
    Shard& home_;
    bool allows_resumable_;
    RoutedCounters counters_;
    std::size_t pairs_ = 0;
    std::unordered_map<std::uint64_t, std::size_t> pairs_of_;  // by the connection that asked
    std::deque<Offer> offers_;                                 // by time
    std::unordered_map<std::uint64_t, RoutedEnd*> far_ends_;   // by id
    io::Timer timer_;
    bool timer_planned_ = false;
};

}  // namespace weft::node
