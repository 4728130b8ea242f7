#pragma once

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// What routers tell one another: the inter-router protocol of Qpid Dispatch, version 1.
///
/// A control message is an AMQP message with the address in its properties, how it came in its
/// message annotations, its kind in the application property `opcode`, and a map as its body. Each
/// is sent settled on a control link.
namespace weft::linkstate {

inline constexpr std::int64_t kProtocolVersion = 1;
inline constexpr std::string_view kArea = "0";

// What is read is refused beyond these; what is written is kept below.
inline constexpr std::size_t kControlMessageMax = std::size_t{64} * 1024 * 1024;  // bytes
inline constexpr std::size_t kRouterIdMax = 255;                                  // bytes
inline constexpr std::size_t kPeersMax = 4096;                                    // of one router
inline constexpr std::size_t kKeysMax = 2'000'000;  // mobile addresses of one message
inline constexpr std::int64_t kCostMax = std::int64_t{1} << 31;
// Of what a HELLO tells of its own interval, in milliseconds.
inline constexpr std::int64_t kHelloIntervalMin = 10;
inline constexpr std::int64_t kHelloIntervalMax = 3'600'000;
// Of instances and sequences, 0 … this: the next one is a number still.
inline constexpr std::int64_t kSequenceMax = std::int64_t{1} << 62;

/// Who says it; in every message.
struct Speaker {
    std::string id;
    std::int64_t version = kProtocolVersion;
    std::string area{kArea};
    bool operator==(const Speaker&) const = default;
};

/// "HELLO": to the neighbour, each helloInterval.
struct Hello {
    Speaker from;
    std::int64_t instance = 0;  // another one after a restart
    std::vector<std::string> seen;
    std::int64_t interval_ms = 0;  // to the next one; Weft's, and 0: not told
    bool operator==(const Hello&) const = default;
};

/// "RA": to all; tells how new the speaker's link state and addresses are.
struct RouterAdvert {
    Speaker from;
    std::int64_t instance = 0;
    std::int64_t ls_seq = 0;
    std::int64_t mobile_seq = 0;
    bool operator==(const RouterAdvert&) const = default;
};

/// "LSR": asks for the link state.
struct LinkStateRequest {
    Speaker from;
    bool operator==(const LinkStateRequest&) const = default;
};

/// "LSU": the speaker's links.
struct LinkStateUpdate {
    Speaker from;
    std::int64_t instance = 0;
    std::int64_t ls_seq = 0;
    std::vector<std::pair<std::string, std::int64_t>> peers;  // with costs, 1 … 2^31
    bool operator==(const LinkStateUpdate&) const = default;
};

/// "MAR": asks for the addresses.
struct MobileRequest {
    Speaker from;
    std::int64_t have_seq = 0;
    bool operator==(const MobileRequest&) const = default;
};

/// How the speaker treats an address; counts where nobody configured it. The numbers are the
/// protocol's.
enum class Hint : std::uint8_t {
    multicast_flood = 0,
    multicast = 1,
    closest = 2,
    balanced = 3,
    link_balanced = 4,
    unavailable = 5,
};

/// "MAU": the keys ("M0orders") of addresses that have consumers at the speaker. Absolute if
/// `exist` is there, otherwise what changed since mobile_seq − 1.
struct MobileUpdate {
    Speaker from;
    std::int64_t mobile_seq = 0;
    std::optional<std::vector<std::string>> exist;
    std::vector<std::string> add;
    std::vector<std::string> del;
    std::vector<Hint> hints;  // of exist or add; as many, or none
    bool unread = false;      // its lists are long, and empty here: MobileReading reads them
    bool operator==(const MobileUpdate&) const = default;
};

using Message = std::
    variant<Hello, RouterAdvert, LinkStateRequest, LinkStateUpdate, MobileRequest, MobileUpdate>;

/// In the order of Message.
inline constexpr std::array<std::string_view, std::variant_size_v<Message>> kOpcodes = {
    "HELLO", "RA", "LSR", "LSU", "MAR", "MAU"};

/// "HELLO", "RA", …
[[nodiscard]] std::string_view opcode_of(const Message& message);
[[nodiscard]] const Speaker& speaker_of(const Message& message);

/// A control message in its envelope. Views point into the bytes read.
struct Envelope {
    std::string_view to;       // "amqp:/_topo/0/all/qdrouter"
    std::string_view ingress;  // the id of who sent it first; empty: nobody said
    Bytes trace;               // an encoded list of "0/<router>"; empty: none
    Bytes content;             // the sections behind the properties, as they came
};

/// What is behind the properties is not looked at. Other annotations, delivery annotations and
/// other properties than `to` mean nothing in a control message and are left behind. Errors:
/// amqp:decode-error and amqp:invalid-field, with what is wrong. Total: any bytes.
[[nodiscard]] Result<Envelope> read_envelope(Bytes message);
/// True if the message has passed `router`.
[[nodiscard]] bool has_passed(const Envelope& envelope, std::string_view router);
/// The routers in the trace, first to last, without the area.
[[nodiscard]] std::vector<std::string_view> routers_passed(const Envelope& envelope);
/// Appends the message as `self` sends it on: with itself at the end of the trace, and as the
/// ingress if nobody is.
void write_envelope(Buffer& out, const Envelope& envelope, std::string_view self);

/// The same for a message that goes no further than the neighbour, who must be a Weft router:
/// short, for it does not tell how it came.
void write_short_envelope(Buffer& out, std::string_view to, Bytes content);

/// Reads the content of a control message. Keys may be strings or symbols, integers int or long, of
/// any width; fields that nobody knows are skipped. Of a speaker whose version is above
/// kProtocolVersion only the speaker is read. Errors: amqp:decode-error; amqp:not-implemented (an
/// opcode nobody knows); amqp:invalid-field (a field missing, of the wrong type, or beyond a
/// limit). The lists of a MAU that have more than `keys_max` keys in all are left unread.
[[nodiscard]] Result<Message> read_message(Bytes content, std::size_t keys_max = kKeysMax);
/// Appends the content: application properties and body.
void write_message(Buffer& out, const Message& message);

}  // namespace weft::linkstate
