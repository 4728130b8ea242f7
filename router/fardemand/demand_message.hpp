#pragma once

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace weft::fardemand {

/// More in one message is refused.
inline constexpr std::size_t kDemandMessageMax = std::size_t{128} * 1024;  // bytes
inline constexpr std::size_t kEntriesMax = 256;
/// Beyond this a message is closed and the next one begun.
inline constexpr std::size_t kDemandMessageBytes = std::size_t{64} * 1024;
/// Of an address, as routers tell it.
inline constexpr std::size_t kKeyMax = 1026;
inline constexpr std::uint64_t kCountMax = std::uint64_t{1} << 62U;

/// What Weft routers tell one another of what consumers want of containers; the content of a
/// control message to `_topo/0/<router>/weft`.
struct DemandMessage {
    enum class Kind : std::uint8_t {
        ask,   // the sender has containers, or none any more: tell it what your consumers want
        tell,  // that is what they want of you
        rest,  // your drain is answered: there is no more
    };
    struct Entry {
        std::string key{};        // of the address
        bool wanted = false;      // of an ask: it has containers
        std::uint64_t limit = 0;  // of a tell: messages that came in at the receiver, up to which …
        std::uint64_t taken = 0;  // … and of which consumers at the sender got so many
        std::uint32_t drain = 0;  // of a tell: the number of a drain, 0: none; of a rest: which one

        bool operator==(const Entry&) const = default;
    };

    Kind kind = Kind::ask;
    std::vector<Entry> entries{};

    bool operator==(const DemandMessage&) const = default;
};

/// What it takes in a message, at most.
std::size_t bytes_of(const DemandMessage::Entry& entry);

/// Whether the content of a message is one of these, by its opcode.
[[nodiscard]] bool is_demand_message(Bytes content);

/// Appends application properties and body.
void write_demand_message(Buffer& out, const DemandMessage& message);

/// Total: any bytes. Errors: amqp:decode-error; amqp:not-implemented (a kind nobody knows);
/// amqp:invalid-field (what is wrong, or beyond a limit).
[[nodiscard]] Result<DemandMessage> read_demand_message(Bytes content);

}  // namespace weft::fardemand
