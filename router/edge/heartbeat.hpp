#pragma once

#include "common/base/bytes.hpp"
#include "common/base/time.hpp"
#include "common/wire/value.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

/// An edge router says that it is alive by a message, each kHeartbeatEvery, and hears that the
/// other router is by the outcome. Two routers that know kPaceProperty do so faster: the edge
/// router's Open has it, and then so has the answer, with how often that router wants to hear of
/// it. Threading: any thread (no state).
namespace weft::edge {

/// How often, unless something else is said.
inline constexpr Duration kHeartbeatEvery = std::chrono::seconds{2};
/// A connection from which none came in for so long is closed.
inline constexpr Duration kSilenceMax = std::chrono::seconds{8};
/// Credit that the router gives that takes them.
inline constexpr unsigned kHeartbeatCredit = 2;

/// In the properties of an Open, milliseconds from one heartbeat to the next, as an integer: the
/// fewest that an edge router can do, and those that it is to do.
inline constexpr std::string_view kPaceProperty = "weft.edge-heartbeat";
inline constexpr Duration kPaceMin = std::chrono::milliseconds{150};
inline constexpr Duration kPaceMax = kHeartbeatEvery;

/// How often a router wants heartbeats of one more edge router while it has `edges`: all together
/// are no more than kHeartbeatsPerSecond.
inline constexpr std::size_t kHeartbeatsPerSecond = 5000;
[[nodiscard]] Duration pace_for(std::size_t edges);

/// What the Open of a router says, and is to say. Not given: nothing, or nothing that means
/// anything.
[[nodiscard]] std::optional<Duration> pace_of(const wire::Map& properties);
void say_pace(wire::Map& properties, Duration pace);

/// Five heartbeats that are not answered for so long, or as many that do not come in: the other
/// router is taken for gone. Not given: no pace was agreed on.
[[nodiscard]] Duration answer_max(std::optional<Duration> pace);
/// A router of the mesh is more patient: an edge router that comes back costs all its clients.
[[nodiscard]] Duration silence_max(std::optional<Duration> pace);

/// Appends the message: a number that goes up.
void write_heartbeat(Buffer& out, std::int32_t number);

}  // namespace weft::edge
