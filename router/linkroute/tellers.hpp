#pragma once

#include "common/base/result.hpp"
#include "common/base/router_index.hpp"
#include "router/linkroute/allotment.hpp"
#include "router/linkroute/areas.hpp"
#include "router/linkroute/waiting_keys.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace weft::linkroute {

/// What other routers told of their containers, within what they may take together (R5, R6), and
/// what the paths to them cost. Threading: loop-confined.
class Tellers {
public:
    /// Keys that wait are tried, for each one that leaves room.
    static constexpr std::size_t kTriesOfRoom = 16;

    /// `areas` must outlive it.
    explicit Tellers(Areas& areas) : areas_{areas} {}

    /// What the path to the router costs; nothing: there is none.
    void set_cost(RouterIndex router, std::optional<std::uint32_t> cost);
    bool has_path(RouterIndex router) const { return costs_.contains(router); }
    /// The most that there is, if no path leads there.
    std::uint32_t cost_of(RouterIndex router) const;

    /// A router has containers for this key. Returns why it is not taken: it takes too much, or is
    /// no pattern. Nothing, too, while there are others of the router's that were not taken.
    std::optional<Error> has(RouterIndex router, std::string_view key);
    void lost(RouterIndex router, std::string_view key);
    /// So many patterns went, whoever had them, so there may be room for others: keys that were not
    /// taken are tried again, which `work` does.
    void leave_room(std::size_t patterns = 1);
    bool has_work() const { return tries_ > 0; }
    /// Tries at most `budget` of them. True: there is more.
    bool work(std::size_t budget);

    /// Keys that would have taken too much.
    std::uint64_t refused() const { return share_.refused(); }

private:
    /// A router that told of some.
    struct Teller {
        Allotment::Share own{};
        // Their hashes: what takes them back means nothing.
        boost::unordered_flat_set<std::size_t> refused{};
    };

    Result<void> take(RouterIndex router, Teller& teller, std::string_view key);
    void give_back(RouterIndex router, Teller& teller, std::string_view key);
    void await_no_more(RouterIndex router, std::size_t hash);

    Areas& areas_;
    boost::unordered_flat_map<RouterIndex, std::uint32_t> costs_;
    std::unordered_map<RouterIndex, Teller> tellers_;
    Allotment share_;
    WaitingKeys waiting_;    // of those that were refused
    std::size_t tries_ = 0;  // left, of these
    std::uint32_t next_serial_ = 1;
};

}  // namespace weft::linkroute
