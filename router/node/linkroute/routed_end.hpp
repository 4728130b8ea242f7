#pragma once

#include "common/amqp/engine.hpp"
#include "router/linkroute/pair_end.hpp"
#include "router/node/linkroute/routed_list.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weft::node {

class RoutedLinks;

/// What management shows of an end, and what its machine does not need.
struct RoutedFacts {
    std::uint64_t id = 0;    // unique in the router
    std::uint64_t peer = 0;  // the other end's
    std::string address{};   // as this end's peer knows it
    bool survives = false;   // its peer may come back for it after a loss
};

/// What goes when an end of a pair goes. Threading: not shared.
class RoutedGuard {
public:
    RoutedGuard() = default;
    virtual ~RoutedGuard() = default;
    RoutedGuard(const RoutedGuard&) = delete;
    RoutedGuard& operator=(const RoutedGuard&) = delete;
    /// What the peer answered, before it is passed on: the guard may change `attach` by way of
    /// `storage`.
    virtual void translate(amqp::Attach& /*attach*/, std::string& /*storage*/) const {}
};

/// An end of a linked pair with the engine's link: its machine, and what the machine says to the
/// link. Owned by the RoutedLinks of its connection. Threading: loop-confined.
class RoutedEnd final : private linkroute::PairLink {
public:
    using Life = linkroute::PairEnd::Life;

    /// It is in `list` as long as it lives.
    RoutedEnd(RoutedLinks& owner, RoutedList& list, amqp::Link& link, Life life, RoutedFacts facts);
    ~RoutedEnd();
    RoutedEnd(const RoutedEnd&) = delete;
    RoutedEnd& operator=(const RoutedEnd&) = delete;

    linkroute::PairEnd& machine() { return machine_; }
    const linkroute::PairEnd& machine() const { return machine_; }
    const RoutedFacts& facts() const { return facts_; }
    void set_peer(std::uint64_t id) { facts_.peer = id; }
    /// Kept as long as this is.
    void keep(std::unique_ptr<RoutedGuard> guard) { guards_.push_back(std::move(guard)); }
    /// The engine's link; null: it is over.
    const amqp::Link* link() const { return machine_.is_over() ? nullptr : link_; }
    static bool is_up(Life life) { return life == Life::open; }
    /// The link brings deliveries from its peer.
    bool receives() const { return receives_; }
    /// The connection's id.
    std::uint64_t connection() const;

    void on_attach(const amqp::Attach& attach);

private:
    friend class RoutedLinks;
    friend class RoutedList;

    // PairLink
    [[nodiscard]] bool accept(const amqp::Attach& attach) override;
    void refuse(const amqp::ErrorView& error) override;
    void detach(bool closed, const amqp::ErrorView* error) override;
    [[nodiscard]] bool transfer(amqp::Transfer& transfer,
                                Bytes& payload,
                                linkroute::DeliveryNumber context,
                                amqp::DeliveryId& id) override;
    [[nodiscard]] bool flow(const amqp::Flow& flow) override;
    void update(amqp::DeliveryId id, bool settled, Bytes state) override;
    void hold(std::ptrdiff_t bytes) override;
    void await_room() override;
    void over() override;

    RoutedLinks& owner_;
    RoutedList& list_;
    std::size_t listed_at_ = 0;
    amqp::Link* link_;
    amqp::Session* session_;  // null: it is over
    std::size_t place_ = 0;   // among those of its session
    const bool receives_;
    linkroute::PairEnd machine_;
    RoutedFacts facts_;
    std::vector<std::unique_ptr<RoutedGuard>> guards_;  // two at most
};

}  // namespace weft::node
