#pragma once

#include "broker/node/outcome.hpp"
#include "broker/queue/actions.hpp"
#include "common/base/bytes.hpp"

#include <cstdint>
#include <string>

namespace weft::broker {

/// What is otherwise on a link of this broker's own, on which a queue's messages leave for another
/// broker and go to no consumer. Threading: loop-confined.
class Carrier {
public:
    Carrier() = default;
    Carrier(const Carrier&) = delete;
    Carrier& operator=(const Carrier&) = delete;

    // --- messages ----------------------------------------------------------------------------
    /// Whether it goes at all: the peer takes no more than `most` bytes of one; 0: any number.
    virtual bool fits(const queue::Record& record, std::uint64_t most) = 0;
    /// How a message goes.
    virtual Redelivery dress(const queue::Deliver& deliver) = 0;
    /// What the queue hears of what the peer said of one.
    virtual queue::Outcome judge(Bytes state) const = 0;
    /// So many more may be given to the link now, of which so many are under way; 0: it rests.
    virtual std::uint32_t allowed(std::uint32_t under_way) = 0;
    /// Why the message may never leave here: it is rejected, and does not; empty: it may.
    virtual std::string refuses(const queue::Deliver& deliver) = 0;
    /// The link was given one.
    virtual void on_given() = 0;
    /// The queue heard it.
    virtual void on_settled(Bytes state) = 0;
    /// A message of `size` bytes stays: the peer takes no more than `most`.
    virtual void on_too_large(std::uint64_t size, std::uint64_t most) = 0;

    // --- the link ----------------------------------------------------------------------------
    virtual void on_attached() = 0;
    /// It was refused, or is gone, and with it what was not settled: that is the queue's again.
    virtual void on_lost(std::string why) = 0;

protected:
    ~Carrier() = default;
};

}  // namespace weft::broker
