#include "router/node/linkroute/routed_links.hpp"

#include "common/base/conditions.hpp"
#include "router/node/peer_connection.hpp"
#include "router/node/tenancy.hpp"

#include <algorithm>
#include <utility>

namespace weft::node {
namespace {

constexpr amqp::ErrorView kPartsDroppedError{
    kTransactionRollback,
    "rolled back: of what waited for room in the session when this was asked, some is lost with "
    "its link",
    {}};
constexpr amqp::ErrorView kNoCreditError{
    kTransactionRollback,
    "rolled back: the broker gave no credit for 30 seconds to a link of the session on which a "
    "message of a transaction was sent before this was asked",
    {}};
constexpr amqp::ErrorView kUncreditedError{
    kTransactionRollback,
    "the broker gave no credit for 30 seconds for a message of a transaction that is to end: it is "
    "rolled back",
    {}};

/// Ends that are marked for one step of a connection's turn.
constexpr std::size_t kMarkedOfStep = 16;

}  // namespace

RoutedLinks::~RoutedLinks() = default;

RoutedEnd& RoutedLinks::add(amqp::Link& link, RoutedEnd::Life life, RoutedFacts facts) {
    Group& group = sessions_[&link.session()];
    auto& end = *group.ends.emplace_back(
        std::make_unique<RoutedEnd>(*this, list_, link, life, std::move(facts)));
    end.place_ = group.ends.size() - 1;
    return end;
}

RoutedEnd& RoutedLinks::add_asked(amqp::Link& link, RoutedFacts facts) {
    return add(link, RoutedEnd::Life::asked, std::move(facts));
}

RoutedEnd& RoutedLinks::add_attached(amqp::Link& link, RoutedFacts facts) {
    return add(link, RoutedEnd::Life::open, std::move(facts));
}

std::vector<RoutedEnd*> RoutedLinks::ends_of(amqp::Session& session) const {
    std::vector<RoutedEnd*> ends;
    if (const auto at = sessions_.find(&session); at != sessions_.end()) {
        for (const auto& end : at->second.ends) {
            ends.push_back(end.get());
        }
    }
    return ends;
}

bool RoutedLinks::is_overfull() const {
    return connection_.engine().output().size() > kOutputMax;
}

bool RoutedLinks::has_begun(amqp::Session& session) const {
    const auto at = sessions_.find(&session);
    return at != sessions_.end() && at->second.is_ours;
}

/// Null: there can be none.
amqp::Session* RoutedLinks::session_for(const AskingSession& asking) {
    if (const auto known = asking_.find(asking); known != asking_.end()) {
        return known->second;
    }
    const bool has_share =
        shares_.has_session({asking.connection, asking.of_router}, connection_.engine().channels());
    amqp::Session* const session = has_share ? connection_.begin_session() : nullptr;
    if (session != nullptr) {
        asking_.emplace(asking, session);
        shares_.add_session(asking.connection);
        Group& group = sessions_[session];
        group.is_ours = true;
        group.asking = asking;
    }
    return session;
}

RoutedEnd* RoutedLinks::offer(const AskingSession& asking,
                              amqp::Attach wish,
                              std::string_view other_name,
                              RoutedFacts facts) {
    if (is_overfull() || !shares_.has_texts({asking.connection, asking.of_router})) {
        return nullptr;
    }
    amqp::Session* const session = session_for(asking);
    if (session == nullptr) {
        return nullptr;
    }
    std::string memory;
    if (const Tenancy* const tenancy = connection_.tenancy()) {
        tenancy->make_own(wish, wish.receiver ? router::Direction::out : router::Direction::in,
                          memory);
    }
    amqp::Link* link = session->attach(wish, /*passes=*/true);
    if (link == nullptr && !other_name.empty()) {
        wish.name = other_name;
        link = session->attach(wish, /*passes=*/true);
    }
    connection_.wake();
    if (link == nullptr) {
        end_if_empty(*session);
        return nullptr;
    }
    RoutedEnd& end = add(*link, RoutedEnd::Life::offered, std::move(facts));
    end.texts_ = link->name().size() + end.facts().address.size();
    shares_.add_texts(asking.connection, end.texts_);
    return &end;
}

// --- room ---------------------------------------------------------------------------------------

void RoutedLinks::await_room(RoutedEnd& end) {
    Group& group = sessions_.at(end.session_);
    if (!end.WaitHook::is_linked()) {
        (is_behind(end, group)                     ? group.requests
         : end.machine().waiting().is_for_credit() ? group.uncredited
                                                   : group.waiting)
            .push_back(end);
    }
    if (!group.is_linked()) {
        waiting_.push_back(group);
    }
}

void RoutedLinks::credited(RoutedEnd& end) {
    Group& group = sessions_.at(end.session_);
    end.WaitHook::unlink();
    group.waiting.push_front(end);
    (void)try_again(group);
}

/// To a coordinator goes what is asked of it once all is gone that waited before that was: else a
/// transaction would end before its last parts came. What comes to wait later does not hold it up.
bool RoutedLinks::has_turn(RoutedEnd& end) {
    Group& group = sessions_.at(end.session_);
    if (!std::exchange(end.has_marked_, true)) {
        const std::size_t looked = mark(group.waiting, group) + mark(group.uncredited, group);
        end.session_->engine().spend(looked / kMarkedOfStep);
    }
    return !is_behind(end, group);
}

/// Returns how many there are.
std::size_t RoutedLinks::mark(Waiting& ends, Group& group) {
    std::size_t looked = 0;
    for (RoutedEnd& end : ends) {
        ++looked;
        if (!end.facts().coordinates) {  // those do not wait for each other
            end.machine().mark_waiting();
            count_marked(end, group);
        }
    }
    return looked;
}

bool RoutedLinks::is_behind(const RoutedEnd& end, const Group& group) {
    return end.has_marked_ && group.marked > 0;
}

/// Once nothing marked waits, requests are next. Credit may never come: they wait for that for so
/// long only.
void RoutedLinks::count_marked(RoutedEnd& end, Group& group) {
    const linkroute::WaitingWords& waiting = end.machine().waiting();
    const bool is_marked = waiting.has_marked();
    if (is_marked && waiting.is_for_credit()) {
        list_.await_credit(end);
    } else {
        end.CreditHook::unlink();
    }
    if (is_marked != std::exchange(end.is_marked_, is_marked)) {
        group.marked = is_marked ? group.marked + 1 : group.marked - 1;
    }
    if (group.marked == 0) {
        group.waiting.splice(group.waiting.begin(), group.requests);
    }
}

/// What `end` has dropped the requests have waited for: a transaction would end without some of its
/// parts, so they go nowhere.
void RoutedLinks::dropped(RoutedEnd& end) {
    Group& group = sessions_.at(end.session_);
    Waiting behind;
    behind.swap(group.requests);
    count_marked(end, group);
    give_up(std::move(behind), kPartsDroppedError);
}

void RoutedLinks::give_up(Waiting requests, const amqp::ErrorView& error) {
    while (!requests.empty()) {
        RoutedEnd& request = requests.front();
        requests.pop_front();
        if (request.machine().life() <= RoutedEnd::Life::open) {
            request.machine().give_up(error);
        }
    }
}

/// Its broker has given it no credit for long: the requests behind that end, and so does it, as
/// what waits there is of a transaction that is none any more.
bool RoutedLinks::give_up_uncredited(RoutedEnd& end) {
    Group& group = sessions_.at(end.session_);
    if (group.requests.empty()) {
        return false;
    }
    Waiting behind;
    behind.swap(group.requests);
    give_up(std::move(behind), kNoCreditError);
    const bool is_up = end.machine().life() <= RoutedEnd::Life::open;
    if (is_up) {
        end.machine().give_up(kUncreditedError);
    }
    return is_up;
}

/// False: there is no room any more.
bool RoutedLinks::try_again(Group& group) {
    while (!group.waiting.empty()) {
        RoutedEnd& end = group.waiting.front();
        group.waiting.pop_front();
        list_.count_try();
        const std::size_t frames = end.machine().waiting().frames();
        const bool is_done = end.machine().on_room();  // else it waits again, behind the others
        if (end.machine().waiting().frames() < frames) {
            end.CreditHook::unlink();  // it had some
        }
        count_marked(end, group);
        if (!is_done && !is_behind(end, group) && !end.machine().waiting().is_for_credit()) {
            return false;
        }
    }
    return true;
}

void RoutedLinks::on_room(amqp::Session& session) {
    if (const auto at = sessions_.find(&session); at != sessions_.end()) {
        (void)try_again(at->second);
    }
}

void RoutedLinks::on_room() {
    Groups waiting;
    waiting.swap(waiting_);
    while (!waiting.empty()) {
        Group& group = waiting.front();
        waiting.pop_front();
        if (!try_again(group) && connection_.engine().is_crowded()) {
            waiting_.splice(waiting_.begin(), waiting);  // before who waits again
            return;
        }
    }
}

// --- the end ------------------------------------------------------------------------------------

/// It is about to go from among the sessions.
void RoutedLinks::forget(const Group& group) {
    if (group.is_ours) {
        asking_.erase(group.asking);
        shares_.remove_session(group.asking.connection);
    }
}

/// A session of ours that no end needs.
void RoutedLinks::end_if_empty(amqp::Session& session) {
    const auto at = sessions_.find(&session);
    if (at->second.ends.empty()) {
        const bool is_ours = at->second.is_ours;
        forget(at->second);
        sessions_.erase(at);
        if (is_ours) {
            connection_.end_session(session, std::nullopt);
        }
    }
}

void RoutedLinks::retire(RoutedEnd& end) {
    retired_.push_back(end);
    connection_.wake();
}

void RoutedLinks::session_over(amqp::Session& session) {
    auto group = sessions_.extract(&session);
    if (group.empty()) {
        return;
    }
    for (const auto& end : group.mapped().ends) {
        if (end->texts_ > 0) {
            shares_.remove_texts(end->facts().asker, end->texts_);
        }
    }
    forget(group.mapped());
    list_.lose(std::move(group.mapped().ends));
}

void RoutedLinks::connection_over() {
    while (!sessions_.empty()) {
        session_over(*sessions_.begin()->first);
    }
}

void RoutedLinks::sweep() {
    while (!retired_.empty()) {
        RoutedEnd& end = retired_.front();
        retired_.pop_front();
        amqp::Session& session = *end.session_;
        Group& group = sessions_.at(&session);
        if (end.texts_ > 0) {
            shares_.remove_texts(end.facts().asker, end.texts_);
        }
        group.ends.back()->place_ = end.place_;
        std::swap(group.ends[end.place_], group.ends.back());
        group.ends.pop_back();
        end_if_empty(session);
    }
}

}  // namespace weft::node
