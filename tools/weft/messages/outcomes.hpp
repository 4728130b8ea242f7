#pragma once

#include <cstdint>
#include <string>

namespace weft::tools {

/// What became of the messages that `weft send` sent.
/// Threading: not shared (a value).
struct Outcomes {
    std::uint64_t sent = 0;
    std::uint64_t accepted = 0;
    std::uint64_t rejected = 0;
    std::uint64_t released = 0;
    std::uint64_t modified = 0;
    std::uint64_t unknown = 0;  // settled by the peer without an outcome

    std::uint64_t settled() const { return accepted + rejected + released + modified + unknown; }
    std::uint64_t unsettled() const { return sent - settled(); }

    /// "sent 3, accepted 2, rejected 0, released 1, modified 0", and what else there is.
    std::string text() const;

    bool operator==(const Outcomes&) const = default;
};

}  // namespace weft::tools
