#pragma once

#include "mqtt-gateway/store/tables.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

/// What waits for the writer, and what it answers. Threading: not shared (values).
namespace weft::mqtt_store {

struct PutSession {
    SessionNumber session{};
    SessionRow row{};
};
struct DropSession {
    SessionNumber session{};
};
struct PutSubscription {
    SessionNumber session{};
    StoredSubscription subscription{};
};
struct RemoveSubscription {
    SessionNumber session{};
    std::string filter{};
};
struct PutIncoming {
    SessionNumber session{};
    IncomingId id{};
};
struct SetSerials {
    SessionNumber session{};
    std::uint64_t base = 0;
    std::vector<IncomingId> under_way{};
};
struct AddEntry {
    SessionNumber session{};
    EntryNumber number = 0;
    SharedMessage message{};
    BodyNumber body{};
    bool is_copy = false;  // one with that body was asked for just before

    /// What it brings besides itself.
    std::size_t size() const { return is_copy ? 0 : message->size(); }
};
struct PutOutgoing {
    SessionNumber session{};
    OutgoingId id{};
};
struct RemoveEntry {
    SessionNumber session{};
    EntryNumber number = 0;
};
struct ReadQueue {
    SessionNumber session{};
    EntryNumber after = 0;
    std::size_t most = 0;
    std::function<void(QueueReading)> done{};
};
struct SweepQueues {
    WallTime now = 0;
    std::size_t most = 0;
    std::function<void(std::size_t)> done{};
};
struct PutRetained {
    SharedMessage message{};
};
struct RemoveRetained {
    std::string topic{};
};
struct PutWill {
    WillNumber number{};
    FiredWill will{};
};
struct RemoveWill {
    WillNumber number{};
};
/// And forgets those with numbers up to `forgotten`.
struct PutSeen {
    SeenName seen{};
    std::uint64_t forgotten = 0;
};
using Request = std::variant<PutSession,
                             DropSession,
                             PutSubscription,
                             RemoveSubscription,
                             PutIncoming,
                             SetSerials,
                             AddEntry,
                             PutOutgoing,
                             RemoveEntry,
                             ReadQueue,
                             SweepQueues,
                             PutRetained,
                             RemoveRetained,
                             PutWill,
                             RemoveWill,
                             PutSeen>;
using Batch = std::vector<Request>;

/// What one commit did that is not known before.
struct Answers {
    std::vector<Freed> freed{};
    std::vector<std::function<void()>> done{};  // in order
    int log_pages = 0;
    std::uint64_t file_bytes = 0;  // as of this commit
};

/// Does all of a batch, in order, and commits it. Waits for the disk.
/// Errors: those of Tables; nothing of the batch is durable then.
[[nodiscard]] Result<Answers> carry_out(Tables& tables, Batch& batch);

/// What a request keeps in memory while it waits, about.
std::size_t weight(const Request& request);

/// What a row of so many bytes takes of the file, at most: pages are not full, and of a row that is
/// larger than a quarter of one the rest stands in pages of its own.
std::uint64_t disk_bytes(std::size_t row);
/// Likewise a session, which stands in an index, too, with its will; 0: it has none.
std::uint64_t session_bytes(std::size_t client_id, std::size_t will);
/// Likewise what a request adds to the file.
std::uint64_t disk_bytes(const Request& request);

}  // namespace weft::mqtt_store
