#pragma once

#include <memory>
#include <string>
#include <vector>

namespace weft::security {

/// What an authentication service says that a peer may do, and nothing else: addresses as policies
/// write them, "a", "a*", "*".
struct Grant {
    std::string by{};  // the service
    std::vector<std::string> receive{};
    std::vector<std::string> send{};

    bool operator==(const Grant&) const = default;
};

/// Who is at the other end of a connection, as its authentication found out.
/// Threading: not shared (a value).
struct Identity {
    /// As management shows it and policies name it; "anonymous" is whoever said nothing.
    std::string user = "anonymous";
    /// The SASL mechanism by which it is known; empty: the peer used none.
    std::string mechanism{};
    /// Null: who found it out says nothing of that.
    std::shared_ptr<const Grant> grant{};

    bool operator==(const Identity&) const = default;
};

}  // namespace weft::security
