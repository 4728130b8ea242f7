#pragma once

#include "broker/queue/actions.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace weft::queue {

/// The names of the youngest messages that came, so many at most: who has one of them comes for the
/// second time. The store keeps them, each with its message, and longer than that.
///
/// Threading: loop-confined (its queue's).
class Duplicates {
public:
    Duplicates(std::uint64_t window, const Stored& stored);

    bool knows(std::string_view name) const { return known_.find(name) != known_.end(); }
    /// For the store: the name's number, and up to which number it may forget others.
    Named remember(const std::string& name);
    /// So many are remembered from now on.
    void change(std::uint64_t window, Actions& out);
    std::size_t size() const { return names_.size(); }

private:
    /// Forgets those that are too many. The number of the youngest of them; 0: none.
    std::uint64_t forget();

    std::uint64_t window_;
    std::uint64_t number_;  // of the youngest
    std::map<std::uint64_t, std::string> names_;
    std::set<std::string, std::less<>> known_;
};

}  // namespace weft::queue
