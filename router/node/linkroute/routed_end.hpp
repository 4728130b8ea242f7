#pragma once

#include "common/amqp/engine.hpp"
#include "router/core/delivery.hpp"
#include "router/linkroute/pair_end.hpp"
#include "router/node/linkroute/routed_list.hpp"

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weft::node {

class RoutedLinks;

/// What management shows of an end, and what its machine does not need.
struct RoutedFacts {
    std::uint64_t id = 0;      // unique in the router
    std::uint64_t peer = 0;    // the other end's
    std::uint64_t asker = 0;   // the connection that asked for the pair: what waits is its
    std::string address{};     // as this end's peer knows it
    std::string broker{};      // that its pair leads to, of those that addresses name; at who asked
    bool survives = false;     // its peer may come back for it after a loss
    bool coordinates = false;  // a far end that leads to a coordinator of transactions
    std::optional<linkroute::PairEnd::Late> late{};
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
    /// What the peer is told of a delivery in a transaction, if that is not what the partner said.
    virtual std::optional<Buffer> translated(Bytes /*state*/) const { return std::nullopt; }
    /// The link is detached, or will be once there is room, and not in answer to its peer alone:
    /// for an error, or before that did. Of one that waits for room it is called again when it
    /// goes.
    virtual void departed() {}
    /// Words that it holds.
    virtual std::size_t held() const { return 0; }
};

/// What a link was before it passed, if it has deliveries of then: the core's. These stay so.
struct RoutedPast {
    router::LinkRef link{};
    amqp::DeliveryId end = 0;  // of its session's deliveries; from there on they are the end's
};

/// Where an end stands in a line: of those that wait for room, or for credit that others wait for,
/// or are over.
template <class Tag>
using RoutedHook =
    boost::intrusive::list_base_hook<boost::intrusive::tag<Tag>,
                                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
using WaitHook = RoutedHook<struct WaitTag>;
using RetireHook = RoutedHook<struct RetireTag>;
using CreditHook = RoutedHook<struct CreditTag>;

/// An end of a linked pair with the engine's link: its machine, and what the machine says to the
/// link. Owned by the RoutedLinks of its connection, or if its session is over by the loop's
/// RoutedList: then it has no link any more, and what it is to say is for nobody.
/// Threading: loop-confined.
class RoutedEnd final : public WaitHook,
                        public RetireHook,
                        public CreditHook,
                        private linkroute::PairLink {
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
    const RoutedFates& fates() const { return fates_; }
    void set_peer(std::uint64_t id) { facts_.peer = id; }
    /// Kept as long as this is.
    void keep(std::unique_ptr<RoutedGuard> guard) { guards_.push_back(std::move(guard)); }
    std::optional<RoutedPast>& past() { return past_; }
    /// It was attached before its pair was made, and the other end's peer has not answered.
    bool awaits_partner() const { return awaits_partner_ && is_up(machine_.life()); }
    /// Words that its guards hold.
    std::size_t held() const;
    /// The engine's link; null: it is over.
    const amqp::Link* link() const { return machine_.is_over() || !has_link() ? nullptr : link_; }
    static bool is_up(Life life) { return life == Life::open; }
    /// The link brings deliveries from its peer.
    bool receives() const { return receives_; }
    /// The connection's id.
    std::uint64_t connection() const { return connection_; }

    void on_attach(const amqp::Attach& attach);
    /// By its peer, or by the engine, for its peer attached the name again.
    void on_detach(bool closed, const amqp::ErrorView* error);
    /// Its session is over: the machine is to hear so.
    void orphan();

private:
    friend class RoutedLinks;
    friend class RoutedList;

    // PairLink
    [[nodiscard]] bool accept(const amqp::Attach& attach) override;
    void refuse(const amqp::ErrorView& error) override;
    void detach(bool closed, const amqp::ErrorView* error) override;
    void departs() override;
    [[nodiscard]] bool transfer(amqp::Transfer& transfer,
                                Bytes& payload,
                                linkroute::DeliveryNumber context,
                                amqp::DeliveryId& id) override;
    [[nodiscard]] bool flow(const amqp::Flow& flow) override;
    [[nodiscard]] bool update(const amqp::DeliveryUpdate& update) override;
    void hold(std::ptrdiff_t bytes) override;
    void await_room() override;
    void joined() override { awaits_partner_ = false; }
    void credited() override;
    void dropped() override;
    [[nodiscard]] bool keep(std::size_t bytes) override;
    void give_back(std::size_t bytes) override;
    void count(linkroute::Fate fate) override;
    void over() override;

    bool has_link() const { return owner_ != nullptr; }
    [[nodiscard]] bool give_up_uncredited();
    std::optional<Buffer> other_tag(const amqp::Transfer& transfer) const;

    RoutedLinks* owner_;  // null: its session is over
    std::uint64_t connection_;
    RoutedList& list_;
    std::size_t listed_at_ = 0;
    amqp::Link* link_;
    amqp::Session* session_;
    std::size_t place_ = 0;    // among those of its session
    std::size_t texts_ = 0;    // bytes that count for who asked, at the far end
    bool has_marked_ = false;  // what its frame that is tried now must wait for
    bool is_marked_ = false;   // some of what waits here is so, and it counts in its group
    std::uint32_t uncredited_since_ = 0;  // marked: the second of its list
    bool awaits_partner_;
    const bool receives_;
    linkroute::PairEnd machine_;
    RoutedFacts facts_;
    RoutedFates fates_;
    std::optional<RoutedPast> past_;
    std::vector<std::unique_ptr<RoutedGuard>> guards_;  // three at most
};

}  // namespace weft::node
