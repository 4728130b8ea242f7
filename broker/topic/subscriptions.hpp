#pragma once

#include "broker/topic/index.hpp"
#include "broker/topic/request.hpp"
#include "broker/topic/subscription.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace weft::topic {

/// How a link leaves its subscription.
enum class Leaving : std::uint8_t {
    detached,  // it may come again
    closed,    // with its terminus
    lost,      // with its session or connection
};

/// What became of subscriptions that are gone, and of attaches that were refused, ever.
struct SubscriptionCounters {
    std::uint64_t closed = 0;    // by those who had them
    std::uint64_t expired = 0;   // nobody came for them in time
    std::uint64_t replaced = 0;  // by one of the same name with another interest
    std::uint64_t removed = 0;   // by an operator
    std::uint64_t stolen = 0;    // links that gave way to another one of the same name
    std::uint64_t refused = 0;   // attaches that a limit refused
};

/// All subscriptions of a broker: who may attach to which, how long they live, and which of them
/// want a message. What they hold is their owner's affair, by their ids.
///
///   U1  a durable subscription's owner has one of that name, whether it is shared or not; beside
///       it one of that name that is shared and not durable is another one
///   U2  one that is not shared has one link at most
///   U3  it is `attached` while it has links, `detached` only if it is durable, and of those that
///       are `closed` there is none here
///   U4  what is in the index wants messages, attached or not
///
/// Threading: loop-confined.
class Subscriptions {
public:
    static constexpr std::size_t kSubscriptionsMax = 100'000;
    static constexpr std::size_t kLinksMax = 1'000;  // of one that is shared
    static constexpr std::size_t kExpiredAtOnceMax = 25;

    struct Attached {
        Subscription* subscription = nullptr;
        bool made = false;                         // it is new, and holds nothing
        std::optional<SubscriptionId> replaced{};  // is gone: its interest was another one
        std::optional<LinkId> stolen{};            // has it no more (amqp:link:stolen)
    };
    /// Errors: amqp:not-found, there is none to be resumed; amqp:resource-locked, it has links;
    /// amqp:not-allowed, one of that name is of another kind, or others share it with another
    /// interest; amqp:resource-limit-exceeded.
    [[nodiscard]] Result<Attached> attach(const Request& request, LinkId link);

    struct Left {
        SubscriptionId id{};
        Life life = Life::attached;  // now
    };
    /// Nothing: the link has none, or has it no more.
    std::optional<Left> leave(LinkId link, Leaving leaving, Instant now);

    /// A durable one that was stored, whatever the limits are. Its links are gone, and it waits
    /// anew. Returns which one of its owner and name it replaces: a broker that was killed left
    /// both, and the younger one was meant. Precondition: no subscription had its id.
    std::optional<SubscriptionId> restore(Subscription stored, Instant now);
    /// By an operator. Its links have none any more. False: there is none.
    bool remove(SubscriptionId id);

    /// When `expire` has something to do.
    Instant deadline() const;
    /// Appends those that are gone now, of many the first: `deadline` says when to go on.
    void expire(Instant now, std::vector<SubscriptionId>& gone);

    /// Appends each that wants messages of that name once.
    void match(std::string_view name, std::vector<Subscription*>& found) const {
        index_.match(name, found);
    }

    /// Null: there is none.
    const Subscription* find(SubscriptionId id) const;
    std::size_t size() const { return subscriptions_.size(); }
    const SubscriptionCounters& counters() const { return counters_; }
    const SubscriptionIndex& index() const { return index_; }

private:
    /// Durable or not, global or not, container, name.
    using Key = std::tuple<bool, bool, std::string, std::string>;

    static Key key_of(const Owner& owner, bool durable);
    Result<Attached> attach_first(const Request& request, LinkId link);
    Attached make(const Request& request, LinkId link);
    Result<void> admit_filter(const Request& request);
    Result<Attached> attach_again(Subscription& known, const Request& request, LinkId link);
    Result<Attached> resume(const Owner& owner, LinkId link);
    Result<Attached> replace(Subscription& known, const Request& request, LinkId link);
    Result<void> admit(const Subscription& known, const Request& request) const;
    void join(Subscription& subscription, LinkId link);
    void wait(Subscription& subscription, Instant now);
    void close(Subscription& subscription);

    std::map<SubscriptionId, std::unique_ptr<Subscription>> subscriptions_;
    std::map<Key, Subscription*> named_;
    std::map<LinkId, Subscription*> links_;
    std::set<std::pair<Instant, SubscriptionId>> waiting_;  // that do not wait for ever
    SubscriptionIndex index_;
    SubscriptionCounters counters_;
    std::uint64_t last_id_ = 0;
};

}  // namespace weft::topic
