#pragma once

#include "router/linkstate/keys.hpp"
#include "router/linkstate/messages.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace weft::linkstate {

/// The addresses that have consumers at this router, and what others were told of them.
///
/// A change costs the same however many there are. All that is told fits in one control message;
/// of that, who asks for addresses to be told has what all others leave free (may_take), whoever
/// came first. What does not fit waits until others are gone: next is told who has least.
/// Threading: loop-confined.
class LocalAddresses {
public:
    /// Changes that one difference tells of; the others come with the next ones.
    static constexpr std::size_t kAtOnce = 10'000;

    /// Tells at most `bytes_max`, each key with kKeyOverhead.
    LocalAddresses(std::string_view self, std::size_t bytes_max) : bytes_max_{bytes_max} {
        self_.id = self;
    }

    /// `asker`: whose consumers they are that came. It counts for him until it is given up, even if
    /// others have it as well by then.
    void set(std::string_view key, bool has, Hint hint, std::uint64_t asker = 0);
    /// True if others are to be told of something.
    bool pending() const { return !changed_.empty() || more_room_; }
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
    std::size_t left_out() const { return left_out_; }

private:
    /// What a key takes besides its own bytes, and more: kKeysMax of them do not fit.
    static constexpr std::size_t kKeyOverhead = 24;

    struct Entry {
        std::uint64_t asker = 0;
        Hint hint = Hint::balanced;
        bool has = false;
        bool counts = false;  // for its asker, of what is told
        bool told = false;
        bool changed = false;   // stands in changed_
        bool left_out = false;  // stands among those of its asker
    };
    struct Asker {
        std::size_t bytes = 0;
        boost::unordered_flat_set<std::string, TextHash, std::equal_to<>> left_out{};
    };

    static std::size_t size_of(std::string_view key) { return key.size() + kKeyOverhead; }
    bool take_room(std::string_view key, Entry& entry);
    void give_room(std::string_view key, Entry& entry);
    void leave_out(std::string_view key, Entry& entry);
    void take_in(std::string_view key, Entry& entry);
    void change_bytes(std::uint64_t asker, std::size_t bytes);
    void forget_if_unused(std::uint64_t asker);
    void try_left_out();

    Speaker self_;
    std::size_t bytes_max_;
    std::size_t told_bytes_ = 0;
    std::int64_t sequence_ = 0;
    boost::unordered_flat_map<std::string, Entry, TextHash, std::equal_to<>> entries_;
    std::deque<std::string> changed_;
    bool more_room_ = false;  // some that are left out may be told
    std::unordered_map<std::uint64_t, Asker> askers_;
    /// Those of whom something is left out, by what they have.
    std::set<std::pair<std::size_t, std::uint64_t>> waiting_;
    std::size_t left_out_ = 0;
    Buffer absolute_;  // empty: to be made
};

}  // namespace weft::linkstate
