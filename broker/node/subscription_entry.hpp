#pragma once

#include "broker/topic/subscription.hpp"
#include "common/base/result.hpp"
#include "common/wire/value.hpp"

#include <string>

/// A subscription as the store keeps it, with the queue that holds its messages. Threading: any
/// thread (no state).
namespace weft::broker {

struct StoredSubscription {
    topic::Subscription subscription;
    std::string container;  // of who subscribed, for no-local

    bool is_durable() const { return topic::is_durable(subscription.kind); }
};

/// Of the words of one, or none: whether it is one that goes with its links.
bool is_passing(const wire::Map& words);
wire::Map subscription_words(const topic::Subscription& subscription, const std::string& container);
/// Without an id. Errors: amqp:decode-error, it is not what `subscription_words` makes.
[[nodiscard]] Result<StoredSubscription> read_subscription(const wire::Map& words);

}  // namespace weft::broker
