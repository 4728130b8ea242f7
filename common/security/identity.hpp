#pragma once

#include <string>

namespace weft::security {

/// Who is at the other end of a connection, as its authentication found out.
/// Threading: not shared (a value).
struct Identity {
    /// As management shows it and policies name it; "anonymous" is whoever said nothing.
    std::string user = "anonymous";
    /// The SASL mechanism by which it is known; empty: the peer used none.
    std::string mechanism{};

    bool operator==(const Identity&) const = default;
};

}  // namespace weft::security
