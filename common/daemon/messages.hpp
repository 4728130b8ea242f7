#pragma once

#include "common/amqp/engine.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>

/// Whole messages on links, for whoever needs no streams and no outcomes.
/// Threading: as the engine.
namespace weft::daemon {

/// Puts together what comes on one link.
class Inbox {
public:
    /// A message of more than `size_max` bytes is dropped but for its end; 0: any.
    explicit Inbox(std::size_t size_max = 0) : size_max_{size_max} {}

    /// True if the transfer ends a message, which is to be taken then. One that was aborted is
    /// none. With more than `room` bytes of it the message counts as too large.
    bool add(const amqp::IncomingTransfer& transfer, std::size_t room = SIZE_MAX);
    /// The message, empty if it was too large.
    Buffer take();
    /// Of the message that is to be taken.
    bool is_too_large() const { return too_large_; }
    /// Bytes that it has.
    std::size_t size() const { return message_.size(); }

private:
    std::size_t size_max_;
    Buffer message_;
    bool too_large_ = false;
};

/// Sends messages on one link, presettled, as its credit and the connection's windows allow.
class Outbox {
public:
    /// `link` must outlive it.
    explicit Outbox(amqp::Link& link) : link_{link} {}

    void push(Buffer message);
    /// The link has credit, or the connection room.
    void send();
    std::size_t waiting() const { return messages_.size(); }
    std::size_t bytes_waiting() const { return bytes_; }
    amqp::Link& link() const { return link_; }

private:
    amqp::Link& link_;
    std::deque<Buffer> messages_;
    std::size_t bytes_ = 0;  // of these
    std::size_t sent_ = 0;   // bytes of the first
};

}  // namespace weft::daemon
