#pragma once

#include "common/base/keyed_hash.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_set>

namespace weft::mqtt_mapping {

struct MeshMessage;  // message_reader.hpp

/// By what a message is known that came on a link from that address: all that its devices are told,
/// but for how long it lives on. Who does not know what became of a message sends it again under
/// the same name, and one that came by two links is two. Names are no secret and may be forged: the
/// name with another content is another message, so that nobody can have one left out that differs
/// from his. It is the same in all versions and whenever the gateway was started.
[[nodiscard]] std::string seen_key(std::string_view address, const MeshMessage& message);

/// The messages that came lately, by their keys.
///
/// They are numbered, rising, as they come. Invariants:
///   S1  neither how many they are nor the bytes of their keys passes a limit: the oldest are
///       forgotten
///   S2  all that are known have numbers above that of any that is forgotten
///
/// Threading: not shared.
class Seen {
public:
    struct Limits {
        std::size_t names_max = 100'000;
        std::size_t bytes_max = std::size_t{16} * 1024 * 1024;
    };
    using Number = std::uint64_t;
    /// What changed: one came, and all up to `forgotten` (0: none) are known no more.
    struct Added {
        Number number = 0;
        Number forgotten = 0;
    };

    explicit Seen(Limits limits) : limits_{limits} {}
    Seen(const Seen&) = delete;
    Seen& operator=(const Seen&) = delete;
    Seen(Seen&&) = default;
    Seen& operator=(Seen&&) = default;

    bool knows(std::string_view key) const { return keys_.contains(key); }
    /// One that is not known.
    Added add(std::string key);
    /// What was added, from a store: in the order of numbers, before all that is added.
    void restore(Number number, std::string key);

    std::size_t size() const { return known_.size(); }
    /// Of all keys.
    std::size_t bytes() const { return bytes_; }

private:
    struct Known {
        Number number = 0;
        std::string key{};
    };

    void put(Number number, std::string key);

    Limits limits_;
    std::deque<Known> known_;  // ascending by number
    std::unordered_set<std::string_view, TextHash> keys_;
    std::size_t bytes_ = 0;
    Number last_ = 0;
    Number forgotten_ = 0;
};

}  // namespace weft::mqtt_mapping
