#pragma once

#include "common/base/time.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>

namespace weft::transaction {

/// What a message or an outcome takes in memory beside its own bytes.
inline constexpr std::size_t kWorkBytes = 512;

/// What bounds transactions.
struct Limits {
    std::size_t links_max = 10'000;       // to the coordinator, of a connection, maybe a router's
    std::size_t transactions_max = 1000;  // of a connection
    std::size_t work_max = 10'000;        // messages and outcomes of a transaction
    // Of a transaction's work: each message and outcome counts kWorkBytes beside its own bytes.
    std::size_t bytes_max = std::size_t{64} * 1024 * 1024;
    std::size_t all_bytes_max = std::size_t{128} * 1024 * 1024;  // of all of them, in shares
    // Of one at its commit, which is done in one turn and is one of the store's: subscriptions that
    // topics of its messages match, message by message, and bytes of the copies for those that want
    // them.
    std::size_t copies_max = 10'000;
    std::size_t looks_max = 300'000;  // at filters, subscriptions and selectors, for it
    std::uint64_t copies_bytes_max = std::uint64_t{256} * 1024 * 1024;
    Duration open_max = std::chrono::minutes{5};  // then it is rolled back
};

/// What became of transactions. What was declared is open, or ended in one of the others.
struct Counters {
    std::uint64_t declared = 0;
    std::uint64_t committed = 0;
    std::uint64_t rolled_back = 0;  // as its client said
    std::uint64_t failed = 0;       // it was to be committed, and could not
    std::uint64_t timed_out = 0;    // open for too long
    std::uint64_t abandoned = 0;    // its coordinator's link, or the connection, was gone
    std::uint64_t refused = 0;      // declares, for a limit; these were never open
    std::uint64_t over_limit = 0;   // messages and outcomes that a limit refused
};

/// What the transactions of all connections share. Threading: loop-confined.
struct Pool {
    Limits limits{};
    Counters counters{};
    std::size_t open = 0;
    std::size_t bytes = 0;  // of their work, until it is durable or undone
    /// So many of them, by the number of their queue; those of topics are in none.
    std::map<std::uint64_t, std::size_t> messages{};

    std::size_t messages_for(std::uint64_t queue) const {
        const auto known = messages.find(queue);
        return known == messages.end() ? 0 : known->second;
    }
};

}  // namespace weft::transaction
