#pragma once

#include "broker/node/queue_entry.hpp"

#include <array>
#include <cstddef>
#include <memory>

namespace weft::broker {

/// Entries of queues, of which equal ones are one in memory, as far as they are among the last that
/// differed: of thousands of queues most have the same few. Threading: loop-confined.
class SharedEntries {
public:
    static constexpr std::size_t kRecentMax = 16;

    std::shared_ptr<const QueueEntry> share(QueueEntry entry);

private:
    std::array<std::weak_ptr<const QueueEntry>, kRecentMax> recent_;
    std::size_t next_ = 0;
};

}  // namespace weft::broker
