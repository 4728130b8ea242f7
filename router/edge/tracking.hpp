#pragma once

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>

/// What a router of the mesh tells an edge router that sends to an address, when it changes: a
/// message that nobody waits for, whose value is a list of two. Threading: any thread (no state).
namespace weft::edge {

/// Of an address's key.
inline constexpr std::size_t kTrackedKeyMax = 1026;
/// Credit that the edge router gives, and gives again as messages come in.
inline constexpr unsigned kTrackingCredit = 250;

struct Tracking {
    std::string key{};    // of the address, class and phase included: "M0orders"
    bool wanted = false;  // others than that edge router itself receive from it

    bool operator==(const Tracking&) const = default;
};

/// Appends the message.
void write_tracking(Buffer& out, const Tracking& tracking);

/// Total: any bytes. Errors: amqp:decode-error; amqp:invalid-field (what is wrong).
[[nodiscard]] Result<Tracking> read_tracking(Bytes message);

}  // namespace weft::edge
