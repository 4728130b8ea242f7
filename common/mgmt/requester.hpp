#pragma once

#include <string>
#include <string_view>

namespace weft::mgmt {

/// Who asks something of management. What is not known is empty.
/// Threading: not shared (a value).
struct Requester {
    std::string user{};
    std::string host{};        // "192.0.2.7:4711"
    std::string connection{};  // "[C7] of 'edge-1'"
    std::string_view via{};    // a literal: "AMQP", "HTTP"
    bool from_router = false;  // a router asks, for somebody that it does not name

    /// For the log.
    std::string text() const;
};

}  // namespace weft::mgmt
