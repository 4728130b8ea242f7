#pragma once

#include "common/base/assert.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace weft::router {

/// What one delivery claims of its producer's account.
struct Claims {
    bool credit = false;       // one of the producer's deliveries, until it is settled or waived
    bool undelivered = false;  // and it has not been passed on whole
    bool bytes = false;        // what is kept of it counts in the producer's held bytes
};

/// A producer's account with the router: what it may have under way, and what it has.
///
/// Invariants:
///   I1  undelivered ≤ outstanding: who is passed on last keeps its claim on credit longest
///   I2  credit() + outstanding ≤ capacity, or there is no credit; room() and undelivered likewise
///   I3  held is the sum of what is kept of deliveries that claim bytes
///
/// Threading: loop-confined.
class ProducerAccount {
public:
    explicit ProducerAccount(std::uint16_t capacity = 0) : capacity_{capacity} {}

    std::uint16_t capacity() const { return capacity_; }
    /// Deliveries that are undelivered or unsettled.
    std::uint32_t outstanding() const { return outstanding_; }
    /// Of the outstanding, those not passed on whole.
    std::uint32_t undelivered() const { return undelivered_; }
    /// Bytes that wait in the core at the producer's expense.
    std::size_t held() const { return held_; }
    /// Deliveries that may still come.
    std::uint32_t credit() const {  // I2
        return capacity_ - std::min<std::uint32_t>(outstanding_, capacity_);
    }

    /// The same for a producer of another loop, whose own account has a claim on the unsettled.
    std::uint32_t room() const {
        return capacity_ - std::min<std::uint32_t>(undelivered_, capacity_);
    }

    /// A delivery came in.
    void open(Claims& claims) {
        claims = {.credit = true, .undelivered = true, .bytes = true};
        ++outstanding_;
        ++undelivered_;
    }
    /// A delivery that was undelivered was passed on whole.
    void delivered() {
        WEFT_DCHECK(undelivered_ > 0);
        --undelivered_;
    }
    /// A delivery that claimed credit no longer does.
    void close() {
        WEFT_DCHECK(outstanding_ > undelivered_);  // I1
        --outstanding_;
    }
    /// So many bytes more (or, negative, less) of a delivery are kept.
    void charge(std::ptrdiff_t bytes) { held_ += static_cast<std::size_t>(bytes); }  // I3

private:
    std::uint16_t capacity_;
    std::uint32_t outstanding_ = 0;
    std::uint32_t undelivered_ = 0;
    std::size_t held_ = 0;
};

}  // namespace weft::router
