#pragma once

#include "broker/store/side_rows.hpp"

#include <cstdint>

namespace weft::store {

/// How many deliveries of a message failed: a row for each of which some did.
class Failures : public SideRows {
public:
    [[nodiscard]] Result<void> open(sqlite::Database& database) {
        return SideRows::open(database, "failure", {"count"});
    }
    [[nodiscard]] Result<void> keep(QueueNumber of, MessageId id, std::uint32_t count) {
        return row(of, id).bind(kFirst, std::uint64_t{count}).run();
    }
    /// What is known of messages of one queue, the oldest first.
    [[nodiscard]] Result<void> describe(QueueNumber of, std::vector<queue::Record>& records) {
        return SideRows::describe(of, records, [](queue::Record& record, const auto& row) {
            record.failures = static_cast<std::uint32_t>(row.number(kFirst - 1));
        });
    }
};

}  // namespace weft::store
