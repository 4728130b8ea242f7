#pragma once

#include <cstddef>
#include <vector>

namespace weft::node {

class RoutedEnd;

/// The ends of pairs on one loop, in an order that stays the same while none comes or goes: for
/// management. Threading: loop-confined.
class RoutedList final {
public:
    const std::vector<RoutedEnd*>& ends() const { return ends_; }
    /// How many of them bring deliveries from their peers.
    std::size_t links_in() const { return links_in_; }
    void add(RoutedEnd& end);
    void remove(RoutedEnd& end);

private:
    std::vector<RoutedEnd*> ends_;
    std::size_t links_in_ = 0;
};

}  // namespace weft::node
