#pragma once

#include <cstdint>

namespace weft::node {

/// What edge routers that are connected to a loop have done. Threading: not shared (a value).
struct EdgeCounters {
    std::uint64_t heartbeats = 0;  // taken
    std::uint64_t silent = 0;      // connections given up, as no heartbeat came
    std::uint64_t words = 0;       // that they were told about addresses
    std::uint64_t look_ups = 0;    // questions about addresses
    std::uint64_t refused = 0;     // of those, which meant nothing or found no room

    EdgeCounters& operator+=(const EdgeCounters& more) {
        heartbeats += more.heartbeats;
        silent += more.silent;
        words += more.words;
        look_ups += more.look_ups;
        refused += more.refused;
        return *this;
    }
};

}  // namespace weft::node
