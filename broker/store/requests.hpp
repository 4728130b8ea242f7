#pragma once

#include "broker/store/segments.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

/// What waits for the writer, and what it answers. Threading: not shared (values).
namespace weft::store {

struct AddQueue {
    QueueNumber number{};
    std::string name;
    std::string settings;
};
struct SetSettings {
    QueueNumber number{};
    std::string settings;
};
/// Done in parts, each with a commit of its own.
struct DropQueue {
    QueueNumber number{};
    std::function<void()> done;
};
struct AppendMessage {
    QueueNumber to{};
    MessageId id = 0;
    queue::WallTime expires = queue::kForever;
    queue::Payload payload;
};
struct RemoveMessage {
    QueueNumber from{};
    MessageId id = 0;
    std::uint64_t size = 0;
};
struct RecountMessage {
    QueueNumber of{};
    MessageId id = 0;
    std::uint32_t failures = 0;
};
struct MoveMessage {
    QueueNumber from{};
    MessageId id = 0;
    QueueNumber to{};
    MessageId new_id = 0;
    queue::WallTime expires = queue::kForever;  // there
};
/// A damaged one: what there is of it is kept, and it leaves its queue.
struct SetAside {
    QueueNumber from{};
    MessageId id = 0;
    std::uint64_t size = 0;
};
struct ReadRange {
    QueueNumber from{};
    queue::Range range;
    std::function<void(Reading)> done;
};
struct SweepQueue {
    QueueNumber in{};
    queue::Sweep wanted;
    std::function<void(const queue::Swept&)> done;
};
/// A part of a body file that is mostly dead is emptied.
struct CompactBodies {};
struct WaitForAll {
    std::function<void()> done;
};
using Request = std::variant<AddQueue,
                             SetSettings,
                             DropQueue,
                             AppendMessage,
                             RemoveMessage,
                             RecountMessage,
                             MoveMessage,
                             SetAside,
                             ReadRange,
                             SweepQueue,
                             CompactBodies,
                             WaitForAll>;
using Batch = std::vector<Request>;

/// What one commit made durable, and what was read.
struct Answers {
    struct Durable {
        QueueNumber queue{};
        MessageId through = 0;
    };
    struct Read {
        std::function<void(Reading)> done;
        Reading reading;
    };

    std::vector<Durable> durable;
    std::vector<Read> read;
    std::vector<std::function<void()>> others;  // who asked for something else
    std::vector<DropQueue> unfinished;          // to be asked again
    int log_pages = 0;
    DiskUse use{};
    bool compact = false;       // a body file is mostly dead
    std::uint64_t damaged = 0;  // messages that were set aside, all of them
};

/// Does all of a batch, in order, and commits it. Waits for the disk.
/// Errors: those of Segments; nothing of the batch is durable then.
[[nodiscard]] Result<Answers> carry_out(Segments& segments, const Batch& batch);

/// What a request keeps in memory while it waits.
std::size_t weight(const Request& request);

}  // namespace weft::store
