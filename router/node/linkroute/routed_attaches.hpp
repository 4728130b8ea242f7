#pragma once

#include "router/core/core.hpp"
#include "router/node/linkroute/crossing.hpp"
#include "router/node/linkroute/link_router.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

namespace weft::node {

class PeerConnection;

/// What a loop has of the links that are passed on: asks home for those that its peers attach, and
/// joins the two ends of a pair, which may be on different loops.
///
///   asked of home ──plain──▶ attached as others are
///        │  └──────refused─▶ refused
///        └─────────taken───▶ an end here, joined to one on home
///
/// Threading: loop-confined.
class RoutedAttaches final {
public:
    /// Gives words to another loop.
    using Hand = std::function<void(std::size_t to, PairWords words)>;

    /// Of `count` loops.
    RoutedAttaches(router::Core& core, std::size_t count, Hand hand);

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

    /// What the loop `from` handed over.
    void receive(std::size_t from, const PairWords& words);
    /// What other loops are to have is handed over: at the end of a turn.
    void hand_over();

private:
    class Crossing;
    /// A link of which home was asked.
    struct Asked {
        PeerConnection* connection = nullptr;
        amqp::Link* link = nullptr;
        Buffer attach;
    };

    RoutedEnd& add_asked(PeerConnection& connection,
                         amqp::Link& link,
                         const amqp::Attach& attach,
                         std::uint64_t id);
    void ask_home(PeerConnection& connection, amqp::Link& link, const amqp::Attach& attach);
    linkroute::Partner& cross(RoutedEnd& end, std::uint64_t pair, std::size_t to);
    void asked(std::size_t from, const PairWord& word, Bytes bytes);
    void answered(const PairWord& word, Bytes bytes);

    router::Core& core_;
    RoutedList list_;
    Hand hand_;
    LinkRouter* router_ = nullptr;  // null: not home
    bool asking_ = false;
    std::vector<PairWords> out_;                      // by loop
    std::unordered_map<std::uint64_t, Asked> asked_;  // by pair
    std::unordered_map<const amqp::Link*, std::uint64_t> pairs_asked_;
    std::unordered_map<std::uint64_t, RoutedEnd*> crossing_;  // here, their partners elsewhere
};

}  // namespace weft::node
