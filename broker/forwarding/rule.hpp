#pragma once

#include "common/base/time.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace weft::forwarding {

/// That what a queue keeps goes on to another address: `forward` of its entry. Threading: not
/// shared (a value).
struct Rule {
    static constexpr double kRateMost = 1'000'000;
    static constexpr std::uint32_t kWindowMost = 10'000;
    static constexpr Duration kPauseLeast = std::chrono::milliseconds{10};
    static constexpr Duration kPauseLongest = std::chrono::hours{24};

    std::string to{};
    double per_second = 0;       // messages, at most; 0: any number
    std::uint32_t window = 100;  // messages under way at a time; 1: the order holds whatever comes
                                 // back
    Duration pause_first = std::chrono::milliseconds{100};  // after one comes back
    Duration pause_most = std::chrono::seconds{30};         // each is twice as long until then

    bool operator==(const Rule&) const = default;
};

/// Why the queue of that name can't be forwarded so, for people; empty: it can.
std::string why_no_rule(std::string_view queue, const Rule& rule);

}  // namespace weft::forwarding
