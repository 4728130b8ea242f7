#pragma once

#include "tools/weft/bench/message.hpp"
#include "tools/weft/bench/numbers.hpp"

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace weft::tools {

/// Which numbered messages came to one place: to all receivers together, or to one subscriber.
/// Threading: not shared.
class BenchArrivals {
public:
    /// Senders of all runs that are told apart; messages of further ones are strangers.
    static constexpr std::size_t kStreamsMax = 200'000;

    BenchArrivals() = default;
    BenchArrivals(BenchArrivals&&) = default;
    BenchArrivals& operator=(BenchArrivals&&) = default;
    BenchArrivals(const BenchArrivals&) = delete;
    BenchArrivals& operator=(const BenchArrivals&) = delete;
    ~BenchArrivals() = default;

    enum class Arrival : std::uint8_t { once, again, stranger };
    Arrival take(const BenchStamp& stamp);

    /// Of `accepted`, sent by `sender` in `run`: how many did not come.
    std::uint64_t missing_of(std::uint64_t run,
                             std::uint32_t sender,
                             const BenchNumbers& accepted) const;
    /// Numbers that did not come below one that came.
    std::uint64_t holes() const;

private:
    /// A sender's numbers, by its run and its number there.
    using Streams = std::unordered_map<std::uint64_t, BenchNumbers>;

    Streams streams_;
    Streams::value_type* last_ = nullptr;  // mostly the next one's too
};

/// What was accepted, and what came: of one run, whose receiving may follow its sending later.
///
/// Threading: not shared; while a load runs, `accepted` is its senders' loop's and `arrivals` its
/// receivers'.
struct BenchLedger {
    std::uint64_t run = 0;                 // 0: whatever runs left behind is received
    std::vector<BenchNumbers> accepted{};  // by sender
    std::vector<BenchArrivals> arrivals{};

    std::uint64_t accepted_count() const;
    /// Accepted messages that did not come, counted at each place that they should have come to.
    std::uint64_t missing() const;
};

}  // namespace weft::tools
