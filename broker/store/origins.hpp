#pragma once

#include "broker/store/side_rows.hpp"

namespace weft::store {

/// Where dead messages died: a row each, written in the commit that brings the message, and deleted
/// with the segment that it was in.
class Origins : public SideRows {
public:
    [[nodiscard]] Result<void> open(sqlite::Database& database);
    [[nodiscard]] Result<void> keep(QueueNumber of, MessageId id, const queue::Provenance& origin);
    /// What is known of messages of one queue, the oldest first.
    [[nodiscard]] Result<void> describe(QueueNumber of, std::vector<queue::Record>& records);
};

}  // namespace weft::store
