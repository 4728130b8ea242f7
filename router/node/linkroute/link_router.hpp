#pragma once

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/io/loop.hpp"
#include "router/linkroute/link_routes.hpp"
#include "router/node/linkroute/far_offer.hpp"
#include "router/node/linkroute/found.hpp"
#include "router/node/linkroute/routed_counters.hpp"
#include "router/node/linkroute/routed_links.hpp"
#include "router/node/memory_shares.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace weft::node {

class Containers;
class LinkRouting;
class Mesh;
class Shard;

/// Decides which links are passed on, and over which connection; all of those are home's.
/// Threading: loop-confined (home's loop).
class LinkRouter final {
public:
    /// Pairs of this router at once, of which each connection that asks may have its share.
    static constexpr std::size_t kPairsMax = 200'000;
    /// Links of one session of whoever asks to coordinators of transactions: a router that
    /// coordinates has one to each broker.
    static constexpr std::size_t kCoordinatorsMax = 32;
    /// What attaches take that other loops are asked to send, until they have said something of
    /// them. Each connection that asks has its share.
    static constexpr std::size_t kOffersMax = std::size_t{64} * 1024 * 1024;
    /// An attach is to be answered within this time, unless another is given.
    static constexpr Duration kAnswerMax = std::chrono::seconds(30);
    /// Between two warnings that link routes take links of addresses that brokers keep.
    static constexpr Duration kWarningGap = std::chrono::minutes(1);

    static constexpr std::string_view kExpiration = "qd:link-expiration";

    /// Who asks for a link, and for which.
    struct Ask {
        AskingSession session;
        std::string_view container;  // the id that its peer opened with
        const amqp::Attach& attach;
        std::uint64_t id = 0;        // of the end that asks
        bool transacts = false;      // the session has a coordinator, or soon will
        bool is_late = false;        // it is attached, and stays as it is if it leads to no broker
        Found found = Found::plain;  // of an edge router: what the mesh says
    };

    /// What becomes of a link: the far end of its pair, which is to be joined; or what another
    /// loop is to be told, where that is to be; or the router is the coordinator that it asks for;
    /// or nothing of these, the link is not routed.
    struct Taken {
        RoutedEnd* end = nullptr;
        std::optional<FarOffer> offer{};
        std::string broker{};  // that the link leads to by its address, if it does
        bool coordinates = false;
    };

    /// All must outlive it; `mesh` is null if the router is alone.
    LinkRouter(Containers& containers,
               Mesh* mesh,
               Shard& home,
               bool allows_resumable,
               Duration answer_max = kAnswerMax);

    /// Errors: qd:no-route-to-dest, qd:link-expiration, amqp:resource-limit-exceeded,
    /// amqp:resource-locked (it is to last, and its name is in use), and those of links to brokers
    /// (broker_links.hpp).
    [[nodiscard]] Result<Taken> route(const Ask& ask);

    /// Who tells another loop that a far end there, `id`, on `connection`, is to end: for it is not
    /// answered in time, or attached at another place.
    using Tell =
        std::function<void(std::uint64_t connection, std::uint64_t id, PairWord::Kind kind)>;
    void tell_other_loops(Tell tell) { tell_ = std::move(tell); }
    /// Of an edge router: the active uplink's; null: there is none now.
    using UpstreamLinks = std::function<RoutedLinks*()>;
    void set_upstream(UpstreamLinks links) { upstream_ = std::move(links); }
    /// A far end on another loop said something: that its peer attached, or that it is detached or
    /// lost.
    void heard(std::uint64_t id, bool attached);
    /// It is gone, and its guard about to go; `refused`: its connection could not be asked for it.
    void over(std::uint64_t id, bool refused);
    /// A connection of another loop is gone, and the link routes that it made for itself.
    void gone(std::uint64_t connection);

    /// What the calls since the last time have cost, in steps of a connection's turn.
    std::size_t take_steps();
    const RoutedCounters& counters() const { return counters_; }
    /// Pairs now.
    std::size_t pairs() const { return pairs_; }
    /// What is on its way to other loops, against kOffersMax.
    std::size_t offer_bytes() const { return offer_bytes_.bytes(); }

private:
    class Pair;
    /// Links of a session to coordinators, or to a broker: others of it belong to them.
    struct Coordination {
        std::size_t links = 0;
        linkroute::Way way{};  // of the last one
    };
    /// Levels and connections looked at for one step, and what any attach costs.
    static constexpr std::size_t kLooksOfStep = 16;
    static constexpr std::size_t kAttachSteps = 5;

    /// That are kept although they are gone.
    static constexpr std::size_t kOffersFree = 1'000;
    struct Offer {
        Instant until;
        std::uint64_t id;
    };

