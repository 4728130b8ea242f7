#pragma once

#include "common/amqp/performatives.hpp"
#include "common/base/bytes.hpp"
#include "router/linkroute/pair_end.hpp"
#include "router/linkroute/waiting_words.hpp"
#include "router/transaction/transactions.hpp"

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace weft::router_transaction {

class Turnstile;

/// Who knows the transactions of the session that a turnstile's link is in.
class TurnstileKeeper {
public:
    /// As Transactions::enlist; the broker is asked for what has to be asked. What the answer
    /// refers to lives until the keeper is called again.
    virtual Part enlist(std::string_view name, const Turnstile& by) = 0;
    /// As Transactions::lose_part.
    virtual void lose_part(std::string_view name) = 0;
    /// Its link was detached otherwise than its client wished: what passed may not have arrived,
    /// and what the client says of it until it hears that goes nowhere.
    virtual void departed() = 0;
    /// It holds words: Turnstile::go_on is to be called once more is known of the transaction that
    /// it awaits, not within a call.
    virtual void await(Turnstile& turnstile) = 0;
    /// It holds none any more.
    virtual void forget(Turnstile& turnstile) = 0;
    /// So much more is to be kept for what waits. False: nothing more may.
    [[nodiscard]] virtual bool keep(std::size_t bytes) = 0;
    virtual void give_back(std::size_t bytes) = 0;
    /// Null: `broker` calls none of the session's transactions so.
    virtual const std::string* ours(std::string_view broker, std::string_view theirs) const = 0;

protected:
    ~TurnstileKeeper() = default;
};

/// What stands between a client's end of a pair, in a session that the router coordinates, and
/// whom it speaks with: of what the client says in a transaction it makes what the broker knows
/// that by. What has to wait for a name holds up what the client says of the same link after it.
///
///   open ──a word of a transaction without a name──▶ holding ──the name, or an end──▶ open
///
/// Invariants:
///   S1  words keep their order
///   S2  what is held counts against the window of the client's session, and for its connection
///   S3  a message that is refused goes on as an aborted delivery, so that credit stays the same
///   S4  all transactions of the session that their broker was not asked to end are spoilt when the
///       link ends otherwise than by the client's detach: any may have lost a part there
///   S5  a detach that is held passes at once, without what is held before it, when the other end
///       detaches meanwhile: it waits for that as its answer
///
/// Threading: loop-confined.
class Turnstile final : public linkroute::Partner,
                        public boost::intrusive::list_base_hook<
                            boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    /// Words that one holds; with more the link is detached.
    static constexpr std::size_t kHeldMax = 10'000;

    /// Stands between `near` and its partner from now on. All must outlive it. `broker`: that the
    /// link's address is of; empty: none that addresses name.
    Turnstile(TurnstileKeeper& keeper, linkroute::PairEnd& near, std::string broker);
    ~Turnstile();
    Turnstile(const Turnstile&) = delete;
    Turnstile& operator=(const Turnstile&) = delete;

    const std::string& broker() const { return broker_; }
    bool holds() const { return !held_.empty(); }
    /// Words.
    std::size_t held() const { return held_.size(); }
    /// The transaction whose name its first word waits for; empty: none. Precondition: it holds
    /// words.
    std::string_view awaited() const;
    /// More is known of a transaction, or of the link. Each word that is tried takes one of `left`.
    /// False: there was none left.
    [[nodiscard]] bool go_on(std::size_t& left);
    /// The client's link was detached otherwise than that wished, or is to be.
    void departed() { keeper_.departed(); }
    /// What a broker says of a delivery in a transaction, as the client is to hear it. Nothing: as
    /// it is.
    std::optional<Buffer> translated(Bytes state) const;

    // Partner
    void attached(const amqp::Attach& attach) override { to_.attached(attach); }
    std::size_t transferred(const amqp::Transfer& transfer, Bytes payload) override;
    [[nodiscard]] bool flowed(const amqp::Flow& flow) override;
    [[nodiscard]] bool updated(const amqp::DeliveryUpdate& update) override;
    void passed_on(std::size_t bytes) override { to_.passed_on(bytes); }
    void detached(bool closed, const amqp::ErrorView* error) override;
    void lost(bool closed) override;
    void parted() override;

private:
    bool pass(const amqp::Transfer& transfer, Bytes payload, std::size_t& kept);
    bool pass(const amqp::DeliveryUpdate& update, bool& said);
    bool say(const linkroute::Word& word);
    bool hold(linkroute::Word word);
    void drop();
    void be_forgotten();
    void lose(const linkroute::Word& word);
    bool lose(Bytes state);
    void refuse(const amqp::Transfer& transfer, const Part& part);
    void give_up(const Error& why);
    bool is_joined() const { return near_.partner() == this; }
    bool is_leaving() const;
    bool is_heard() const;

    TurnstileKeeper& keeper_;
    linkroute::PairEnd& near_;
    linkroute::Partner& to_;
    std::string broker_;
    std::deque<linkroute::Word> held_;
    bool is_known_ = false;                             // to the keeper, as one that holds words
    std::optional<linkroute::DeliveryNumber> refused_;  // the rest of it is for nobody
};

}  // namespace weft::router_transaction
