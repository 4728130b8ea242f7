#pragma once

#include "router/node/linkroute/crossing.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>

namespace weft::node {

/// Pairs of which no end is on home: it passes on what the two loops say, each of which takes it
/// for the other. Each way has a number of its own, so both ends may be on one loop.
///
///   pair   connected ──both have spoken their last──▶ gone
///
/// Threading: loop-confined (home's loop).
class Switchboard {
public:
    /// One side: where its end is, and the number that words have to it and from it.
    struct Side {
        std::size_t loop = 0;
        std::uint64_t number = 0;
    };

    /// `near` is who asked.
    void connect(Side near, Side far);
    /// Where the word goes on; nothing: it is none of these pairs'.
    std::optional<Side> pass(const PairWord& word);
    /// All of them.
    void clear() { sides_.clear(); }
    /// Pairs.
    std::size_t size() const { return sides_.size() / 2; }

private:
    struct Pair {
        bool answered = false;  // the far end's peer attached
        bool spoken = false;    // one of them said that it is detached
    };
    struct Entry {
        Side to;  // the other one
        bool is_far = false;
        std::shared_ptr<Pair> pair;  // of both
    };

    static bool is_last(const Entry& from, PairWord::Kind kind);

    std::unordered_map<std::uint64_t, Entry> sides_;  // by number
};

}  // namespace weft::node
