#pragma once

#include "router/linkroute/pair_link.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <optional>

namespace weft::linkroute {

/// The deliveries of an end that are not settled (P2), what is counted of each (P5), and what is
/// kept for those that its peer sends. Threading: loop-confined.
class Unsettled {
public:
    /// What a delivery that is not settled takes, at both ends together, and how many are paid for
    /// at once.
    static constexpr std::size_t kBytes = 256;
    static constexpr std::size_t kPaidAtOnce = 8;

    std::size_t count() const { return deliveries_.size(); }
    void add(DeliveryNumber number, amqp::DeliveryId id) { deliveries_.emplace(number, One{id}); }
    /// It is settled by who sends it.
    void erase(DeliveryNumber number) { deliveries_.erase(number); }
    /// The first outcome that is said of a delivery counts; once it is settled, it is forgotten.
    /// Returns the end's own id for it; nothing: it is settled already.
    std::optional<amqp::DeliveryId> note(PairLink& link,
                                         DeliveryNumber number,
                                         const amqp::DeliveryUpdate& update);

    /// False: what the peer sends and nobody settles takes too much.
    [[nodiscard]] bool pay(PairLink& link);
    void pay_less(PairLink& link);
    void forget_all(PairLink& link);

private:
    struct One {
        amqp::DeliveryId id = 0;
        bool is_decided = false;  // and counted
    };

    boost::unordered_flat_map<DeliveryNumber, One> deliveries_;
    std::size_t paid_ = 0;  // deliveries of our peer's, for which it is kept
};

}  // namespace weft::linkroute
