#pragma once

#include <cstddef>
#include <cstdint>

/// Descriptors that clients leave to others.
///
/// The system gives each new one the lowest number that is free. So whoever leaves the highest
/// numbers alone leaves as many descriptors to those who don't, whatever else is open. A connection
/// that a router dials asks nobody.
namespace weft::io {

/// Who a descriptor is for.
enum class Claim : std::uint8_t {
    client,
    management,  // half of what clients leave is for it
    router,      // may have all
};

/// Descriptors that clients leave where many may be open; a sixteenth where few may.
inline constexpr std::size_t kDescriptorsKeptMax = 32;

/// How many of `limit` descriptors, the highest ones, a claim leaves alone.
std::size_t descriptors_left_by(Claim claim, std::size_t limit);

/// How many connections with HTTP there may be at once, by the limit of descriptors: a quarter of
/// it, so that the other listeners are never without. What became a WebSocket is none.
inline constexpr std::size_t kHttpConnectionsMax = 4096;
std::size_t http_connections_max(std::size_t limit);
/// The same by the limit that holds now.
std::size_t http_connections_max();

/// Whether the next descriptor may be for `claim`. Costs three system calls. True where the system
/// does not say. Threading: any thread.
bool may_open(Claim claim);

}  // namespace weft::io
