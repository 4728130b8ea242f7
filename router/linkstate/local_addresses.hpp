#pragma once

#include "router/linkstate/keys.hpp"
#include "router/linkstate/messages.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace weft::router {

/// The addresses that have consumers at this router, and what others were told of them.
///
/// A change costs the same however many there are.
/// Threading: loop-confined.
class LocalAddresses {
public:
    explicit LocalAddresses(std::string_view self) { self_.id = self; }

    void set(std::string_view key, bool has, Hint hint);
    /// True if others are to be told of something.
    bool pending() const { return !changed_.empty(); }
    /// The number of the last difference that was taken.
    std::int64_t sequence() const { return sequence_; }
    /// What changed since the last one; nothing if that was undone again.
    std::optional<MobileUpdate> take_difference();
    /// The content of a message with all that was told, as of the last difference. Valid until the
    /// next one: made once for all who ask.
    const Buffer& absolute();
    std::size_t size() const { return entries_.size(); }

private:
    struct Entry {
        Hint hint = Hint::balanced;
        bool has = false;
        bool told = false;
        bool changed = false;  // stands in changed_
    };

    Speaker self_;
    std::int64_t sequence_ = 0;
    boost::unordered_flat_map<std::string, Entry, TextHash, std::equal_to<>> entries_;
    std::vector<std::string> changed_;
    Buffer absolute_;  // empty: to be made
};

}  // namespace weft::router
