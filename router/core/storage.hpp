#pragma once

#include "common/base/bytes.hpp"
#include "common/wire/value.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weft::router {

/// The property of links by which routers tell brokers the entry. Nobody else's passes a router.
inline constexpr std::string_view kEntryProperty = "weft.address";

/// What keeps the messages of an address: brokers, and what each of them is told of it.
/// Immutable once it is shared, also between loops.
struct Storage {
    /// Of a queue each message goes to one receiver; what is sent to a topic goes to whoever
    /// subscribed to it at the broker.
    enum class Kind : std::uint8_t { queue, topic };

    Kind kind = Kind::queue;
    /// Their container ids, or names of connections to them. Empty: whoever claims the address.
    std::vector<std::string> brokers{};
    wire::Map entry{};    // of the address list, as it stands there
    Buffer properties{};  // of links to the brokers, encoded: the entry as kEntryProperty
    /// The entry means more than one address: all links to them are passed on to its broker, there
    /// is one, whole.
    bool passes_links = false;

    bool has(std::string_view broker) const {
        return std::ranges::find(brokers, broker) != brokers.end();
    }
};

/// "queue", "topic"
constexpr std::string_view name_of(Storage::Kind kind) {
    return kind == Storage::Kind::topic ? "topic" : "queue";
}

/// What addresses begin with that lead to a broker of the address list, by its id.
inline constexpr std::string_view kBrokers = "$broker/";

/// "$broker/b1", below which is what that broker has.
inline std::string broker_prefix(std::string_view broker) {
    return std::string(kBrokers).append(broker);
}

/// "b1", of an address below "$broker/b1"; empty of others.
constexpr std::string_view broker_of(std::string_view address) {
    if (!address.starts_with(kBrokers)) {
        return {};
    }
    address.remove_prefix(kBrokers.size());
    return address.substr(0, address.find('/'));
}

}  // namespace weft::router
