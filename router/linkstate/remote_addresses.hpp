#pragma once

#include "common/base/router_index.hpp"
#include "common/base/time.hpp"
#include "router/linkstate/ground.hpp"
#include "router/linkstate/inquiries.hpp"
#include "router/linkstate/limits.hpp"
#include "router/linkstate/messages.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace weft::linkstate {

/// The addresses that have consumers at other routers: what their MAUs say.
///
/// The keys of a router stand in its record. The output knows them while there is a path to the
/// router (I4); they are kept while there is none, in case that there is one again.
///
/// Threading: loop-confined.
class RemoteAddresses {
public:
    /// All must outlive it.
    RemoteAddresses(Ground& ground, Limits& limits, Inquiries& inquiries)
        : ground_{ground}, limits_{limits}, inquiries_{inquiries} {}

    /// Takes an update, or asks for all of them if one before it is missing. True if others may
    /// hear of it, too.
    bool take(Adjacency& from, const MobileUpdate& update, Instant now);
    /// There is a path to the router: the output learns of its keys.
    void tell(RouterIndex router) const;
    /// There will be no path to the router: the output forgets its keys.
    void take_back(RouterIndex router) const;
    /// Forgets the keys of the router, and that it is a Weft router.
    void drop(RouterIndex router);

private:
    bool fits(RouterRecord& record, const MobileUpdate& update);
    void apply_difference(RouterIndex router, const MobileUpdate& update);
    void apply_absolute(RouterIndex router, const MobileUpdate& update);
    void add(RouterIndex router, const std::string& key, Hint hint);
    void remove(RouterIndex router, std::string_view key);

    Ground& ground_;
    Limits& limits_;
    Inquiries& inquiries_;
    std::size_t keys_ = 0;   // of all other routers
    std::size_t bytes_ = 0;  // of all those keys
};

}  // namespace weft::linkstate
