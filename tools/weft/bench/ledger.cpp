#include "tools/weft/bench/ledger.hpp"

namespace weft::tools {
namespace {

std::uint64_t stream_key(std::uint64_t run, std::uint32_t sender) {
    return run << 32 | sender;  // what runs have in common goes
}

}  // namespace

BenchArrivals::Arrival BenchArrivals::take(const BenchStamp& stamp) {
    const std::uint64_t key = stream_key(stamp.run, stamp.sender());
    if (last_ == nullptr || last_->first != key) {
        const auto found = streams_.find(key);
        if (found == streams_.end() && streams_.size() == kStreamsMax) {
            return Arrival::stranger;
        }
        last_ = found != streams_.end() ? &*found : &*streams_.try_emplace(key).first;
    }
    switch (last_->second.add(stamp.sequence())) {
        case BenchNumbers::Added::added:
            return Arrival::once;
        case BenchNumbers::Added::was_there:
            return Arrival::again;
        case BenchNumbers::Added::too_far:
            break;
    }
    return Arrival::stranger;
}

std::uint64_t BenchArrivals::missing_of(std::uint64_t run,
                                        std::uint32_t sender,
                                        const BenchNumbers& accepted) const {
    const auto stream = streams_.find(stream_key(run, sender));
    return stream == streams_.end() ? accepted.count() : accepted.count_without(stream->second);
}

std::uint64_t BenchArrivals::holes() const {
    std::uint64_t holes = 0;
    for (const auto& [key, numbers] : streams_) {
        holes += numbers.holes();
    }
    return holes;
}

std::uint64_t BenchLedger::accepted_count() const {
    std::uint64_t count = 0;
    for (const BenchNumbers& numbers : accepted) {
        count += numbers.count();
    }
    return count;
}

std::uint64_t BenchLedger::missing() const {
    std::uint64_t missing = 0;
    for (const BenchArrivals& place : arrivals) {
        std::uint32_t sender = 0;
        for (const BenchNumbers& numbers : accepted) {
            missing += place.missing_of(run, sender++, numbers);
        }
    }
    return missing;
}

}  // namespace weft::tools
