#pragma once

#include "broker/topic/filter.hpp"
#include "common/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The words of subscriptions. Threading: not shared (values).
namespace weft::topic {

/// Never used twice.
enum class SubscriptionId : std::uint64_t {};

/// A link on which a subscription's messages go out; never used twice.
enum class LinkId : std::uint64_t {};

enum class Kind : std::uint8_t {
    passing,        // one link's, and gone with it
    shared,         // of many links, gone with the last
    durable,        // one link's at a time, and outlives it
    shared_durable  // of many links, and outlives them
};
const char* name_of(Kind kind);
constexpr bool is_shared(Kind kind) {
    return kind == Kind::shared || kind == Kind::shared_durable;
}
constexpr bool is_durable(Kind kind) {
    return kind == Kind::durable || kind == Kind::shared_durable;
}

enum class Life : std::uint8_t {
    attached,  // it has links
    detached,  // it has none, and waits for one
    closed,    // it is gone, and so is what it held
};

/// Who a subscription belongs to, and its name there. One that is passing has none.
struct Owner {
    bool global = false;    // anybody's: the container does not count
    std::string container;  // a client id, in the words of JMS; empty if global
    std::string name;

    bool operator==(const Owner&) const = default;
};

/// Which messages it wants. Those that are asked for with another one are of another subscription.
struct Interest {
    Filter filter;
    std::string selector;   // in the form in which equal ones are equal; empty: none
    bool no_local = false;  // none that its own connection sent

    bool operator==(const Interest&) const = default;
};

/// How long a durable one waits for a link: seconds; nothing: for ever.
using Expiry = std::optional<std::uint32_t>;

/// Changed by Subscriptions alone.
struct Subscription {
    SubscriptionId id{};
    Kind kind = Kind::passing;
    Owner owner{};
    Interest interest{};
    Expiry expiry{};
    Life life = Life::attached;
    std::vector<LinkId> links{};
    Instant expires_at = kNever;  // while it is detached
};

}  // namespace weft::topic
