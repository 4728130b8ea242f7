#pragma once

#include "mqtt-gateway/codec/entries.hpp"
#include "mqtt-gateway/session/actions.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weft::session {

/// What is retained for a subscription that is new, on its way to the device.
enum class Retained : std::uint8_t {
    none,   // there is nothing to be given, or the device has it
    asked,  // it is to be given once the mesh has granted the subscription
    due,    // it is being given
    given,  // the device was sent all of it
};

/// One subscription of a session. Threading: not shared (a value).
struct SubscriptionEntry {
    SubscriptionNumber number{};
    std::string filter{};                     // as subscribed, $share/GROUP/ in front
    mqtt::Qos qos = mqtt::Qos::at_most_once;  // granted, or asked for
    bool no_local = false;
    bool retain_as_published = false;
    mqtt::RetainHandling retain_handling = mqtt::RetainHandling::send;
    bool granted = false;  // the mesh has it
    Retained retained = Retained::none;
    std::uint32_t identifier = 0;  // 0: none

    bool is_shared() const;
};

/// The subscriptions of a session, found by number and by filter without going through all: one
/// packet may name very many. Threading: not shared.
class SubscriptionTable {
public:
    std::size_t size() const { return entries_.size(); }
    /// Of all filters, $share and groups among them.
    std::size_t levels() const { return levels_; }
    const std::vector<SubscriptionEntry>& all() const { return entries_; }
    /// Null if there is none.
    const SubscriptionEntry* find(SubscriptionNumber number) const;
    SubscriptionEntry* find(SubscriptionNumber number);
    SubscriptionEntry* find(std::string_view filter);
    /// Filters and numbers stay as they are.
    std::span<SubscriptionEntry> all() { return entries_; }

    /// A new one, with a number of its own. No entry has that filter.
    SubscriptionEntry& add(SubscriptionEntry entry);
    void remove(SubscriptionNumber number);
    void clear();

private:
    std::vector<std::uint32_t>::const_iterator place_of(std::string_view filter) const;

    std::vector<SubscriptionEntry> entries_;  // ascending by number
    std::vector<std::uint32_t> by_filter_;    // their places, ascending by filter
    std::size_t levels_ = 0;
    std::uint32_t last_ = 0;
};

}  // namespace weft::session
