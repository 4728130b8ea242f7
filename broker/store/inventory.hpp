#pragma once

#include "broker/queue/message.hpp"
#include "broker/store/segment_table.hpp"
#include "common/base/result.hpp"
#include "common/sqlite/database.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace weft::store {

/// A queue that the store has.
struct KnownQueue {
    QueueNumber number{};
    std::string name;
    std::string settings;  // as it was given
    queue::Stored stored;
};

/// What a store has, as it is opened. Threading: not shared (a value).
struct Inventory {
    std::vector<KnownQueue> queues;  // by their numbers
    /// No queue that is made may have it or a smaller one: a queue has it, or a dead message names
    /// it as that of its own (queue::Provenance::number).
    std::uint64_t last_number = 0;
};

/// Reads the entries of all segments. Errors: those of the database; a row that can't be.
[[nodiscard]] Result<Inventory> take_inventory(Database& database);

}  // namespace weft::store
