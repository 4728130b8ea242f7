#pragma once

#include "router/linkstate/keys.hpp"
#include "router/linkstate/messages.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace weft::linkstate {

/// The addresses that have consumers at this router, and what others were told of them.
///
/// A change costs the same however many there are. All that is told fits in one control message;
/// what does not waits until others are gone.
/// Threading: loop-confined.
class LocalAddresses {
public:
    /// Tells at most `bytes_max`, each key with kKeyOverhead.
    LocalAddresses(std::string_view self, std::size_t bytes_max) : bytes_max_{bytes_max} {
        self_.id = self;
    }

    void set(std::string_view key, bool has, Hint hint);
    /// True if others are to be told of something.
    bool pending() const { return !changed_.empty(); }
    /// The number of the last difference that was taken.
    std::int64_t sequence() const { return sequence_; }
    /// What changed since the last difference that was taken, or as much of it as fits in one
    /// message; nothing if all of it was undone again.
    std::optional<MobileUpdate> take_difference();
    /// The content of a message with all that was told, as of the last difference. Valid until the
    /// next one: made once for all who ask.
    const Buffer& absolute();
    std::size_t size() const { return entries_.size(); }
    /// How many are not told, for want of room.
    std::size_t left_out() const { return left_out_.size(); }

private:
    /// What a key takes besides its own bytes, and more: kKeysMax of them do not fit.
    static constexpr std::size_t kKeyOverhead = 24;

    struct Entry {
        Hint hint = Hint::balanced;
        bool has = false;
        bool told = false;
        bool changed = false;  // stands in changed_
    };

    void try_left_out(std::size_t room);

    Speaker self_;
    std::size_t bytes_max_;
    std::size_t told_bytes_ = 0;
    std::int64_t sequence_ = 0;
    boost::unordered_flat_map<std::string, Entry, TextHash, std::equal_to<>> entries_;
    std::vector<std::string> changed_;
    boost::unordered_flat_set<std::string, TextHash, std::equal_to<>> left_out_;  // has, not told
    Buffer absolute_;  // empty: to be made
};

}  // namespace weft::linkstate
