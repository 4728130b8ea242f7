#pragma once

#include "broker/queue/message.hpp"
#include "common/base/bytes.hpp"
#include "common/base/conditions.hpp"
#include "common/base/result.hpp"

#include <string_view>
#include <utility>

/// Why a message is not taken, and what its producer hears. Threading: any thread (no state).
namespace weft::broker {

class QueueNode;

/// The condition of a refusal that is no verdict on the message: its producer hears `released`.
inline constexpr std::string_view kTryAgain = kResourceLocked;

struct Refusal {
    Refusal(Error why) : error{std::move(why)} {}
    Refusal(Error why, Buffer more) : error{std::move(why)}, info{std::move(more)} {}

    Error error;
    Buffer info{};  // for programs: the map of the error's `info`, encoded; empty: none
};

/// A queue is full.
Error queue_full(std::string_view name);
/// A queue is emptied, and closed.
Error queue_draining(std::string_view name);
/// Its producers have no credit: it is one of these, or reads the fences of its keys.
Error no_credit(const QueueNode& queue);
/// A queue does not know the fences of its keys yet.
Error queue_unread(std::string_view name);
/// The key has that fence, which the message does not pass. Its info: epoch, owner, sequence.
Refusal fenced_off(std::string_view name, const queue::Fence& fence);

/// The delivery state that says so: rejected, or released.
Buffer state_of(const Refusal& refusal);

}  // namespace weft::broker
