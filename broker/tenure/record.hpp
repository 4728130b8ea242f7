#pragma once

#include "common/base/time.hpp"

#include <cstdint>
#include <string>

namespace weft::tenure {

/// A process that has, or wants, a store. Threading: not shared (a value).
struct Holder {
    std::string id;       // of this process, and of no other ever
    std::string broker;   // what the mesh calls it
    std::string host;     // the machine's name, for people
    std::string machine;  // of one machine since it was booted; empty: not known
    std::string space;    // in which `process` means something, there; empty: not known
    std::uint64_t process = 0;
    std::uint64_t started = 0;  // tells it from a later process of that number

    bool operator==(const Holder&) const = default;
};

/// What a store's file says of who has it. Threading: not shared (a value).
struct Record {
    std::uint64_t epoch = 0;  // rises with each that had it
    std::uint64_t beat = 0;   // rises with each renewal
    /// For so long after a renewal the holder may write; 0: as long as it has the system's lock.
    Duration lease{};
    bool left = false;        // it went, and said so
    std::uint64_t since = 0;  // milliseconds since 1970, UTC
    Holder holder;

    bool operator==(const Record&) const = default;
};

}  // namespace weft::tenure
