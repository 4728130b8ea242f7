#pragma once

#include "common/amqp/performatives.hpp"
#include "common/base/bytes.hpp"
#include "router/linkroute/pair_end.hpp"
#include "router/transaction/broker_control.hpp"
#include "router/transaction/transactions.hpp"
#include "router/transaction/turnstile.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace weft::router_transaction {

/// What a session's coordinator needs of the router.
class CoordinatorPort {
public:
    /// A name that nobody can guess, and nobody else has.
    virtual std::string new_name() = 0;
    /// The link is to be led to its broker's coordinator: it is joined, or refused later.
    virtual void open(BrokerControl& control) = 0;
    /// It is over, and destroyed once no event is within it.
    virtual void retire(std::unique_ptr<BrokerControl> control) = 0;
    /// SessionCoordinator::work is to be called, once no event is within one of its links.
    virtual void wake() = 0;
    /// A broker was asked to declare: SessionCoordinator::tick is to be called each second.
    virtual void await_declared() = 0;
    /// As TurnstileKeeper, also for requests that wait.
    [[nodiscard]] virtual bool keep(std::size_t bytes) = 0;
    virtual void give_back(std::size_t bytes) = 0;

protected:
    ~CoordinatorPort() = default;
};

/// The coordinator that a router is for one session of a client: it answers the client's link to
/// it, and has what is asked there done at the broker of each transaction.
///
///   idle ──serve──▶ serving ──the client's link is gone──▶ idle
///                      └──a request breaks a rule──▶ ending ──it is gone──▶ idle
///
/// Invariants:
///   C1  requests are answered in their order, as far as no broker has to be asked
///   C2  while a turnstile of the session holds words, no request is looked at: what is of a
///       transaction goes before its end
///   C3  there is one link to a broker's coordinator at most, and none while the client has none
///
/// Threading: loop-confined. Spec: AMQP 1.0 §4
class SessionCoordinator final : public TurnstileKeeper,
                                 private ControlOwner,
                                 private linkroute::Partner {
public:
    static constexpr std::uint32_t kCreditMax = 100;  // requests that come, wait, or are at brokers
    static constexpr std::size_t kRequestBytesMax = 1024;  // of one

    /// Both must outlive it.
    SessionCoordinator(CoordinatorPort& port, Counters& counters)
        : port_{port}, transactions_{counters} {}
    SessionCoordinator(const SessionCoordinator&) = delete;
    SessionCoordinator& operator=(const SessionCoordinator&) = delete;

    bool is_idle() const { return life_ == Life::idle; }
    /// The client's link to the coordinator, which asked by `attach`, is accepted. Precondition: it
    /// is idle.
    void serve(linkroute::PairEnd& client, const amqp::Attach& attach);
    /// What could not be done within an event. Words that waited at turnstiles take one of `left`
    /// each, and no less than that is taken; what is left to do then is for another turn.
    void work(std::size_t& left);
    /// A second is over. False: no broker is waited for, and no further tick until one is.
    bool tick();
    /// A part of a transaction is refused, as its link is none of those with a turnstile.
    void refuse_part(std::string_view name, std::string why);
    /// The session is over.
    void close();

    // TurnstileKeeper
    Part enlist(std::string_view name, const Turnstile& by) override;
    void lose_part(std::string_view name) override;
    void departed() override;
    void await(Turnstile& turnstile) override;
    void forget(Turnstile& turnstile) override;
    [[nodiscard]] bool keep(std::size_t bytes) override { return port_.keep(bytes); }
    void give_back(std::size_t bytes) override { port_.give_back(bytes); }
    const std::string* ours(std::string_view broker, std::string_view theirs) const override {
        return transactions_.ours(broker, theirs);
    }

private:
    enum class Life : std::uint8_t { idle, serving, ending };
    using Delivery = linkroute::DeliveryNumber;
    using Turnstiles =
        boost::intrusive::list<Turnstile, boost::intrusive::constant_time_size<false>>;
    struct Request {
        Delivery delivery = 0;
        Buffer message{};
    };

    // Partner: what the client's link says
    void attached(const amqp::Attach&) override {}
    std::size_t transferred(const amqp::Transfer& transfer, Bytes payload) override;
    [[nodiscard]] bool flowed(const amqp::Flow& flow) override;
    [[nodiscard]] bool updated(const amqp::DeliveryUpdate&) override { return true; }
    void passed_on(std::size_t) override {}
    void detached(bool closed, const amqp::ErrorView* error) override;
    void lost(bool closed) override;

    // ControlOwner
    void on_declared(BrokerControl& control, const std::string& name, Bytes theirs) override;
    void on_not_declared(const std::string& name, std::string why) override;
    void on_discharged(const std::string& name, Bytes state) override;
    void on_lost(BrokerControl& control, std::string why, bool rolled_back) override;
    void on_over(BrokerControl& control) override;

    BrokerControl& control_of(const std::string& broker);
    Request take_request();
    void serve(const Request& request);
    void discharge(Delivery delivery, std::string_view name, bool commits);
    void answer(Delivery delivery, Bytes state);
    void reject(Delivery delivery, const Error& why);
    void end_link(const Error& why);
    std::size_t unanswered() const;
    void grant();
    void leave();
    void tell_turnstiles();
    void tell_turnstiles(std::string_view name);
    void list(Turnstile& turnstile);
    void go_on(std::size_t& left);

    CoordinatorPort& port_;
    Transactions transactions_;
    Life life_ = Life::idle;
    linkroute::PairEnd* client_ = nullptr;  // the end of its link, while serving
    bool takes_rejections_ = true;          // else its link is detached with what went wrong
    std::uint32_t count_ = 0;               // the client's delivery-count
    std::uint32_t granted_ = 0;             // requests that may still come
    Request coming_{};                      // in frames
    std::deque<Request> requests_;
    std::map<std::string, Delivery, std::less<>> ending_;  // those that a broker is to end
    std::map<std::string, std::unique_ptr<BrokerControl>> controls_;  // by broker
    std::unordered_map<const BrokerControl*, std::unique_ptr<BrokerControl>> closing_;
    std::map<std::string, Turnstiles, std::less<>> awaiting_;  // by the transaction that they await
    Turnstiles due_;                                           // more is known of theirs
    std::size_t holding_ = 0;                                  // of both
};

}  // namespace weft::router_transaction
