#pragma once

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "common/wire/value.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// What an edge router asks a router of the mesh about an address, before it passes on the attach
/// of a client, and what it hears. Threading: any thread (no state).
namespace weft::edge {

/// Of an address that is asked about.
inline constexpr std::size_t kLookUpAddressMax = 1024;
/// Credit that the router gives that answers.
inline constexpr unsigned kLookUpCredit = 32;
inline constexpr std::uint32_t kLookUpVersion = 1;
inline constexpr std::uint32_t kLinkRouteLookUp = 1;  // the only thing that is asked

struct LookUp {
    std::string address{};
    bool in = false;  // of a client that sends; else it receives
    std::string reply_to{};
    wire::Value correlation{};  // echoed as it is

    bool operator==(const LookUp&) const = default;
};

struct LookUpReply {
    /// The numbers are those of the wire.
    enum class Status : std::uint8_t { ok, bad_version, bad_opcode, not_found, invalid_request };

    std::string to{};  // the question's reply_to
    wire::Value correlation{};
    Status status = Status::ok;
    bool is_link_route = false;
    bool has_destinations = false;

    bool operator==(const LookUpReply&) const = default;
};

/// Appends the message.
void write_look_up(Buffer& out, const LookUp& question);
void write_reply(Buffer& out, const LookUpReply& reply);

/// Total: any bytes. Errors: amqp:decode-error; amqp:not-implemented (another version, or another
/// question); amqp:invalid-field (what is wrong).
[[nodiscard]] Result<LookUp> read_look_up(Bytes message);
[[nodiscard]] Result<LookUpReply> read_reply(Bytes message);

}  // namespace weft::edge
