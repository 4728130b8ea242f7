#pragma once

#include "common/amqp/engine.hpp"
#include "router/node/linkroute/routed_end.hpp"
#include "router/node/linkroute/routed_links.hpp"
#include "router/node/linkroute/routed_list.hpp"
#include "router/transaction/session_coordinator.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace weft::node {

/// The coordinators of transactions that a loop is for sessions of its clients, where a link to one
/// can't be passed on to a broker, as nobody knows which broker it will be.
///
/// Those of a session that is over stay until its ends have told their partners so, in slices.
/// Threading: loop-confined.
class Coordinators final {
public:
    using BrokerControl = router_transaction::BrokerControl;

    /// Words that waited at turnstiles and go on in one turn, and sessions that are looked at.
    static constexpr std::size_t kWordsAtOnce = 500;

    /// Leads a link to a broker's coordinator: it is joined, or refused, now or later.
    using Open = std::function<void(
        const AskingSession& session, const std::string& container, BrokerControl& control)>;
    /// It is about to be destroyed: whoever has a part in it forgets it.
    using Close = std::function<void(BrokerControl& control)>;

    /// `list` has the memory for what waits, and ends before this does.
    Coordinators(RoutedList& list, Open open, Close close);
    ~Coordinators();
    Coordinators(const Coordinators&) = delete;
    Coordinators& operator=(const Coordinators&) = delete;

    /// Links of the session may have a part in transactions.
    bool has(const amqp::Session& session) const { return coordinators_.contains(&session); }
    /// A link to the coordinator may be served. False: the session has one already.
    bool is_free(const amqp::Session& session) const;
    /// `near`, an end that asked by `attach`, is a link to the coordinator of its session.
    /// Precondition: is_free.
    void serve(const amqp::Session& session,
               const AskingSession& asking,
               std::string_view container,
               RoutedEnd& near,
               const amqp::Attach& attach);
    /// `near`, which is joined, may have a part in transactions. Means nothing if the session has
    /// no coordinator, or `near` has nobody to speak with any more.
    void enter(const amqp::Session& session, RoutedEnd& near);
    /// A delivery in that state is no part of its transaction, for `why`, so that can only be
    /// rolled back. False: the session has no coordinator here.
    bool refuses_part(const amqp::Session& session, Bytes state, const std::string& why);
    void forget(const amqp::Session& session);
    /// No event is within a link: what had to wait for that is done, a slice.
    void work();
    /// There is more for another turn.
    bool has_work() const { return !due_.empty(); }
    /// Each second. O(sessions that wait for a broker to declare a transaction).
    void tick();
    /// The loop ends: those of all sessions are closed.
    void clear();

    const router_transaction::Counters& counters() const { return counters_; }

private:
    class Session;
    class Gate;
    class Control;

    void destroy_retired();

    RoutedList& list_;
    Open open_;
    Close close_;
    router_transaction::Counters counters_;
    std::unordered_map<const amqp::Session*, std::shared_ptr<Session>> coordinators_;
    std::deque<std::weak_ptr<Session>> due_;        // to work
    std::vector<std::weak_ptr<Session>> awaiting_;  // to tick
    std::vector<std::unique_ptr<BrokerControl>> retired_;
};

}  // namespace weft::node
