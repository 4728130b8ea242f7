#pragma once

#include "common/base/time.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

namespace weft::linkstate {

/// Cost of all links of a router that is about to stop.
inline constexpr std::uint32_t kLeavingCost = 1U << 20;
/// An original keeps routers in bit masks of this many.
inline constexpr std::size_t kRoutersMaxWithOriginals = 128;

/// What a router said in its former life may be on the way this long after it restarted.
inline constexpr Duration kFormerLife = std::chrono::seconds(10);

struct LinkStateOptions {
    std::string id;
    std::int64_t instance = 1;  // greater at each start: the milliseconds of the wall clock will do
    Duration hello_interval = std::chrono::seconds(1);
    /// Between HELLOs to Weft routers; at most hello_interval. 0: they get them as all others do.
    Duration fast_hello = std::chrono::milliseconds(200);
    Duration hello_max_age = std::chrono::seconds(3);
    Duration ra_interval = std::chrono::seconds(30);
    Duration ra_interval_flux = std::chrono::seconds(4);
    Duration remote_ls_max_age = std::chrono::seconds(60);
    std::size_t routers_max = 4096;
    std::size_t links_max = 262'144;        // those of all routers together
    std::size_t addresses_max = 4'000'000;  // those of all other routers together
    std::size_t addresses_bytes_max = std::size_t{512} * 1024 * 1024;  // bytes of the keys of those
    /// Of a message with more keys than this, so many are read and taken in one go.
    std::size_t slice = 1000;
    /// Bytes of the keys of this router's addresses that are told to others. Each key counts for
    /// LocalAddresses::kKeyOverhead bytes more than it has, and each asker has what the others
    /// leave free.
    std::size_t told_bytes_max = std::size_t{48} * 1024 * 1024;
};

/// A Weft neighbour counts as silent when so many of the HELLOs that it promised did not come.
inline constexpr int kFastHellosMissed = 4;
inline constexpr Duration kSilenceMin = std::chrono::milliseconds(200);

/// How long a neighbour may be silent that promised a HELLO each `interval`; 0: it did not.
inline Duration silence_allowed(Duration interval, Duration hello_max_age) {
    return interval == Duration::zero()
               ? hello_max_age
               : std::min(hello_max_age, std::max(kSilenceMin, kFastHellosMissed * interval));
}

}  // namespace weft::linkstate
