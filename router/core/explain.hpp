#pragma once

#include "router/core/address.hpp"
#include "router/core/address_table.hpp"
#include "router/core/link.hpp"
#include "router/core/outlet.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What would become of a message: values, for people who ask why.
namespace weft::router {

/// Of each list, so many are told one by one; the rest is counted.
inline constexpr std::size_t kExplainedMax = 64;
/// So many consumers are looked at, and so many producers; the rest is left out.
inline constexpr std::size_t kLookedAtMax = 10'000;

/// What a consumer is to the next message.
enum class Standing : std::uint8_t { eligible, attaching, stalled, no_credit, full, busy };
inline constexpr std::size_t kStandings = 6;
/// "eligible", "no-credit", …
const char* to_string(Standing standing);
Standing standing_of(const Link& consumer);

struct ExplainedConsumer {
    std::uint64_t link = 0;
    std::uint64_t connection = 0;
    std::uint32_t credit = 0;
    std::uint32_t outstanding = 0;
    bool in_process = false;
    Standing standing = Standing::eligible;
};

/// A neighbour behind which there are consumers.
struct ExplainedRoute {
    std::uint64_t connection = 0;
    std::uint32_t outstanding = 0;
    std::optional<std::uint32_t> cost;  // none: messages of the origin do not go there
    std::vector<std::pair<RouterIndex, std::uint32_t>> destinations;  // with cost
};

struct ExplainedProducer {
    std::uint64_t link = 0;
    std::uint64_t connection = 0;
    std::uint32_t outstanding = 0;
    std::uint32_t capacity = 0;
    Blocked blocked = Blocked::no;
};

/// Where the next message goes.
struct Decision {
    enum class Kind : std::uint8_t {
        unavailable,  // the address is not to be used
        nobody,       // nobody receives: it is released, or gets no credit
        no_path,      // consumers are behind other routers, but not on this origin's ways
        wait,         // for consumers here that can take nothing now
        consumer,
        relay,  // another loop of this router decides
        route,  // the neighbour behind `connection`
        everyone,
    };
    Kind kind = Kind::nobody;
    std::uint64_t link = 0;        // of a consumer
    std::uint64_t connection = 0;  // its, or the neighbour's

    bool operator==(const Decision&) const = default;
};

struct Explanation {
    AddressKey key;            // empty: the text is no address
    std::string rule;          // the name of the rule that matches
    std::string rule_pattern;  // empty: none matches, the default holds
    Treatment by_rule;         // of an address that nobody uses yet
    Treatment treatment;       // as it is for those who use it now
    bool in_use = false;
    bool stopping = false;
    /// Nobody receives from it, and what follows is said of its fallback.
    bool falls_back = false;
    std::size_t waiting = 0;  // messages
    std::vector<ExplainedConsumer> consumers;
    std::array<std::size_t, kStandings> consumers_by_standing{};
    std::size_t consumers_left_out = 0;
    std::vector<ExplainedRoute> routes;
    std::vector<RouterIndex> unreachable;  // routers with consumers, and no path
    /// Subscriptions with wildcards that get what enters the mesh here, by their names.
    std::vector<std::string> wildcards;
    std::size_t wildcard_count = 0;
    std::vector<ExplainedProducer> producers;
    std::size_t producer_count = 0;
    std::size_t producers_at_capacity = 0;
    std::size_t producers_left_out = 0;
    Decision decision;
    /// The same for a message that comes from another loop of this router.
    Decision relayed;
};

class Core;

/// What would become of a message to `address`, as a client sends it, that came now and entered
/// the mesh at `origin`. The decision is the live one, and nothing moves: no turn is taken, nothing
/// is counted. (Routes out of date are made anew, as the next message would.) What it costs is
/// bounded, however many use the address.
[[nodiscard]] Explanation explain(Core& core, std::string_view address, RouterIndex origin);

}  // namespace weft::router
