#include "router/node/linkroute/routed_links.hpp"

#include "common/amqp/passage.hpp"
#include "router/node/peer_connection.hpp"

#include <algorithm>
#include <utility>

namespace weft::node {

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

amqp::Session* RoutedLinks::session_for(const AskingSession& asking) {
    amqp::Session*& session = asking_[asking];
    if (session == nullptr) {
        session = connection_.begin_session();
        if (session == nullptr) {
            asking_.erase(asking);
            return nullptr;
        }
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
    amqp::Session* const session = session_for(asking);
    if (session == nullptr) {
        return nullptr;
    }
    amqp::Link* link = session->attach(wish, /*passes=*/true);
    if (link == nullptr) {
        wish.name = other_name;
        link = session->attach(wish, /*passes=*/true);
    }
    connection_.wake();
    if (link == nullptr) {
        if (const auto at = sessions_.find(session); at->second.ends.empty()) {
            forget(*session, at->second);
            sessions_.erase(at);
            session->end(std::nullopt);
        }
        return nullptr;
    }
    return &add(*link, RoutedEnd::Life::offered, std::move(facts));
}

// --- room ---------------------------------------------------------------------------------------

void RoutedLinks::await_room(RoutedEnd& end) {
    if (end.session_ == nullptr) {
        return;
    }
    Group& group = sessions_.at(end.session_);
    group.waiting.push_back(&end);
    if (!std::exchange(group.is_noted, true)) {
        waiting_.push_back(end.session_);
    }
}

void RoutedLinks::try_again(Group& group) {
    for (RoutedEnd* const end : std::exchange(group.waiting, {})) {
        end->machine().on_room();  // may wait again
    }
}

void RoutedLinks::on_room(amqp::Session& session) {
    if (const auto at = sessions_.find(&session); at != sessions_.end()) {
        try_again(at->second);
    }
}

void RoutedLinks::on_room() {
    for (amqp::Session* const session : std::exchange(waiting_, {})) {
        Group& group = sessions_.at(session);
        group.is_noted = false;
        try_again(group);
    }
}

/// It is about to go from among the sessions.
void RoutedLinks::forget(amqp::Session& session, const Group& group) {
    if (group.is_ours) {
        asking_.erase(group.asking);
    }
    if (group.is_noted) {
        std::erase(waiting_, &session);
    }
}

// --- the end ------------------------------------------------------------------------------------

void RoutedLinks::retire(RoutedEnd& end) {
    retired_.push_back(&end);
    connection_.wake();
}

void RoutedLinks::session_over(amqp::Session& session) {
    auto group = sessions_.extract(&session);
    if (group.empty()) {
        return;
    }
    forget(session, group.mapped());
    for (auto& end : group.mapped().ends) {
        if (!end->machine().is_over()) {
            end->link_->user = 0;  // what the engine says of it yet is for nobody
        }
        end->session_ = nullptr;
        end->machine().on_lost();
        of_no_session_.push_back(std::move(end));
    }
}

void RoutedLinks::connection_over() {
    while (!sessions_.empty()) {
        session_over(*sessions_.begin()->first);
    }
}

void RoutedLinks::sweep() {
    for (RoutedEnd* const end : std::exchange(retired_, {})) {
        if (end->session_ == nullptr) {
            continue;
        }
        const auto at = sessions_.find(end->session_);
        Group& group = at->second;
        std::erase(group.waiting, end);
        group.ends.back()->place_ = end->place_;
        std::swap(group.ends[end->place_], group.ends.back());
        group.ends.pop_back();
        if (group.ends.empty()) {
            amqp::Session* const session = at->first;
            const bool is_ours = group.is_ours;
            forget(*session, group);
            sessions_.erase(at);
            if (is_ours) {
                session->end(std::nullopt);
            }
        }
    }
    of_no_session_.clear();
}

}  // namespace weft::node
