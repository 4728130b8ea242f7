#include "router/node/linkroute/moves.hpp"

#include "common/base/conditions.hpp"
#include "router/core/address.hpp"
#include "router/node/linkroute/crossing.hpp"
#include "router/node/linkroute/routed_links.hpp"
#include "router/node/peer_connection.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace weft::node {
namespace {

/// Links of a session that are looked at for one step of a connection's turn.
constexpr std::size_t kLinksOfStep = 16;

std::size_t bytes_of_waiting(const Buffer& attach) {
    constexpr std::size_t kOverhead = 256;
    return kOverhead + attach.size();
}

}  // namespace

Moves::~Moves() {
    std::ranges::for_each(waiting_, [this](const Waiting& one) { remove(one); });
}

bool Moves::is_ready(const amqp::Link& link, const router::Link& ours) {
    return !link.awaits_answer() && !link.in_delivery() && ours.queued == 0 &&
           ours.current == nullptr;
}

/// It has no wish that only a broker could grant, else it had been passed on before.
amqp::Attach Moves::attach_of(const amqp::Link& link, const router::Link& ours) {
    amqp::Attach attach{.name = link.name(),
                        .receiver = !link.is_receiver(),
                        .sender_settle_mode = link.sender_settle_mode(),
                        .receiver_settle_mode = link.receiver_settle_mode(),
                        .max_message_size = link.max_message_size()};
    attach.source.emplace().kind = amqp::Terminus::Kind::source;
    attach.target.emplace().kind = amqp::Terminus::Kind::target;
    if (attach.receiver) {
        attach.source->address = ours.address->key.name();
        attach.source->default_outcome =
            ours.default_outcome ? Bytes{*ours.default_outcome} : Bytes{};
    } else {
        attach.target->address = ours.address->key.name();
        attach.initial_delivery_count = link.delivery_count();
    }
    return attach;
}

bool Moves::holds(PeerConnection& connection, amqp::Link& link, const amqp::Attach& attach) {
    Waiting one{.connection = &connection, .link = &link};
    if (is_done(one)) {
        return false;
    }
    write(one.attach, attach);
    if (!memory_.keep(connection.in_core().id, bytes_of_waiting(one.attach))) {
        connection.refuse_link(link, {kResourceLimitExceeded, std::string(kTooManyAttaches)});
        return true;
    }
    sessions_.insert(&link.session());
    renew_credit(one);
    waiting_.push_back(std::move(one));
    return true;
}

/// True: its attach may go on.
bool Moves::is_done(Waiting& one) {
    const amqp::Session& session = one.link->session();
    if (calls_.is_asked(session)) {
        return false;
    }
    if (!one.is_moving) {
        move_links(one);
        if (!one.is_moving || calls_.is_asked(session)) {
            return false;
        }
    }
    const auto ends = one.connection->routed_links().ends_of(one.link->session());
    one.rests = ends.size() > kLinksMax;
    return std::ranges::none_of(ends, [](RoutedEnd* end) { return end->awaits_partner(); });
}

void Moves::move_links(Waiting& one) {
    PeerConnection& connection = *one.connection;
    std::vector<amqp::Link*> ready;
    bool are_all = true;
    std::size_t looked = 0;
    one.link->session().each_link([&](amqp::Link& link) {
        ++looked;
        const router::Link* const ours = connection.kept_by_brokers(link);
        if (ours == nullptr || ready.size() == kMovedMax) {
            return;
        }
        is_ready(link, *ours) ? ready.push_back(&link) : void(are_all = false);
    });
    one.link->session().engine().spend(looked / kLinksOfStep);
    one.rests = looked > kLinksMax;
    if (are_all || one.seconds >= kReadyMax) {
        one.is_moving = true;
        std::ranges::for_each(ready, [&](amqp::Link* link) { calls_.move(connection, *link); });
    }
}

/// It waits no more.
void Moves::remove(const Waiting& one) {
    memory_.give_back(one.connection->in_core().id, bytes_of_waiting(one.attach));
    sessions_.erase(sessions_.find(&one.link->session()));
}

/// What the session has in the core is to get what it may get now.
void Moves::renew_credit(const Waiting& one) {
    one.link->session().each_link([&](amqp::Link& link) {
        if (one.connection->kept_by_brokers(link) != nullptr) {
            one.connection->renew_credit(link);
        }
    });
}

void Moves::forget(const amqp::Link& link) {
    const auto at =
        has(link.session()) ? std::ranges::find(waiting_, &link, &Waiting::link) : waiting_.end();
    if (at != waiting_.end()) {
        const Waiting one = std::move(*at);
        waiting_.erase(at);
        remove(one);
        renew_credit(one);
    }
}

void Moves::forget(const amqp::Session& session) {
    if (!has(session)) {
        return;
    }
    std::erase_if(waiting_, [&](const Waiting& one) {
        const bool is_its = &one.link->session() == &session;
        if (is_its) {
            remove(one);
        }
        return is_its;
    });
}

void Moves::work() {
    for (std::size_t left = std::min(kLooksMax, waiting_.size()); left > 0; --left) {
        Waiting one = std::move(waiting_.front());
        waiting_.pop_front();
        if (one.rests || !is_done(one)) {
            waiting_.push_back(std::move(one));
            continue;
        }
        remove(one);
        renew_credit(one);
        calls_.go_on(*one.connection, *one.link, read_attach_word(one.attach));
        one.connection->wake();
    }
}

void Moves::tick() {
    std::ranges::for_each(waiting_, [](Waiting& one) {
        ++one.seconds;
        one.rests = false;
    });
}

}  // namespace weft::node
