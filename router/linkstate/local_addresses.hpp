#pragma once

#include "router/linkstate/keys.hpp"
#include "router/linkstate/messages.hpp"
#include "router/linkstate/mobile_writing.hpp"

#include <boost/intrusive/list.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
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
///
/// Who asks for all of it gets a message that is written in slices, since it may be long; until it
/// is whole no further difference is taken, so that it is what was told as of one sequence.
///
/// Threading: loop-confined.
class LocalAddresses {
public:
    /// Changes that one difference tells of; the others come with the next ones.
    static constexpr std::size_t kAtOnce = 10'000;

    /// Tells at most `bytes_max`, each key with kKeyOverhead.
    LocalAddresses(std::string_view self, std::size_t bytes_max) : bytes_max_{bytes_max} {
        self_.id = self;
    }
    LocalAddresses(const LocalAddresses&) = delete;
    LocalAddresses& operator=(const LocalAddresses&) = delete;

    /// `asker`: whose consumers they are that came. It counts for him until it is given up, even if
    /// others have it as well by then.
    void set(std::string_view key, bool has, Hint hint, std::uint64_t asker = 0);
    /// True if others are to be told of something.
    bool pending() const { return !changed_.empty() || more_room_; }
    /// The number of the last difference that was taken.
    std::int64_t sequence() const { return sequence_; }
    /// What changed since the last difference that was taken, or as much of it as fits in one
    /// message; nothing if all of it was undone again. Not while all is being written.
    std::optional<MobileUpdate> take_difference();
    /// Goes on with the content of a message with all that was told, as of the last difference:
    /// looks at no more than `left` addresses, and counts down. True: it is whole.
    bool write_all(std::size_t& left);
    bool is_writing() const { return writing_.has_value(); }
    /// That content, if it is whole: until the next difference, for all who ask.
    const Buffer& all() const { return all_; }
    std::size_t size() const { return known_.size(); }
    /// How many are not told, for want of room.
    std::size_t left_out() const { return left_out_; }

private:
    /// What a key takes besides its own bytes, and more: kKeysMax of them do not fit.
    static constexpr std::size_t kKeyOverhead = 24;

    /// In the list of its asker while it is left out.
    struct Entry : boost::intrusive::list_base_hook<> {
        std::string key{};  // empty: none stands here now
        std::uint64_t asker = 0;
        Hint hint = Hint::balanced;
        bool has = false;
        bool counts = false;  // for its asker, of what is told
        bool told = false;
        bool changed = false;  // stands in changed_
    };
    struct Asker {
        std::size_t bytes = 0;
        boost::intrusive::list<Entry, boost::intrusive::constant_time_size<false>> left_out{};
    };

    static std::size_t size_of(const Entry& entry) { return entry.key.size() + kKeyOverhead; }
    Entry& make(std::string_view key);
    void forget(Entry& entry);
    void note_change(Entry& entry);
    bool take_room(Entry& entry);
    void give_room(Entry& entry);
    void leave_out(Entry& entry);
    void take_in(Entry& entry);
    void change_bytes(std::uint64_t asker, std::size_t bytes);
    void forget_if_unused(std::uint64_t asker);
    void try_left_out();
    void write_one();

    Speaker self_;
    std::size_t bytes_max_;
    std::size_t told_bytes_ = 0;
    std::int64_t sequence_ = 0;
    std::deque<Entry> entries_;  // each stays in its place
    std::vector<Entry*> free_;   // of those without a key
    boost::unordered_flat_map<std::string_view, Entry*, TextHash, std::equal_to<>> known_;
    std::deque<Entry*> changed_;
    bool more_room_ = false;  // some that are left out may be told
    std::unordered_map<std::uint64_t, Asker> askers_;
    /// Those of whom something is left out, by what they have.
    std::set<std::pair<std::size_t, std::uint64_t>> waiting_;
    std::size_t left_out_ = 0;
    Buffer all_;  // empty: to be written
    std::optional<MobileWriting> writing_;
    std::size_t next_ = 0;  // of the entries, to be written next
};

}  // namespace weft::linkstate
