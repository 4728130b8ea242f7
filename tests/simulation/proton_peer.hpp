#pragma once

#include "common/base/bytes.hpp"
#include "common/wire/delivery_state.hpp"
#include "tests/simulation/numbered_messages.hpp"

#include <proton/connection_driver.h>
#include <proton/engine.h>

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

namespace weft::amqp::test {

/// An AMQP peer made of Qpid Proton's engine, without sockets: the oracle of the differential
/// tests.
///
/// It answers what the other side opens, sends the messages it is given as credit allows, settles
/// what it receives with the outcome that belongs to the message, and writes down what it saw.
class ProtonPeer {
public:
    struct Options {
        bool server = false;
        bool sasl = false;
        std::uint32_t max_frame_size = 0;
        std::uint32_t credit = 10;  // given on each link that we receive on
    };

    explicit ProtonPeer(const Options& options);
    ~ProtonPeer();
    ProtonPeer(const ProtonPeer&) = delete;
    ProtonPeer& operator=(const ProtonPeer&) = delete;

    /// Takes all of `in` and handles the events of it.
    void receive(Bytes in);
    /// What is to be sent; consume what was taken.
    Bytes output();
    void consume(std::size_t size);
    bool finished();

    /// Opens connection and session.
    void open();
    void attach_sender(const std::string& name);
    void attach_receiver(const std::string& name);
    /// Messages to send, in this order.
    void enqueue(MessageNumber number);
    /// Sends what credit allows; some messages are cut in two.
    void pump();
    /// Asks the senders to use up their credit; `credit` more is granted with it.
    void drain(std::uint32_t credit);
    /// True once no receiver waits for an answer to drain.
    bool drained() const;
    /// Grants `options.credit` again on links whose credit ran out.
    void refill();
    void detach_all(bool closed);
    void close();

    std::vector<MessageNumber> received;              // whole, bytes as they should be
    std::map<MessageNumber, wire::Outcome> outcomes;  // of what was sent, as the other side told
    std::vector<std::string> faults;
    std::size_t links() const { return senders_.size() + receivers_.size(); }
    bool queue_empty() const { return queue_.empty() && !half_; }

private:
    void dispatch();
    void handle(pn_event_t* event);
    void on_link_open(pn_link_t* link);
    void on_link_gone(pn_link_t* link, bool closed);
    void on_delivery(pn_delivery_t* delivery);
    void on_incoming(pn_delivery_t* delivery);
    void send_on(pn_link_t* link);
    void note_condition(pn_condition_t* condition, const char* where);

    Options options_;
    pn_connection_driver_t driver_{};
    pn_session_t* session_ = nullptr;
    std::vector<pn_link_t*> senders_;
    std::vector<pn_link_t*> receivers_;
    std::deque<MessageNumber> queue_;
    bool half_ = false;  // the first message of the queue is sent half
    std::map<pn_delivery_t*, Buffer> partial_;
};

}  // namespace weft::amqp::test
