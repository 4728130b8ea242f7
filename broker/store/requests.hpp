#pragma once

#include "broker/store/segments.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
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
    queue::Append append;
};
struct ForgetNamesOf {
    QueueNumber of{};
    std::uint64_t through = 0;
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
    std::uint64_t size = 0;                                 // of its payload
    queue::WallTime expires = queue::kForever;              // there
    std::shared_ptr<const queue::Provenance> provenance{};  // null: it did not die
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
    std::uint64_t most = Segments::kPayloadMax;  // bytes of a payload
    std::function<void(Reading)> done;
};
struct SweepQueue {
    QueueNumber in{};
    queue::Sweep wanted;
    std::function<void(const queue::Swept&)> done;
};
/// A part of a body file that is mostly dead is emptied.
struct CompactBodies {};
struct RipenQueue {
    QueueNumber in{};
    queue::Ripen wanted;
    std::function<void(const queue::Ripened&)> done;
};
struct WaitForAll {
    std::function<void()> done;
};
using Request = std::variant<AddQueue,
                             SetSettings,
                             DropQueue,
                             AppendMessage,
                             ForgetNamesOf,
                             RemoveMessage,
                             RecountMessage,
                             MoveMessage,
                             SetAside,
                             ReadRange,
                             SweepQueue,
                             CompactBodies,
                             RipenQueue,
                             WaitForAll>;

/// A request that waits.
struct Asked {
    Request request;
    bool joined = false;  // it is in one commit with what was asked after it: of a group
};
using Batch = std::vector<Asked>;

/// What the answers of one batch bring into memory at most, and those of one request more.
inline constexpr std::size_t kBroughtMax = std::size_t{8} * 1024 * 1024;

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
    Batch put_off;                              // to be asked again before all that waits
    int log_pages = 0;
    DiskUse use{};
    bool compact = false;       // a body file is mostly dead
    bool compacted = false;     // a part of one was emptied, which was asked
    std::uint64_t damaged = 0;  // messages that were set aside, all of them
};

/// Does all of a batch, in order, and commits it. Waits for the disk. Once the answers have
/// kBroughtMax bytes, what is behind is put off: all of it, but of a group only what is read, which
/// is then as of the group's end. `claim`: that of these; its lease is renewed on the way. Errors:
/// those of Segments; nothing of the batch is durable then.
[[nodiscard]] Result<Answers> carry_out(Segments& segments, Claim& claim, const Batch& batch);

/// It appends, to another queue, the very message that the last one of a batch appends.
bool goes_with_last(const Batch& batch, const Asked& next);

/// What a request has in memory while it waits, or writes when it is done.
std::size_t weight(const Request& request);

}  // namespace weft::store
