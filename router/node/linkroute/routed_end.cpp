#include "router/node/linkroute/routed_end.hpp"

#include "common/amqp/options.hpp"
#include "common/amqp/passage.hpp"
#include "common/wire/delivery_state.hpp"
#include "router/node/linkroute/routed_links.hpp"
#include "router/node/peer_connection.hpp"
#include "router/node/tenancy.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

namespace weft::node {
namespace {

std::optional<amqp::ErrorView> value_of(const amqp::ErrorView* error) {
    return error == nullptr ? std::nullopt : std::optional(*error);
}

}  // namespace

RoutedEnd::RoutedEnd(
    RoutedLinks& owner, RoutedList& list, amqp::Link& link, Life life, RoutedFacts facts)
    : owner_{&owner},
      connection_{owner.connection().in_core().id},
      list_{list},
      link_{&link},
      session_{&link.session()},
      awaits_partner_{life == Life::open},
      receives_{link.is_receiver()},
      machine_{*this, life, facts.survives, facts.late},
      facts_{std::move(facts)} {
    link.user = reinterpret_cast<std::uintptr_t>(this);
    list_.add(*this);
}

RoutedEnd::~RoutedEnd() {
    if (has_link()) {
        list_.remove(*this);
    }
}

void RoutedEnd::orphan() {
    if (!machine_.is_over()) {
        link_->user = 0;  // what the engine says of it yet is for nobody
    }
    WaitHook::unlink();
    RetireHook::unlink();
    CreditHook::unlink();
    list_.remove(*this);
    owner_ = nullptr;
}

void RoutedEnd::on_attach(const amqp::Attach& attach) {
    amqp::Attach answer = attach;
    std::string whole;
    if (Tenancy* const tenancy = has_link() ? owner_->connection().tenancy() : nullptr) {
        tenancy->make_answer_whole(answer, whole);
    }
    std::string storage;
    for (const auto& guard : guards_) {
        guard->translate(answer, storage);
    }
    machine_.on_attach(answer);
}

void RoutedEnd::on_detach(bool closed, const amqp::ErrorView* error) {
    if (machine_.life() != Life::open || amqp::Passage{*link_}.owes_detach()) {
        machine_.on_detach(closed, error);
        return;
    }
    departs();
    machine_.on_lost(/*alone=*/true);
}

bool RoutedEnd::accept(const amqp::Attach& attach) {
    if (!has_link()) {
        return true;
    }
    owner_->connection().wake();
    amqp::Attach answer = attach;
    std::string memory;
    if (const Tenancy* const tenancy = owner_->connection().tenancy()) {
        tenancy->make_own(answer, receives_ ? router::Direction::in : router::Direction::out,
                          memory);
    }
    if (!link_->accept(answer)) {
        owner_->connection().uncount(*link_);
        return false;
    }
    return true;
}

void RoutedEnd::refuse(const amqp::ErrorView& error) {
    if (has_link()) {
        owner_->connection().uncount(*link_);
        link_->refuse(error);
        owner_->connection().wake();
    }
}

void RoutedEnd::detach(bool closed, const amqp::ErrorView* error) {
    if (!has_link()) {
        return;
    }
    std::optional<amqp::ErrorView> told = value_of(error);
    if (told && owner_->is_overfull()) {
        told = amqp::ErrorView{told->condition, {}, {}};  // its words are for who reads them
    }
    owner_->connection().uncount(*link_);
    link_->detach(closed, told);
    owner_->connection().wake();
    if (error != nullptr || machine_.life() == Life::departing) {
        departs();
    }
}

void RoutedEnd::departs() {
    std::ranges::for_each(guards_, [](const auto& guard) { guard->departed(); });
}

std::size_t RoutedEnd::held() const {
    return std::accumulate(guards_.begin(), guards_.end(), std::size_t{0},
                           [](std::size_t sum, const auto& guard) { return sum + guard->held(); });
}

bool RoutedEnd::transfer(amqp::Transfer& transfer,
                         Bytes& payload,
                         linkroute::DeliveryNumber context,
                         amqp::DeliveryId& id) {
    if (!has_link()) {
        payload = {};
        return true;  // nobody will have it
    }
    if (facts_.coordinates && !owner_->has_turn(*this)) {
        return false;
    }
    amqp::Passage passage{*link_};
    const std::optional<Bytes> given = transfer.delivery_tag;
    const std::optional<Buffer> other = other_tag(transfer);
    if (other) {
        transfer.delivery_tag = *other;
    }
    const bool done = passage.transfer(transfer, payload, context);
    if (other && transfer.delivery_tag) {  // nothing of it went out
        transfer.delivery_tag = given;
    }
    id = passage.delivery();
    has_marked_ &= !done;
    owner_->connection().wake();
    return done;
}

/// Whoever sends now does not know the tags of deliveries of before, which may not be settled;
/// those of a link are to differ. Nothing: as it is. Spec: AMQP 1.0 §2.6.12
std::optional<Buffer> RoutedEnd::other_tag(const amqp::Transfer& transfer) const {
    if (!past_ || !transfer.delivery_tag ||
        transfer.delivery_tag->size() >= amqp::kDeliveryTagMax) {
        return std::nullopt;
    }
    Buffer tag{transfer.delivery_tag->begin(), transfer.delivery_tag->end()};
    tag.push_back('m');
    return tag;
}

bool RoutedEnd::flow(const amqp::Flow& flow) {
    if (!has_link()) {
        return true;
    }
    owner_->connection().wake();
    return amqp::Passage{*link_}.flow(flow);
}

bool RoutedEnd::update(const amqp::DeliveryUpdate& update) {
    if (!has_link()) {
        return true;
    }
    owner_->connection().wake();
    if (wire::outcome_of(update.state) == wire::Outcome::transactional) {
        for (const auto& guard : guards_) {
            if (const auto state = guard->translated(update.state)) {
                amqp::DeliveryUpdate told = update;
                told.state = *state;
                return amqp::Passage{*link_}.update(told);
            }
        }
    }
    return amqp::Passage{*link_}.update(update);
}

void RoutedEnd::hold(std::ptrdiff_t bytes) {
    if (has_link()) {
        session_->hold(bytes);
        owner_->connection().wake();
    }
}

void RoutedEnd::count(linkroute::Fate fate) {
    fates_.count(fate);
    if (receives_) {
        list_.fates_.count(fate);
    }
}

void RoutedEnd::await_room() {
    if (has_link()) {
        owner_->await_room(*this);
    }
}

void RoutedEnd::credited() {
    if (has_link()) {
        owner_->credited(*this);
    }
}

/// False: nobody waits for that any more.
bool RoutedEnd::give_up_uncredited() {
    return has_link() && owner_->give_up_uncredited(*this);
}

void RoutedEnd::dropped() {
    if (has_link()) {
        owner_->dropped(*this);
    }
}

bool RoutedEnd::keep(std::size_t bytes) {
    return list_.memory().keep(facts_.asker, bytes);
}

void RoutedEnd::give_back(std::size_t bytes) {
    list_.memory().give_back(facts_.asker, bytes);
}

void RoutedEnd::over() {
    if (has_link()) {
        owner_->retire(*this);
    }
}

}  // namespace weft::node
