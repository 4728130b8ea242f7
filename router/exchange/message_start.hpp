#pragma once

#include "common/base/bytes.hpp"
#include "common/wire/sections.hpp"
#include "router/annotations/annotations.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace weft::exchange {

/// Exchanges that a message may pass, one after the other.
inline constexpr std::size_t kPassedMax = 16;

/// What an exchange must know of a message before it can go on, read from the first bytes of it.
/// Views point into these.
struct MessageStart {
    enum class Status : std::uint8_t { incomplete, complete, looped, malformed, opaque };

    Status status = Status::incomplete;
    std::string_view why;  // of malformed: for a person
    std::string_view subject;
    wire::Facts facts;
    std::string marks;  // of the exchanges that it passed: "exchange/r1/a r2/b"; empty: of none
};

/// Where an exchange leaves its mark on messages: in the trace of the routers' annotations, beside
/// routers, who take it for one that they do not know. So a message that comes round is told. The
/// marks of all exchanges that a message passed are one entry: an original router drops a message
/// whose trace is longer than its mesh is wide, and allows for one more.
class Marker {
public:
    Marker(std::string_view router_id, std::string_view exchange);

    /// `whole`: there will not be more bytes. `format`: of the message, 0 if it has sections.
    [[nodiscard]] MessageStart read(Bytes bytes, bool whole, std::uint32_t format) const;
    /// Writes the message of which that is the start as it leaves the exchange: as one that comes
    /// from a client of this router, with the marks. What was in `out` is gone. Returns what a scan
    /// of it would.
    wire::Facts write(Buffer& out, Bytes bytes, const MessageStart& start) const;

private:
    bool read_marks(Bytes bytes, MessageStart& start) const;

    std::string mark_;     // "r1/name"
    std::string ingress_;  // "0/r1"
    Buffer first_mark_;    // the annotations of a message that had none
};

}  // namespace weft::exchange
