#pragma once

#include "common/amqp/handler.hpp"
#include "common/amqp/link.hpp"
#include "router/linkstate/messages.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

namespace weft::node {

/// What management shows of a link for control messages.
struct ControlLink {
    const amqp::Link* link = nullptr;
    std::uint64_t messages = 0;   // passed
    std::size_t undelivered = 0;  // waiting for credit or room
};

/// What the control messages of all neighbours take of which the end has not come. Of it one has
/// what the others leave free, so that those who never end theirs leave room to others. Threading:
/// loop-confined.
struct ControlMemory {
    /// Most of them have ended with their first frame.
    static constexpr std::size_t kBytesMax = 8 * linkstate::kControlMessageMax;

    std::size_t bytes = 0;
    std::uint64_t refused = 0;  // messages that found no room
};

/// The pair of links that carries the control messages of two neighbours: whole messages go in and
/// come out, however many frames they take.
///
/// Threading: loop-confined. Spec: docs/protocol.md
class ControlChannel {
public:
    /// Messages that a neighbour may send ahead.
    static constexpr std::uint32_t kCredit = 250;
    /// Unsent bytes at which a peer that does not read its messages is given up.
    static constexpr std::size_t kUnsentMax = 2 * linkstate::kControlMessageMax;
    /// Memory that is kept for the next message of several frames.
    static constexpr std::size_t kIncomingKept = std::size_t{256} * 1024;

    explicit ControlChannel(std::shared_ptr<ControlMemory> memory) : memory_{std::move(memory)} {}
    ~ControlChannel() { memory_->bytes -= incoming_.size(); }
    ControlChannel(const ControlChannel&) = delete;
    ControlChannel& operator=(const ControlChannel&) = delete;

    /// One of the pair, not attached perhaps. False: there is one of its direction already.
    bool add(amqp::Link& link);
    /// The peer may send: the incoming link is attached.
    void give_credit() { in_->grant(kCredit); }
    void remove(const amqp::Link& link);
    bool has(const amqp::Link& link) const { return &link == in_ || &link == out_; }
    /// Messages can go both ways.
    bool is_ready() const { return in_ != nullptr && out_ != nullptr && out_->credit() > 0; }

    enum class Taken : std::uint8_t { part, message, aborted, too_large, no_room };
    /// Takes a frame of the incoming link, and settles the message that ends with it.
    Taken take(const amqp::IncomingTransfer& transfer);
    /// The message that ended with `transfer`, until `release`.
    Bytes message(const amqp::IncomingTransfer& transfer) const {
        return incoming_.empty() ? transfer.payload : Bytes(incoming_);
    }
    /// Makes room for the next message.
    void release();

    /// A whole message, sent settled, now or when there is credit. False: the peer reads none of
    /// them, so that too much waits.
    [[nodiscard]] bool send(Bytes message);
    /// There may be credit, or the connection may have room.
    void send_waiting();

    /// Those that stand: in, then out.
    std::vector<ControlLink> links() const;

private:
    [[nodiscard]] bool keep(Bytes part);
    void drop();

    std::shared_ptr<ControlMemory> memory_;  // of the mesh, which connections may outlive
    amqp::Link* in_ = nullptr;
    amqp::Link* out_ = nullptr;
    Buffer incoming_;             // of a message of which the end has not come
    std::deque<Buffer> waiting_;  // messages; of the first, `sent_` bytes are gone
    std::size_t sent_ = 0;
    std::size_t waiting_bytes_ = 0;
    std::uint64_t messages_in_ = 0;
    std::uint64_t messages_out_ = 0;
};

}  // namespace weft::node
