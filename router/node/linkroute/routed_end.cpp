#include "router/node/linkroute/routed_end.hpp"

#include "common/amqp/passage.hpp"
#include "router/node/linkroute/routed_links.hpp"
#include "router/node/peer_connection.hpp"

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
    : owner_{owner},
      list_{list},
      link_{&link},
      session_{&link.session()},
      receives_{link.is_receiver()},
      machine_{*this, life, facts.survives},
      facts_{std::move(facts)} {
    link.user = reinterpret_cast<std::uintptr_t>(this);
    list_.add(*this);
}

RoutedEnd::~RoutedEnd() {
    list_.remove(*this);
}

std::uint64_t RoutedEnd::connection() const {
    return owner_.connection().routed().id;
}

void RoutedList::add(RoutedEnd& end) {
    end.listed_at_ = ends_.size();
    ends_.push_back(&end);
    links_in_ += end.receives() ? 1U : 0U;
}

void RoutedList::remove(RoutedEnd& end) {
    ends_.back()->listed_at_ = end.listed_at_;
    ends_[end.listed_at_] = ends_.back();
    ends_.pop_back();
    links_in_ -= end.receives() ? 1U : 0U;
}

void RoutedEnd::on_attach(const amqp::Attach& attach) {
    amqp::Attach answer = attach;
    std::string storage;
    for (const auto& guard : guards_) {
        guard->translate(answer, storage);
    }
    machine_.on_attach(answer);
}

bool RoutedEnd::accept(const amqp::Attach& attach) {
    owner_.connection().wake();
    return link_->accept(attach);
}

void RoutedEnd::refuse(const amqp::ErrorView& error) {
    link_->refuse(error);
    owner_.connection().wake();
}

void RoutedEnd::detach(bool closed, const amqp::ErrorView* error) {
    link_->detach(closed, value_of(error));
    owner_.connection().wake();
}

bool RoutedEnd::transfer(amqp::Transfer& transfer,
                         Bytes& payload,
                         linkroute::DeliveryNumber context,
                         amqp::DeliveryId& id) {
    amqp::Passage passage{*link_};
    const bool done = passage.transfer(transfer, payload, context);
    id = passage.delivery();
    owner_.connection().wake();
    return done;
}

bool RoutedEnd::flow(const amqp::Flow& flow) {
    owner_.connection().wake();
    return amqp::Passage{*link_}.flow(flow);
}

void RoutedEnd::update(amqp::DeliveryId id, bool settled, Bytes state) {
    link_->update(id, state, settled);
    owner_.connection().wake();
}

void RoutedEnd::hold(std::ptrdiff_t bytes) {
    if (session_ != nullptr) {
        session_->hold(bytes);
        owner_.connection().wake();
    }
}

void RoutedEnd::await_room() {
    owner_.await_room(*this);
}

void RoutedEnd::over() {
    owner_.retire(*this);
}

}  // namespace weft::node
