#pragma once

#include "router/core/core.hpp"
#include "router/node/linkroute/coordinators.hpp"
#include "router/node/linkroute/crossing.hpp"
#include "router/node/linkroute/link_router.hpp"
#include "router/node/linkroute/look_ups.hpp"
#include "router/node/linkroute/moves.hpp"
#include "router/node/linkroute/switchboard.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace weft::node {

class PeerConnection;

/// The loop that decides: home's number among the loops.
inline constexpr std::size_t kHomeLoop = 0;

/// Who asks, by a link of its connection.
AskingSession asking_session(const PeerConnection& connection, const amqp::Link& link);

/// What a loop has of the links that are passed on: asks home for those that its peers attach, and
/// joins the two ends of a pair, which may be on different loops. While one of a connection's links
/// waits for home's answer, those that come after it wait behind it, whatever they want: it hears
/// of them in their order.
///
///   asked of home ──plain──▶ attached as others are
///        │  └──────refused─▶ refused
///        ├─────────taken───▶ an end here, joined to one on home
///        └─coordinates─────▶ an end here, of the coordinator that the session has here
///
/// A link to a coordinator waits before that until links that the session has already are moved
/// (Moves).
///
/// What made link routes for itself may be on any loop. Then home asks that for the far end, passes
/// on what the two say (Switchboard), and hears when the far end is gone: until then it counts.
///
/// Threading: loop-confined.
class RoutedAttaches final {
public:
    /// Words of other loops for one turn; an attach that home is asked about takes several.
    static constexpr std::size_t kStepsMax = 2'000;

    using Connections = std::map<std::uint64_t, PeerConnection*>;  // by id

    /// Gives words to another loop.
    using Hand = std::function<void(std::size_t to, PairWords words)>;

    /// Of `count` loops. `attaches` is what those that wait for an answer take.
    RoutedAttaches(router::Core& core, MemoryShares& attaches, std::size_t count, Hand hand);
    ~RoutedAttaches();
    RoutedAttaches(const RoutedAttaches&) = delete;
    RoutedAttaches& operator=(const RoutedAttaches&) = delete;

    /// Those of this loop. They must outlive it.
    void set_connections(const Connections& connections) { connections_ = &connections; }
    /// Home's, which decides.
    void set_router(LinkRouter& router);
    /// Home's, of an edge router: the mesh is asked about links that no link route here takes.
    void look_up_by(LookUps::Ask ask);
    /// On home: a connection of another loop made a link route for itself. Home is told when it is
    /// gone, at once if it is by now.
    void watch(std::uint64_t connection);
    /// A connection of this loop is gone.
    void gone(std::uint64_t connection);
    /// What home passes on between other loops, and has of far ends there, is over: the router
    /// ends.
    void clear_switchboard() {
        switchboard_.clear();
        guards_.clear();
    }
    const Switchboard& switchboard() const { return switchboard_; }
    /// There are link routes, so home is to be asked.
    void set_asking(bool asking) { asking_ = asking; }

    RoutedList& list() { return list_; }
    const RoutedList& list() const { return list_; }
    // As PeerObserver.
    bool routes(PeerConnection& connection, amqp::Link& link, const amqp::Attach& attach);
    void forget(const amqp::Link& link);
    void forget(const amqp::Session& session);
    bool refuses_part(const amqp::Session& session, Bytes state, const std::string& why) {
        return coordinators_.refuses_part(session, state, why);
    }

    bool holds_credit(const amqp::Session& session) const { return moves_.has(session); }

    /// What the loop `from` handed over. It is taken in order, kStepsMax steps of it in a turn;
    /// while `has_work`, `go_on` is to be called in a later one.
    void receive(std::size_t from, PairWords words);
    bool has_work() const {
        return !received_.empty() || list_.has_lost() || coordinators_.has_work();
    }
    /// Of transactions that this loop coordinates.
    const router_transaction::Counters& transactions() const { return coordinators_.counters(); }
    void go_on();
    /// Each second.
    void tick() {
        coordinators_.tick();
        moves_.tick();
        list_.tick();
    }
    /// A turn is about to end: what waited for links to be moved may go on.
    void move_links() { moves_.work(); }
    /// What other loops are to have is handed over, and what is over goes.
    void end_turn();

private:
    class Crossing;
    /// A link of which home was asked.
    struct Asked {
        PeerConnection* connection = nullptr;
        amqp::Link* link = nullptr;
        const amqp::Session* coordinates = nullptr;  // the session whose coordinator it asks for
        bool is_late = false;                        // it is attached, and to be moved
        Buffer attach;
    };
    using BrokerControl = router_transaction::BrokerControl;
    /// A link to a broker's coordinator, of which home was asked.
    struct AskedControl {
        BrokerControl* control = nullptr;
        std::uint64_t asker = 0;
    };
    using Pairs = std::unordered_map<const amqp::Link*, std::uint64_t>;
    /// What another loop said, and how far it was heard.
    struct Received {
        std::size_t from = 0;
        PairWords words;
        std::size_t next = 0;   // word
        std::size_t bytes = 0;  // of those before it
    };

