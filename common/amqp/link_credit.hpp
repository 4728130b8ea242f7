#pragma once

#include "common/amqp/performatives.hpp"
#include "common/base/assert.hpp"
#include "common/base/serial.hpp"

#include <cstdint>

namespace weft::amqp {

class HotWriter;

/// The credit of one end of a link: how many deliveries may still begin.
///
/// We send: `credit` is what the peer allows now. We receive: what it may still send is a limit, a
/// delivery count up to which deliveries may come; of limits there are three, what the handler
/// wants (target), what the last flow said (flow), and the highest that any flow said (highest).
///
/// Invariants (we receive; serial numbers):
///   C1  count ≤ highest, but for what the sender may overrun it: a delivery beyond that ends the
///       link
///   C2  flow ≤ highest: a credit that was taken back may be in use already
///   C3  a drain ends when count reaches the flow that told it, or highest, and not before
///
/// Threading: not shared. Spec: AMQP 1.0 §2.6.7–2.6.9
class LinkCredit {
public:
    /// Deliveries that may still begin.
    std::uint32_t credit(bool receiver) const {
        if (!receiver) {
            return credit_;
        }
        const std::uint32_t left = target_limit_ - count_;
        return left <= kCreditMax ? left : 0;
    }
    /// Deliveries that began, or that the sender gave back instead.
    std::uint32_t count() const { return count_; }
    /// We send: the peer asks to use the credit up. We receive: we asked, the answer is not there.
    bool drain() const { return drain_; }
    /// We receive: what the peer said is waiting on its side.
    std::uint32_t available() const { return available_; }

    // --- we send ---------------------------------------------------------------------------
    /// A delivery begins.
    void use() {
        WEFT_DCHECK(credit_ > 0);
        --credit_;
        ++count_;
    }
    /// The receiver's flow; true: the credit or its drain mode changed.
    bool take_receivers(const Flow& flow);
    /// Gives all credit back.
    void give_back() {
        count_ += credit_;
        credit_ = 0;
    }

    // --- we receive ------------------------------------------------------------------------
    /// The sender attached, counting from `initial`; credit granted before was counted from zero.
    void start(std::uint32_t initial);
    /// A delivery that begins now exceeds what the sender was ever allowed.
    bool exhausted() const { return !precedes(count_, highest_limit_); }
    /// By how many the sender exceeds that already.
    std::uint32_t overrun() const { return ahead(count_, highest_limit_); }
    /// A delivery begins; true: a flow is due.
    bool take_delivery() {
        ++count_;
        return flow_due();
    }
    /// The delivery that began was none: its credit is the sender's again, unless it gives all
    /// back. True: a flow is due.
    bool return_delivery() {
        target_limit_ += drain_ ? 0 : 1;
        return flow_due();
    }
    /// The sender has used half of what it was granted, and is to hear of more.
    bool flow_due() const { return target_limit_ != flow_limit_ && flow_left() <= refresh_at_; }
    /// Sets what the sender may still send from now on; true: a flow is due.
    bool grant(std::uint32_t credit, bool drain) {
        credit = credit < kCreditMax ? credit : kCreditMax;
        target_limit_ = count_ + credit;
        refresh_at_ = credit / 2;
        const std::uint32_t known = flow_left();
        const bool more = credit > known && known <= refresh_at_;
        const bool due = more || credit < known || drain != drain_;
        if (drain || drain_ || drain_told_ || echo_) [[unlikely]] {
            set_drain(drain, /*any=*/credit > 0);
        }
        return due;
    }
    /// The sender may still send what the last flow allowed, and is asked to use that up; true: a
    /// flow is due.
    bool drain_told_credit();
    /// The sender's flow; true: the drain that we asked for may be complete. What it gave back for
    /// a drain that was called off meanwhile is the sender's again.
    bool take_senders(const Flow& flow);
    /// Ends a drain that is complete: true, once.
    bool finish_drain();

    // --- both ------------------------------------------------------------------------------
    /// The fields of a flow frame from delivery-count on, and that they were told. `known`: the
    /// delivery-count is, to a receiver once the sender attached.
    void write(HotWriter& frame, bool receiver, bool known);

    // --- on a link that passes -------------------------------------------------------------
    /// What the next flow says, instead of words of our own. Of flows kept since the last one that
    /// was written the last one counts, and any that asks for an answer.
    void keep(const Flow& flow);
    void write_kept(HotWriter& frame);
    /// We send: deliveries are counted from the number that was given.
    void count_from(std::uint32_t initial) { count_ = initial; }
    /// A delivery begins; the credit is not ours to keep.
    void pass_delivery() {
        ++count_;
        credit_ -= credit_ > 0 ? 1 : 0;
    }

private:
    /// What can be granted at once: half the number space, so that limits compare.
    static constexpr std::uint32_t kCreditMax = 0x7fffffff;

    void set_drain(bool drain, bool any);
    /// What the sender may still send by the last flow.
    std::uint32_t flow_left() const { return ahead(flow_limit_, count_); }

    std::uint32_t count_ = 0;
    std::uint32_t credit_ = 0;
    std::uint32_t target_limit_ = 0;
    std::uint32_t flow_limit_ = 0;
    std::uint32_t highest_limit_ = 0;
    std::uint32_t refresh_at_ = 0;  // credit left at which the next flow goes out
    std::uint32_t available_ = 0;
    bool drain_ : 1 = false;
    bool drain_told_ : 1 = false;  // we receive: a flow said so
    bool called_off_ : 1 = false;  // we receive: it was told, and may still be answered
    bool echo_ : 1 = false;        // the next flow asks for one in return
    // Which fields `keep` was given.
    bool has_count_ : 1 = false;
    bool has_credit_ : 1 = false;
    bool has_available_ : 1 = false;
};

}  // namespace weft::amqp
