#pragma once

#include "common/base/time.hpp"
#include "router/linkstate/flaps.hpp"
#include "router/linkstate/keys.hpp"
#include "router/linkstate/link_state_output.hpp"
#include "router/linkstate/spf.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::linkstate {

/// A question to another router that is asked again until it is answered.
struct Inquiry {
    bool open = false;
    Instant next{};  // when to ask, if it can be reached then
    Duration gap{};  // between that time and the next one
};

/// What is known of one router.
struct RouterRecord {
    std::string id;
    std::int64_t version = kProtocolVersion;
    std::optional<std::int64_t> instance;  // none: it has not told yet
    std::int64_t ls_seq = 0;               // 0: its links are not known
    std::int64_t mobile_seq = 0;
    bool has_advertised = false;    // in this life of it
    std::vector<Edge> edges;        // its links, ascending by router
    bool partial = false;           // some of them lead to routers that did not fit
    std::size_t mentions = 0;       // edges of others that lead here
    std::uint32_t idle_ticks = 0;   // how long nothing spoke for its existence
    Instant heard{};                // when it last spoke to all, or answered
    Instant last_change{};          // of its links
    std::optional<Instant> behind;  // since when it says less of itself than we know

    std::optional<PeerLink> link;  // if it is a neighbour
    std::optional<Path> path;      // as told to the output
    RouterIndex next_hop = kNoRouter;
    Instant reachable_since{};
    Inquiry links;
    Inquiry addresses;
    Instant links_told{};      // when it may have ours again, in answer to a question
    Instant addresses_told{};  // the same
    Flaps flaps;
    Keys keys;  // told to the output if there is a path
    std::size_t keys_bytes = 0;
    std::size_t in_line = 0;   // of its MAUs, how many are to be read and taken later
    std::size_t followed = 0;  // how often its keys are to be told of, or taken back, later
    bool is_weft = false;      // it has announced the key that says so
    bool told_full = false;    // that its addresses do not fit
    bool told_many = false;    // that its links do not
    bool told_odd = false;     // that one of its keys is not taken
    Instant told_restart{};    // when it was reported last
};

/// All routers that somebody spoke of, by number; this router is number 0. The link-state database.
///
/// Threading: loop-confined.
class Database {
public:
    /// Keeps at most `routers_max` routers, this one included.
    Database(std::string_view self, std::size_t routers_max);

    RouterIndex find(std::string_view id) const;
    /// Finds it, or makes a record for it; kNoRouter if the table is full.
    RouterIndex learn(std::string_view id, Instant now);
    /// Nobody mentions it, and it has no edges.
    void forget(RouterIndex router);
    void replace_edges(RouterIndex router, std::vector<Edge> edges);

    bool knows(RouterIndex router) const {
        return router < records_.size() && records_[router] != nullptr;
    }
    RouterRecord& at(RouterIndex router) { return *records_[router]; }
    const RouterRecord& at(RouterIndex router) const { return *records_[router]; }
    /// One past the greatest number in use.
    RouterIndex end() const { return static_cast<RouterIndex>(records_.size()); }
    std::size_t size() const { return by_id_.size(); }
    /// Edges of all routers.
    std::size_t edges() const { return edges_; }

    /// Changes with each change of the edges.
    std::uint64_t version() const { return version_; }
    /// All edges, packed. Valid until the next change.
    const Graph& graph();

private:
    void rank();

    std::size_t routers_max_;
    std::vector<std::unique_ptr<RouterRecord>> records_;
    boost::unordered_flat_map<std::string, RouterIndex, TextHash, std::equal_to<>> by_id_;
    mutable RouterIndex found_last_ = kNoRouter;  // many in a row ask for the same one
    std::size_t edges_ = 0;
    std::uint64_t version_ = 1;
    Graph graph_;
    std::uint64_t graph_version_ = 0;  // for which graph_ was made
    bool ranked_ = false;              // and whether all that there are have a rank
};

}  // namespace weft::linkstate
