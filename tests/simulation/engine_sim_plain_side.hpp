#pragma once

#include "common/amqp/engine.hpp"
#include "common/wire/delivery_state.hpp"
#include "tests/simulation/numbered_messages.hpp"

#include <deque>
#include <map>
#include <string>
#include <vector>

namespace weft::amqp::test {

/// Our engine as a peer of Proton's: accepts all, sends the messages it is given, settles what it
/// receives with the outcome that belongs to it, and writes down what it saw.
class PlainSide : public Handler {
public:
    static constexpr std::uint32_t kCredit = 8;

    PlainSide(Options options, BlockPool& pool);

    Engine engine;

    void enqueue(MessageNumber number) { queue_.push_back(number); }
    void pump();
    /// Asks the senders to give their credit back.
    void drain();
    bool drained() const { return draining_ == 0; }
    void refill();
    void begin();
    void attach(const std::string& name, bool receiver);
    void detach_all(bool closed);
    /// A message that is begun and then aborted; it must leave no trace.
    void abort_one(MessageNumber number);

    std::vector<MessageNumber> received;
    std::map<MessageNumber, wire::Outcome> outcomes;
    std::vector<std::string> faults;
    std::size_t links() const { return links_.size(); }
    bool queue_empty() const { return queue_.empty(); }
    std::size_t unsettled() const;

    void on_sasl_init(Engine&, std::string_view, Bytes) override { engine.sasl_outcome(0, {}); }
    void on_close(bool by_peer, const ErrorView* error) override;
    void on_begin(Session& session, const Begin&) override { session_ = &session; }
    void on_end(Session& session, const ErrorView* error) override;
    void on_attach(Link& link, const Attach& attach) override;
    void on_detach(Link& link, bool closed, const ErrorView* error) override;
    void on_transfer(Link& link, const IncomingTransfer& transfer, Context& context) override;
    void on_update(Link& link, const DeliveryUpdate& update, Context context) override;
    void on_credit(Link& link) override;
    void on_drained(Link& link) override;
    void on_writable() override { pump(); }

private:
    void send_on(Link& link);
    void note(const ErrorView* error, const char* where);

    Session* session_ = nullptr;
    std::vector<Link*> links_;
    std::deque<MessageNumber> queue_;
    std::size_t done_ = 0;  // bytes sent of the first message of the queue
    Buffer partial_;
    int draining_ = 0;
};

}  // namespace weft::amqp::test
