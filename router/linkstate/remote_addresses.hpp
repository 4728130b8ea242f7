#pragma once

#include "common/base/router_index.hpp"
#include "common/base/time.hpp"
#include "router/linkstate/ground.hpp"
#include "router/linkstate/inquiries.hpp"
#include "router/linkstate/limits.hpp"
#include "router/linkstate/messages.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::linkstate {

/// The addresses that have consumers at other routers: what their MAUs say.
///
/// The keys of a router stand in its record. The output is told of them while there is a path to
/// the router (I4); they are kept while there is none, in case that there is one again. Of a router
/// that has more than a slice of them the output hears in slices, after its path came or went, or
/// after all of them were dropped; what the router says next of its addresses waits for that.
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
    /// What `follow` tells at once is of a turn: a slice together.
    void begin_turn() { told_at_once_ = 0; }
    /// There is a path to the router, or will be none: the output learns of its keys, or forgets
    /// them, now or as `follow_some` goes on.
    void follow(RouterIndex router, bool has_path);
    /// Keys are to be told of or taken back, which `follow_some` does: at most `left`, and counts
    /// them down. Nothing is under way then.
    bool is_following() const { return !following_.empty(); }
    void follow_some(std::size_t& left);
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

    /// Keys that the output is to know of, or to forget.
    struct Following {
        RouterIndex router = kNoRouter;
        Keys dropped{};  // not in the record any more: each goes
        bool is_dropped = false;
        std::optional<Keys::iterator> at{};  // none: it begins
    };

    void tell(RouterIndex router, Keys::value_type& key, bool has);
    bool follow_some(Following& following, std::size_t& left);
    void follow_later(Following following);
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
    std::size_t told_at_once_ = 0;
    std::list<Following> following_;  // each is counted by its router
    /// Of those that are not dropped, where the router's stands.
    boost::unordered_flat_map<RouterIndex, std::list<Following>::iterator> places_;
};

}  // namespace weft::linkstate
