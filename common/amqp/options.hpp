#pragma once

#include "common/amqp/sasl_client.hpp"
#include "common/base/bytes.hpp"
#include "common/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// What an engine is told when it is made, and the limits that it holds a peer to.
namespace weft::amqp {

struct Options {
    bool server = true;
    bool require_sasl = false;  // server: a bare AMQP header is refused
    std::string container_id{};
    std::string hostname{};                // client: the peer's
    std::uint32_t max_frame_size = 16384;  // bytes, what we are ready to receive; ≥ 512
    std::uint16_t channel_max = 32767;     // sessions − 1
    std::uint32_t handle_max = 65535;      // links of a session − 1
    std::uint32_t links_max = 262144;      // of the connection, all sessions together
    std::uint32_t session_window = 512;    // frames we are ready to receive
    /// Bytes unsent from which on send takes nothing, flows wait, and states go without their
    /// words.
    std::size_t output_limit = 1 << 18;
    std::size_t control_frame_max = 1 << 16;  // bytes of a performative but transfer's payload
    /// Deliveries of a link that are taken beyond its credit: some brokers hear late of a credit
    /// that was lowered, or add what they should replace.
    std::uint32_t credit_overrun = 0;
    Duration idle_timeout{};       // advertised; twice that without a byte is the end; 0: none
    Duration handshake_timeout{};  // from start() until the peer's open; 0: none
    std::vector<std::string> sasl_mechanisms{};  // server: offered; empty: no SASL
    /// Client: the best first; the first one that the peer offers is spoken. Empty: no SASL.
    std::vector<SaslChoice> sasl_choices{};
    /// Client: told what the peer offers, before one is chosen; the names die with the call.
    std::function<void(const std::vector<std::string_view>& offered)> heard_mechanisms{};
    Buffer properties{};            // of our open: an encoded map, may be empty
    Buffer offered_capabilities{};  // encoded array of symbols, may be empty
    Buffer desired_capabilities{};
    std::uint32_t first_id = 0;  // of a session's transfers and deliveries that we send
};

/// What one connection says instead of what its options do.
struct Particulars {
    Buffer properties{};                                   // of our open; empty: those
    const std::vector<std::string>* mechanisms = nullptr;  // server: offered; outlive the engine
};

/// Spec: AMQP 1.0 §2.8.7
inline constexpr std::size_t kDeliveryTagMax = 32;
/// Bytes of the names, addresses and default outcomes of all links of a connection together: each
/// may be as long as its frame allows. A link that has no room left is refused.
inline constexpr std::size_t kLinkTextsMax = 1 << 26;
/// Bytes that may arrive while a SASL decision is awaited.
inline constexpr std::size_t kHeldInputMax = 1 << 16;
/// Steps that input of one turn may cost, a delivery or copy each; the rest of it waits for the
/// next turn. So many that a read of small messages to ten consumers, 6,000 copies or so, is not
/// written in pieces.
inline constexpr std::size_t kInputStepsMax = 10'000;
/// Links and sessions that are over, freed in one turn.
inline constexpr std::size_t kBuriedAtOnce = 2'000;
/// Of what one read brings: updates that settle nothing, and so may come again and again, and bytes
/// of states that can't be passed on as ranges, each for one delivery. A session that brings more
/// is ended.
inline constexpr std::size_t kUpdatesMax = 1 << 18;
inline constexpr std::size_t kStateBytesMax = 1 << 22;
/// Bytes of a frame that we send, whatever the peer could take.
inline constexpr std::uint32_t kFrameSentMax = 1 << 16;
/// A peer that asks for frames more often than this idle-time-out says is refused.
inline constexpr Duration kIdleTimeoutMin = std::chrono::milliseconds(100);
/// Bytes of the peer's container id that are kept.
inline constexpr std::size_t kContainerIdMax = 256;

}  // namespace weft::amqp