    /// What is to outlast its connection: the connection toward it, whether we receive, its name.
    using LastingKey = std::tuple<std::uint64_t, bool, std::string>;
    /// The far end of a pair.
    struct FarEnd {
        RoutedEnd* end = nullptr;      // null: on another loop
        std::uint64_t connection = 0;  // where
        // On another loop:
        bool is_heard = false;      // it has said something
        bool is_answered = false;   // its peer attached
        bool is_withdrawn = false;  // it was told so
        std::uint64_t asker = 0;    // at whose expense the attach is on its way,
        std::size_t bytes = 0;      // until it is heard
    };
    /// Where the far end of a pair is to be.
    struct Toward {
        linkroute::Way way;
        RoutedLinks* links = nullptr;  // null: on another loop, on the connection of the way
        std::uint64_t connection() const;
    };

    RoutedLinks* links_toward(const linkroute::Way& way, std::uint64_t asker) const;
    bool is_elsewhere(const linkroute::Way& way) const;
    bool is_for(const linkroute::Way& way, std::string_view address) const;
    /// An address that an attach asks for.
    struct Wanted {
        router::Direction direction = router::Direction::in;
        std::string address{};  // as the peer wrote it
        std::string toward{};   // under which it is routed, if that is another one
        const std::string& routed() const { return toward.empty() ? address : toward; }
    };

    void note_diverted(const Ask& ask, router::Direction direction, std::string_view address);
    std::string takers_of(const linkroute::AreaView& area) const;
    [[nodiscard]] Result<void> check(const Ask& ask, bool coordinates);
    static std::size_t memory_of(const FarOffer& offer);
    [[nodiscard]] Result<FarOffer> far_offer(const Ask& ask,
                                             const linkroute::Way& way,
                                             const amqp::Attach& wish,
                                             const RoutedFacts& facts);
    [[nodiscard]] Result<std::optional<std::string>> toward_broker(const Ask& ask,
                                                                   router::Direction direction,
                                                                   std::string_view address);
    [[nodiscard]] Result<Taken> coordinate();
    [[nodiscard]] Result<Taken> pass_up(const Ask& ask, const Wanted& wanted);
    std::string_view broker_for(std::string_view address) const;
    const linkroute::Way* way_with(const Ask& ask, std::string_view broker) const;
    [[nodiscard]] Result<Taken> open(const Ask& ask, const Toward& toward, const Wanted& wanted);
    static std::string name_for(const Ask& ask);
    [[nodiscard]] Result<RoutedEnd*> offer(const Ask& ask,
                                           RoutedLinks& links,
                                           const amqp::Attach& wish,
                                           const RoutedFacts& facts);
    static std::string other_name_for(const amqp::Attach& wish, const RoutedFacts& facts);
    static LastingKey lasting_key(const Toward& toward, const amqp::Attach& wish);
    /// False: it is offered on another loop and not answered yet, so its name is in use.
    [[nodiscard]] bool steal(const LastingKey& key);
    void await_answer(std::uint64_t id, const FarEnd& end);
    void give_back(FarEnd& far);
    void forget(std::uint64_t id);
    void withdraw(std::uint64_t id);
    [[nodiscard]] Result<Buffer> properties_for(const linkroute::Way& way,
                                                const amqp::Attach& attach,
                                                std::string_view address) const;
    void withdraw_late();
    void plan();

    LinkRouting& routes_;
    const std::set<std::string>& brokers_;  // that addresses name
    Mesh* mesh_;
    Shard& home_;
    bool allows_resumable_;
    Duration answer_max_;
    RoutedCounters counters_;
    std::uint64_t looks_ = 0;  // that were counted
    std::size_t pairs_ = 0;
    std::unordered_map<std::uint64_t, std::size_t> pairs_of_;  // by the connection that asked
    std::map<AskingSession, Coordination> coordinators_;       // of sessions that have some
    /// Links of a session to a broker: they may have a part in transactions that come later.
    std::map<std::pair<AskingSession, std::string>, Coordination> together_;
    std::deque<Offer> offers_;                            // by time
    std::unordered_map<std::uint64_t, FarEnd> far_ends_;  // by id
    MemoryShares offer_bytes_{kOffersMax};
    UpstreamLinks upstream_;                       // null: this is no edge router
    Tell tell_;                                    // null: there is one loop
    std::map<LastingKey, std::uint64_t> lasting_;  // the far end that has it
    std::optional<Instant> warned_;                // of diverted links, last
    io::Timer timer_;
    bool timer_planned_ = false;
};

}  // namespace weft::node
