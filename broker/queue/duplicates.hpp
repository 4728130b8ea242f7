#pragma once

#include "broker/queue/actions.hpp"
#include "broker/queue/deque.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace weft::queue {

/// The names of the youngest messages that came, so many at most: who has one of them comes for the
/// second time. The store keeps them, each with its message, and longer than that.
///
/// Invariants:
///   N1  `names_` are those of the numbers up to `number_`, without a gap
///   N2  `bytes_` is what they take in memory
///
/// Threading: loop-confined (its queue's).
class Duplicates {
public:
    /// What a name takes beside its text.
    static constexpr std::size_t kBytesEach = 100;

    explicit Duplicates(std::uint64_t window = 0, const Stored& stored = {});

    bool knows(std::string_view name) const { return known_.find(name) != known_.end(); }
    /// To remember it takes more memory than what is forgotten for it.
    bool grows_by(std::string_view name) const;
    /// For the store: the name's number, and up to which number it may forget others. None if no
    /// names are remembered, or it is none.
    Named remember(const std::string& name);
    /// So many are remembered from now on.
    void change(std::uint64_t window, Actions& out);
    std::size_t size() const { return names_.size(); }
    std::size_t bytes() const { return bytes_; }

private:
    using Known = std::multiset<std::string, std::less<>>;

    void add(const std::string& name);
    /// Forgets those that are too many. The number of the youngest of them; 0: none.
    std::uint64_t forget();

    std::uint64_t window_;
    std::uint64_t number_;  // of the youngest
    std::size_t bytes_ = 0;
    Known known_;
    Deque<Known::const_iterator> names_;  // the oldest first
};

}  // namespace weft::queue
