#include "common/amqp/link_credit.hpp"

#include "common/amqp/hot_writer.hpp"

namespace weft::amqp {

bool LinkCredit::take_receivers(const Flow& flow) {
    if (!flow.link_credit) {
        return false;
    }
    // A receiver that has not seen our attach counts from our initial delivery-count, zero.
    const std::uint32_t under_way = ahead(count_, flow.delivery_count.value_or(0));
    const std::uint32_t credit = *flow.link_credit > under_way ? *flow.link_credit - under_way : 0;
    if (credit == credit_ && flow.drain == drain_ && !flow.drain) {
        return false;
    }
    credit_ = credit;
    drain_ = flow.drain;
    return true;
}

void LinkCredit::start(std::uint32_t initial) {
    count_ += initial;
    target_limit_ += initial;
    flow_limit_ += initial;
    highest_limit_ += initial;
}

/// A drain begins, goes on or is over; `any`: credit is left meanwhile.
void LinkCredit::set_drain(bool drain, bool any) {
    // Without credit there is nothing to give back, so a sender says nothing unless it is asked.
    echo_ = drain && !any;
    called_off_ = (called_off_ || drain_told_) && !drain;
    drain_told_ = drain_told_ && drain;
    drain_ = drain;
}

bool LinkCredit::drain_told_credit() {
    return grant(flow_left(), /*drain=*/true);
}

bool LinkCredit::take_senders(const Flow& flow) {
    available_ = flow.available.value_or(0);
    if (!flow.delivery_count) {
        return false;
    }
    const std::uint32_t given_back = ahead(*flow.delivery_count, count_);
    count_ += given_back;
    if (called_off_ && given_back > 0) {
        target_limit_ += given_back;
        called_off_ = false;
    }
    if (ahead(count_, highest_limit_) > 0) {
        highest_limit_ = flow_limit_ = target_limit_ = count_;  // C1
    }
    return drain_ && flow.link_credit.value_or(0) == 0;
}

bool LinkCredit::finish_drain() {
    // Told or not: a sender that has used all that it ever had, and is to have no more, has nothing
    // to give back, and some say nothing then, asked or not.
    const bool used_up = drain_ && !echo_ && count_ == highest_limit_ && credit(true) == 0;
    if (!used_up && (!drain_told_ || flow_left() > 0)) {  // C3
        return false;
    }
    drain_ = drain_told_ = false;
    flow_limit_ = target_limit_ = count_;
    return true;
}

void LinkCredit::write(HotWriter& frame, bool receiver, bool known) {
    if (receiver) {
        // What came since the drain was asked for may have used the credit up.
        echo_ = echo_ || (drain_ && !drain_told_ && credit(true) == 0);
        drain_told_ = drain_;
        flow_limit_ = target_limit_;
        highest_limit_ += ahead(flow_limit_, highest_limit_);  // C2
    }
    if (known) {
        frame.uint(count_);
    } else {
        frame.nulls(1);
    }
    frame.uint(credit(receiver));
    frame.nulls(1);  // available
    frame.boolean(drain_);
    frame.boolean(echo_);
    echo_ = false;
}

void LinkCredit::keep(const Flow& flow) {
    has_count_ = flow.delivery_count.has_value();
    has_credit_ = flow.link_credit.has_value();
    has_available_ = flow.available.has_value();
    flow_limit_ = flow.delivery_count.value_or(0);
    target_limit_ = flow.link_credit.value_or(0);
    available_ = flow.available.value_or(0);
    drain_told_ = flow.drain;
    echo_ = echo_ || flow.echo;
}

void LinkCredit::write_kept(HotWriter& frame) {
    const auto write = [&frame](bool has, std::uint32_t value) {
        if (has) {
            frame.uint(value);
        } else {
            frame.nulls(1);
        }
    };
    write(has_count_, flow_limit_);
    write(has_credit_, target_limit_);
    write(has_available_, available_);
    frame.boolean(drain_told_);
    frame.boolean(echo_);
    echo_ = false;
}

}  // namespace weft::amqp
