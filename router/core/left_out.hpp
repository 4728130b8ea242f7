#pragma once

#include "common/keys/wildcard_shapes.hpp"

#include <cstddef>
#include <map>
#include <set>
#include <string>

namespace weft::router {

struct Address;

/// Subscriptions with wildcards that are none, as their shapes are one too many. Once a shape goes
/// one of theirs has its place, and all that are of it are due.
///
///   left out ──a shape goes──▶ due ──take──▶ a subscription
///
/// Calls are O(log(those left out)) and touch no address. Threading: loop-confined.
class LeftOut {
public:
    /// There are `most` shapes at most. These must outlive it.
    LeftOut(keys::WildcardShapes& shapes, std::size_t most) : most_{most}, shapes_{shapes} {}
    LeftOut(const LeftOut&) = delete;
    LeftOut& operator=(const LeftOut&) = delete;

    /// True if a subscription of that shape may come, whoever brings it.
    bool has_room(const std::string& shape) const {
        return shapes_.size() < most_ || shapes_.knows(shape);
    }
    bool empty() const { return waiting_.empty() && due_.empty(); }
    /// Precondition: there is no room for that shape.
    void add(const std::string& shape, Address& address);
    /// It goes.
    void remove(const std::string& shape, Address& address);
    /// Shapes may have gone.
    void give_room();
    /// Some are due.
    bool has_due() const { return !due_.empty(); }
    /// One of these, for which there is room: its caller adds it to the shapes. Precondition:
    /// has_due.
    Address& take();

private:
    using OfShape = std::map<std::string, std::set<Address*>>;

    OfShape waiting_;
    OfShape due_;  // each counts as one of its shape, so that its place is kept
    std::size_t most_;
    keys::WildcardShapes& shapes_;
};

}  // namespace weft::router
