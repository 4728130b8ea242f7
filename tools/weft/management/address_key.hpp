#pragma once

#include <string>
#include <string_view>

namespace weft::tools {

/// A router's hash key of an address, taken apart for people.
///
/// The first letter says the class; a mobile address has its phase next (a digit, or F for the
/// fallback address). An unknown letter gives class and address as they stand.
/// Threading: not shared (a value).
struct AddressKey {
    std::string kind;  // "mobile", "local", "topo", "router", "area", "link-in", "link-out", "edge"
    std::string address;
    std::string phase;  // empty but for a mobile address

    bool operator==(const AddressKey&) const = default;
};

AddressKey decode_address_key(std::string_view key);

/// Not one of management requests, nor what routers tell each other.
bool is_of_users(const AddressKey& key);

}  // namespace weft::tools
