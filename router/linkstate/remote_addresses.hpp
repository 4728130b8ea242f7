#pragma once

#include "common/base/router_index.hpp"
#include "common/base/time.hpp"
#include "router/linkstate/ground.hpp"
#include "router/linkstate/inquiries.hpp"
#include "router/linkstate/limits.hpp"
#include "router/linkstate/messages.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
    bool take(Adjacency& from, MobileUpdate update, Instant now);
    /// The same of a long one, once none is under way: what is left after a slice is for `go_on`.
    /// `bytes`: of the keys that it has or adds; `asked`: it was asked for when it came.
    bool begin(Adjacency& from, MobileUpdate update, std::size_t bytes, bool asked, Instant now);
    bool is_under_way() const { return under_way_.has_value(); }
    /// Takes at most `left` keys, and counts them down.
    void go_on(std::size_t& left);
    /// There is a path to the router: the output learns of its keys.
    void tell(RouterIndex router) const;
    /// There will be no path to the router: the output forgets its keys.
    void take_back(RouterIndex router) const;
    /// Forgets the keys of the router, and that it is a Weft router. What is under way of it ends.
    void drop(RouterIndex router);

private:
    /// An update that is being taken: its keys first, then what it removes.
    struct Work {
        RouterIndex router = kNoRouter;
        MobileUpdate update;
        std::uint32_t round = 0;  // of an absolute one: marks what it has
        std::size_t bytes = 0;    // of the keys that are still to be added
        std::size_t added = 0;
        std::size_t removed = 0;
        std::optional<Keys::iterator> sweep{};  // of an absolute one: the next key to be looked at

        std::vector<std::string>& more() { return update.exist ? *update.exist : update.add; }
    };
    struct Verdict {
        bool is_taken = false;
        bool may_be_passed_on = false;
    };

    Verdict judge(Adjacency& from, Work& work, bool asked, Instant now);
    bool fits(RouterRecord& record, Work& work);
    bool apply(Work& work, std::size_t& left);
    bool sweep(Work& work, std::size_t& left);
    void add(Work& work, std::string&& key, Hint hint);
    void remove(RouterIndex router, Keys::iterator key);

    Ground& ground_;
    Limits& limits_;
    Inquiries& inquiries_;
    std::size_t keys_ = 0;   // of all other routers
    std::size_t bytes_ = 0;  // of all those keys
    std::uint32_t rounds_ = 0;
    std::optional<Work> under_way_;
};

}  // namespace weft::linkstate
