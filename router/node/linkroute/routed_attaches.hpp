#pragma once

#include "router/core/core.hpp"
#include "router/node/linkroute/crossing.hpp"
#include "router/node/linkroute/link_router.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

namespace weft::node {

class PeerConnection;

/// What a loop has of the links that are passed on: asks home for those that its peers attach, and
/// joins the two ends of a pair, which may be on different loops. While one of a connection's links
/// waits for home's answer, those that come after it wait behind it, whatever they want: it hears
/// of them in their order.
///
///   asked of home ──plain──▶ attached as others are
///        │  └──────refused─▶ refused
///        └─────────taken───▶ an end here, joined to one on home
///
/// Threading: loop-confined.
class RoutedAttaches final {
public:
    /// Words of other loops for one turn; an attach that home is asked about takes several.
    static constexpr std::size_t kStepsMax = 2'000;

    /// Gives words to another loop.
    using Hand = std::function<void(std::size_t to, PairWords words)>;

    /// Of `count` loops. `attaches` is what those that wait for an answer take.
    RoutedAttaches(router::Core& core, MemoryShares& attaches, std::size_t count, Hand hand);

    /// Home's, which decides.
    void set_router(LinkRouter& router) { router_ = &router; }
    /// There are link routes, so home is to be asked.
    void set_asking(bool asking) { asking_ = asking; }

    RoutedList& list() { return list_; }
    const RoutedList& list() const { return list_; }
    // As PeerObserver.
    bool routes(PeerConnection& connection, amqp::Link& link, const amqp::Attach& attach);
    void forget(const amqp::Link& link);
    void forget(const amqp::Session& session);

    /// What the loop `from` handed over. It is taken in order, kStepsMax steps of it in a turn;
    /// while `has_work`, `go_on` is to be called in a later one.
    void receive(std::size_t from, PairWords words);
    bool has_work() const { return !received_.empty() || list_.has_lost(); }
    void go_on();
    /// What other loops are to have is handed over, and what is over goes.
    void end_turn();

private:
    class Crossing;
    /// A link of which home was asked.
    struct Asked {
        PeerConnection* connection = nullptr;
        amqp::Link* link = nullptr;
        Buffer attach;
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
                         std::uint64_t id);
    void ask_home(PeerConnection& connection, amqp::Link& link, const amqp::Attach& attach);
    void forget_pair(std::uint64_t pair);
    void take(std::size_t from, const PairWord& word, Bytes bytes);
    void cross(RoutedEnd& end, std::uint64_t pair, std::size_t to);
    void asked(std::size_t from, const PairWord& word, Bytes bytes);
    void answered(const PairWord& word, Bytes bytes);

    router::Core& core_;
    MemoryShares& attaches_;
    Hand hand_;
    LinkRouter* router_ = nullptr;  // null: not home
    bool asking_ = false;
    std::vector<PairWords> out_;                      // by loop
    std::unordered_map<std::uint64_t, Asked> asked_;  // by pair
    std::unordered_map<const amqp::Session*, Pairs> pairs_asked_;
    std::unordered_map<const PeerConnection*, std::size_t> waiting_;  // how many pairs of each
    std::unordered_map<std::uint64_t, Crossing*> crossing_;  // ends here, partners elsewhere
    std::deque<Received> received_;
    std::size_t steps_ = 0;  // of this turn
    RoutedList list_;        // ends before what they are in
};

}  // namespace weft::node
