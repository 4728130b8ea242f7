#pragma once

#include "common/amqp/performatives.hpp"
#include "common/base/bytes.hpp"
#include "router/linkroute/pair_end.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

namespace weft::router_transaction {

class BrokerControl;

/// Who has a link to a broker's coordinator, and hears of it.
class ControlOwner {
public:
    virtual void on_declared(BrokerControl& control, const std::string& name, Bytes theirs) = 0;
    /// The broker declares none.
    virtual void on_not_declared(const std::string& name, std::string why) = 0;
    /// The broker has answered a discharge; `name` is empty if nobody waits for that.
    virtual void on_discharged(const std::string& name, Bytes state) = 0;
    /// The broker, or the way to it, is gone: what it was asked and did not answer it never will.
    /// `rolled_back`: nor has it done that. Once.
    virtual void on_lost(BrokerControl& control, std::string why, bool rolled_back) = 0;
    /// It may be destroyed, later: it calls and is called no more.
    virtual void on_over(BrokerControl& control) = 0;

protected:
    ~ControlOwner() = default;
};

/// A link to the coordinator of one broker, whose peer on this side is the router itself: an end of
/// a pair like any other, without an engine's link. What the broker is asked waits for its credit.
///
///   asked ──the broker answers──▶ open ──the broker or we detach──▶ over
///     └──────────────refused, lost──────────────────────────────────▶ over
///
/// Threading: loop-confined.
class BrokerControl final : private linkroute::PairLink {
public:
    /// Seconds for a broker to declare what it is asked to, with those for the link: then it is
    /// lost.
    static constexpr std::uint32_t kAnswerMax = 30;

    /// `owner` must outlive it.
    BrokerControl(ControlOwner& owner, std::string broker)
        : owner_{owner}, broker_{std::move(broker)} {}
    ~BrokerControl();
    BrokerControl(const BrokerControl&) = delete;
    BrokerControl& operator=(const BrokerControl&) = delete;

    const std::string& broker() const { return broker_; }
    /// To be joined to the end at the broker.
    linkroute::PairEnd& end() { return end_; }
    /// Nobody takes such a link.
    void refused(std::string_view why);
    /// What the broker is to declare, under our name `name` here.
    void declare(const std::string& name);
    void discharge(const std::string& name, std::string_view theirs, bool fail);
    /// What it was asked, and has not answered.
    std::size_t unanswered() const { return waiting_.size() + sent_.size(); }
    /// A second is over. False: the broker has declared all that it was asked to.
    bool tick();
    /// It is not needed any more: of what it was asked the broker hears no more than it has, and it
    /// rolls back what it has not committed.
    void close();

private:
    struct Request {
        bool declares = false;
        std::uint32_t asked = 0;  // at that second
        std::string name{};
        Buffer message{};  // empty once it is sent
    };

    // PairLink
    [[nodiscard]] bool accept(const amqp::Attach& attach) override;
    void refuse(const amqp::ErrorView& error) override;
    void detach(bool closed, const amqp::ErrorView* error) override;
    [[nodiscard]] bool transfer(amqp::Transfer& transfer,
                                Bytes& payload,
                                linkroute::DeliveryNumber context,
                                amqp::DeliveryId& id) override;
    [[nodiscard]] bool flow(const amqp::Flow& flow) override;
    [[nodiscard]] bool update(const amqp::DeliveryUpdate& update) override;
    void hold(std::ptrdiff_t) override {}
    void await_room() override {}
    [[nodiscard]] bool keep(std::size_t) override { return true; }
    void give_back(std::size_t) override {}
    void count(linkroute::Fate) override {}
    void over() override;

    const Request* oldest_declare() const;
    void send();
    void answered(const Request& request, Bytes state);
    void lose(const amqp::ErrorView* error);

    ControlOwner& owner_;
    std::string broker_;
    std::deque<Request> waiting_;  // for credit
    std::map<amqp::DeliveryId, Request> sent_;
    amqp::DeliveryId last_ = 0;  // delivery; as the end numbers them
    std::uint32_t credit_ = 0;
    std::uint32_t seconds_ = 0;  // in which a declare waited for its answer
    bool is_lost_ = false;       // the owner heard so, or it closed the link itself
    bool is_going_ = false;      // being destroyed
    linkroute::PairEnd end_{*this, linkroute::PairEnd::Life::asked, /*survives=*/false};
};

}  // namespace weft::router_transaction
