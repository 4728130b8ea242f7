#pragma once

#include "router/node/linkroute/routed_end.hpp"
#include "router/node/linkroute/routed_shares.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace weft::node {

class PeerConnection;

/// A session of whoever asked for routed links. Those that go to one connection are on one session
/// there, too: so they hold up each other as they do at home, and a transaction's links are
/// together.
struct AskingSession {
    std::uint64_t connection = 0;  // its id
    std::uint16_t channel = 0;
    bool of_router = false;  // many may be behind it

    auto operator<=>(const AskingSession&) const = default;
};

/// The ends of pairs that one connection has. Calls cost what the link concerned has, and that of a
/// session's end, what the session has.
/// Threading: loop-confined.
class RoutedLinks final {
public:
    /// Output that the peer has not read, with which it is asked for no further link, and hears of
    /// an error's condition alone.
    static constexpr std::size_t kOutputMax = std::size_t{8} * 1024 * 1024;

    /// Both outlive it.
    RoutedLinks(PeerConnection& connection, RoutedList& list)
        : connection_{connection}, list_{list} {}
    ~RoutedLinks();
    RoutedLinks(const RoutedLinks&) = delete;
    RoutedLinks& operator=(const RoutedLinks&) = delete;

    /// Of a link that passes; null: it is over for its end.
    static RoutedEnd* of(const amqp::Link& link) { return reinterpret_cast<RoutedEnd*>(link.user); }

    /// An end for a link that the peer asked for and is to pass from now on.
    RoutedEnd& add_asked(amqp::Link& link, RoutedFacts facts);
    /// An end for a link that is attached, and passes from now on.
    RoutedEnd& add_attached(amqp::Link& link, RoutedFacts facts);
    /// Those of the session, in no order; of one that has none nothing.
    std::vector<RoutedEnd*> ends_of(amqp::Session& session) const;
    /// Attaches a link like `wish` on the session for `asking`, under `other_name`, if there is
    /// one, if the connection has one of its name. Null: the connection takes none, or who asks has
    /// his share.
    RoutedEnd* offer(const AskingSession& asking,
                     amqp::Attach wish,
                     std::string_view other_name,
                     RoutedFacts facts);
    bool is_overfull() const;
    /// For who asked; it ends with the last of these links.
    bool has_begun(amqp::Session& session) const;

    /// Those that wait may find room: those of one session, or all. Each ends with the first that
    /// finds none.
    void on_room(amqp::Session& session);
    void on_room();
    void session_over(amqp::Session& session);
    void connection_over();
    /// What is over goes. Not from within an event of an end.
    void sweep();

    PeerConnection& connection() { return connection_; }

private:
    friend class RoutedEnd;

    using Waiting = boost::intrusive::list<RoutedEnd,
                                           boost::intrusive::base_hook<WaitHook>,
                                           boost::intrusive::constant_time_size<false>>;
    using Retired = boost::intrusive::list<RoutedEnd,
                                           boost::intrusive::base_hook<RetireHook>,
                                           boost::intrusive::constant_time_size<false>>;
    /// The ends of a session.
    struct Group : RoutedHook<struct GroupTag> {
        std::vector<std::unique_ptr<RoutedEnd>> ends;
        Waiting waiting;         // for room
        Waiting uncredited;      // for their peers' credit
        Waiting requests;        // to coordinators, behind what is marked
        std::size_t marked = 0;  // ends that have some of that
        bool is_ours = false;    // begun for `asking`
        AskingSession asking{};
    };
    using Groups = boost::intrusive::list<Group,
                                          boost::intrusive::base_hook<RoutedHook<struct GroupTag>>,
                                          boost::intrusive::constant_time_size<false>>;

    RoutedEnd& add(amqp::Link& link, RoutedEnd::Life life, RoutedFacts facts);
    amqp::Session* session_for(const AskingSession& asking);
    void await_room(RoutedEnd& end);
    void credited(RoutedEnd& end);
    bool has_turn(RoutedEnd& end);
    static bool is_behind(const RoutedEnd& end, const Group& group);
    std::size_t mark(Waiting& ends, Group& group);
    void count_marked(RoutedEnd& end, Group& group);
    static void give_up(Waiting requests, const amqp::ErrorView& error);
    void dropped(RoutedEnd& end);
    [[nodiscard]] bool give_up_uncredited(RoutedEnd& end);
    void retire(RoutedEnd& end);
    void forget(const Group& group);
    void end_if_empty(amqp::Session& session);
    bool try_again(Group& group);

    PeerConnection& connection_;
    RoutedList& list_;
    std::unordered_map<amqp::Session*, Group> sessions_;
    std::map<AskingSession, amqp::Session*> asking_;
    RoutedShares shares_;
    Groups waiting_;   // those with an end that waits, and maybe more
    Retired retired_;  // over, and not swept yet
};

}  // namespace weft::node