    RoutedEnd& add_asked(PeerConnection& connection,
                         amqp::Link& link,
                         const amqp::Attach& attach,
                         std::uint64_t id,
                         std::string broker);
    bool route(PeerConnection& connection,
               amqp::Link& link,
               const amqp::Attach& attach,
               Found found = Found::plain);
    void ask_home(PeerConnection& connection,
                  amqp::Link& link,
                  const amqp::Attach& attach,
                  bool is_late = false);
    bool transacts(const amqp::Session& session) const;
    void go_on(PeerConnection& connection, amqp::Link& link, const amqp::Attach& attach);
    void move(PeerConnection& connection, amqp::Link& link);
    RoutedEnd& add_attached(PeerConnection& connection,
                            amqp::Link& link,
                            std::uint64_t id,
                            std::string broker,
                            std::optional<amqp::Flow>& told);
    void moved(const Asked& asked, const PairWord& word, Bytes bytes);
    void coordinate(PeerConnection& connection,
                    amqp::Link& link,
                    const amqp::Attach& attach,
                    std::uint64_t id);
    void open_control(const AskingSession& session,
                      const std::string& container,
                      BrokerControl& control);
    void forget_control(BrokerControl& control);
    bool answered_control(const PairWord& word, Bytes bytes);
    void forget_pair(std::uint64_t pair);
    void take(std::size_t from, const PairWord& word, Bytes bytes);
    bool take_of_connection(const PairWord& word, Bytes bytes);
    void pass_on(const PairWord& word, Bytes bytes);
    std::size_t loop_of(std::uint64_t id) const;
    void note(const PairWord& word);
    std::size_t ask_for(FarOffer& offer);
    void offered(const PairWord& word, Bytes bytes);
    void give_up(const PairWord& word);
    std::unique_ptr<RoutedGuard> cross(linkroute::PairEnd& end,
                                       std::uint64_t asker,
                                       std::uint64_t pair,
                                       std::size_t to);
    void cross(RoutedEnd& end, std::uint64_t pair, std::size_t to);
    void asked(std::size_t from, const PairWord& word, Bytes bytes, Found found);
    void answered(const PairWord& word, Bytes bytes);

    router::Core& core_;
    MemoryShares& attaches_;
    Hand hand_;
    LinkRouter* router_ = nullptr;  // null: not home
    const Connections* connections_ = nullptr;
    std::unordered_set<std::uint64_t> watched_;  // connections here that made link routes
    Switchboard switchboard_;                    // home's
    /// Home's: what counts for a far end on another loop, by its number, until that is gone.
    std::unordered_map<std::uint64_t, std::unique_ptr<RoutedGuard>> guards_;
    bool asking_ = false;
    std::vector<PairWords> out_;                      // by loop
    std::unordered_map<std::uint64_t, Asked> asked_;  // by pair
    std::unordered_map<const amqp::Session*, Pairs> pairs_asked_;
    std::unordered_map<const PeerConnection*, std::size_t> waiting_;  // how many pairs of each
    std::unordered_map<std::uint64_t, Crossing*> crossing_;  // ends here, partners elsewhere
    std::unordered_map<std::uint64_t, AskedControl> controls_asked_;         // by pair
    std::unordered_map<const BrokerControl*, std::uint64_t> control_pairs_;  // of these
    std::unordered_multiset<const amqp::Session*> coordinators_asked_;       // which may be here
    /// Of links to brokers' coordinators whose other ends are on home.
    std::unordered_map<const BrokerControl*, std::unique_ptr<RoutedGuard>> controls_crossing_;
    std::deque<Received> received_;
    std::size_t steps_ = 0;  // of this turn
    Coordinators coordinators_;
    Moves moves_;
    std::unique_ptr<LookUps> look_ups_;  // null: nobody is asked
    RoutedList list_;                    // ends before what they are in
};

}  // namespace weft::node
