#pragma once

#include <cstdint>

namespace weft::tenant {

/// What one tenant may have at this router at once, and a second; 0: no limit.
struct Quota {
    std::uint32_t connections = 0;
    std::uint32_t links = 0;
    std::uint32_t addresses = 0;  // different ones that its links are attached to
    std::uint64_t messages_per_second = 0;
    std::uint64_t bytes_per_second = 0;
    std::uint64_t max_message_size = 0;  // bytes

    bool operator==(const Quota&) const = default;
};

}  // namespace weft::tenant
