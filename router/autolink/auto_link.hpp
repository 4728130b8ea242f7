#pragma once

#include "common/base/time.hpp"
#include "router/core/link.hpp"
#include "router/core/storage.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace weft::autolink {

/// By what a container is found: the id that it opens with, or the name of the listener or
/// connector that it is connected by.
enum class Finds : std::uint8_t { container, connection };

/// An auto-link as it is configured. A value.
struct AutoLinkConfig {
    std::string name{};                                   // may be empty
    std::string address{};                                // as a client would write it
    router::Direction direction = router::Direction::in;  // in: messages come from the container
    std::uint8_t phase = 0;                               // of the address
    bool fallback = false;  // it serves the address as its fallback, out in a phase of its own
    Finds by = Finds::container;
    std::string container{};         // its id, or the name of its connection; empty: never attached
    std::string external_address{};  // the container's name for the address; empty: the same
    std::shared_ptr<const router::Storage> storage{};  // of the entry that made it; null: none did

    const std::string& their_address() const {
        return external_address.empty() ? address : external_address;
    }
};

enum class Status : std::uint8_t { inactive, failed, attaching, active };
inline constexpr int kStatuses = 4;
/// "inactive", …
const char* to_string(Status status);

/// An auto-link over one connection.
struct AutoLinkEnd {
    std::uint64_t connection = 0;  // the connection's id
    std::uint32_t number = 1;      // among the ends of its auto-link
    Status status = Status::inactive;
    std::uintptr_t port_end = 0;  // attaching, active: the port's word for it
    std::uint64_t link = 0;       // active: the core's id
    Instant since{};              // active: since then
    Instant due = kNever;         // inactive, failed: when it is attached
    std::uint32_t failures = 0;   // in a row
};

/// One auto-link, and how it stands.
struct AutoLink {
    std::uint64_t id = 0;
    AutoLinkConfig config;
    std::vector<AutoLinkEnd> ends;  // one for each open connection of its container
    std::string last_error;         // of the last failure, until one is active again

    /// The best that one of its ends is.
    Status status() const;
    /// The core's id of an active end; 0: there is none.
    std::uint64_t link() const;
    /// What an end of that number is called: the same each time, so that the container knows it. Of
    /// one that an address made, each time that it is made another: the container may be at the end
    /// of the last one still.
    std::string link_name(std::uint32_t number = 1) const;
};

}  // namespace weft::autolink
