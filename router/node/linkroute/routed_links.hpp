#pragma once

#include "router/node/linkroute/routed_end.hpp"

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

    auto operator<=>(const AskingSession&) const = default;
};

/// The ends of pairs that one connection has. Calls cost what the session or link concerned has.
/// Threading: loop-confined.
class RoutedLinks final {
public:
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
    /// Attaches a link like `wish` on the session for `asking`, under `other_name` if the
    /// connection has one of its name. Null: the connection takes none.
    RoutedEnd* offer(const AskingSession& asking,
                     amqp::Attach wish,
                     std::string_view other_name,
                     RoutedFacts facts);

    /// Those that wait may find room: those of one session, or all.
    void on_room(amqp::Session& session);
    void on_room();
    void session_over(amqp::Session& session);
    void connection_over();
    /// What is over goes. Not from within an event of an end.
    void sweep();

    PeerConnection& connection() { return connection_; }

private:
    friend class RoutedEnd;

    struct Group {
        std::vector<std::unique_ptr<RoutedEnd>> ends;
        std::vector<RoutedEnd*> waiting;  // for room
        bool is_noted = false;            // among `waiting_`
        bool is_ours = false;             // begun for `asking`
        AskingSession asking{};
    };

    RoutedEnd& add(amqp::Link& link, RoutedEnd::Life life, RoutedFacts facts);
    amqp::Session* session_for(const AskingSession& asking);
    void await_room(RoutedEnd& end);
    void retire(RoutedEnd& end);
    void forget(amqp::Session& session, const Group& group);
    void try_again(Group& group);

    PeerConnection& connection_;
    RoutedList& list_;
    std::unordered_map<amqp::Session*, Group> sessions_;
    std::map<AskingSession, amqp::Session*> asking_;
    std::vector<amqp::Session*> waiting_;  // those with an end that waits, and maybe more
    std::vector<RoutedEnd*> retired_;      // over, and not swept yet
    std::vector<std::unique_ptr<RoutedEnd>> of_no_session_;  // the same
};

}  // namespace weft::node
