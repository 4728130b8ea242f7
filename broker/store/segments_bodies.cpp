/// What segments do with bodies that stand in files.
#include "broker/store/segments.hpp"
#include "common/base/assert.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace weft::store {

/// A message that was read, with its payload, wherever that is.
Result<queue::Record> Segments::record_of(const StoredMessage& message) {
    queue::Record record{.id = message.id,
                         .size = message.size(),
                         .expires = message.facts.expires,
                         .due = message.facts.due,
                         .priority = message.facts.priority,
                         .damaged = message.damaged};
    if (!message.outside || message.damaged) {
        record.payload =
            std::make_shared<const Buffer>(message.stored.begin(), message.stored.end());
        return record;
    }
    WEFT_TRY(BodyFiles::Read read, bodies_.read(BodyPlace::decoded(message.stored)));
    record.damaged = read.damaged;
    record.payload = std::make_shared<const Buffer>(std::move(read.body));
    return record;
}

/// The bodies of a segment that is deleted whole.
Result<void> Segments::lose_bodies(const SegmentEntry& entry) {
    if (entry.file == 0) {
        return {};
    }
    WEFT_TRY(const SegmentMessages messages, table_.messages(entry));
    const auto is_live = [&](MessageId id) { return !entry.is_gone(id); };
    read_segment(messages.bytes, entry.first, entry.count, is_live,
                 [&](const StoredMessage& message) {
                     if (message.outside && !message.damaged) {
                         bodies_.lose(entry.file, message.size());
                     }
                     return true;
                 });
    return {};
}

Result<void> Segments::delete_segment(QueueNumber number, const SegmentEntry& entry) {
    if (entry.file != 0) {
        bodies_.leave(entry.file);
    }
    if (auto erased = table_.erase(number, entry); !erased) {
        return erased;
    }
    if (auto forgotten = origins_.forget(number, entry.first, entry.last()); !forgotten) {
        return forgotten;
    }
    return update_last_.bind(1, static_cast<std::uint64_t>(number)).bind(2, entry.last()).run();
}

Result<void> Segments::compact() {
    const auto file = bodies_.wasteful();
    if (!file) {
        return {};
    }
    if (auto begun = begin(); !begun) {
        return begun;
    }
    if (auto written = write_changed(); !written) {
        return written;
    }
    for (std::uint64_t copied = 0; copied < kCompactedBytes;) {
        WEFT_TRY(const auto found, table_.one_in(*file));
        if (!found) {
            return {};
        }
        WEFT_TRY(const std::uint64_t bytes, move_bodies(found->queue, found->entry));
        copied += bytes;
    }
    return {};
}

/// Its live bodies go to the file that is appended to; what is gone keeps its place in the row.
Result<std::uint64_t> Segments::move_bodies(QueueNumber number, SegmentEntry entry) {
    WEFT_TRY(const SegmentMessages messages, table_.messages(entry));
    SegmentDraft draft;
    Result<std::uint64_t> copied = std::uint64_t{0};
    const auto each = [&](const StoredMessage& message) {
        StoredMessage moved = message;
        std::array<std::uint8_t, BodyPlace::kSize> place{};
        if (message.outside && !message.damaged && !entry.is_gone(message.id)) {
            auto to = copy_body(BodyPlace::decoded(message.stored));
            if (!to) {
                copied = tl::unexpected(to.error());
                return false;
            }
            *copied += to->size;
            bodies_.lose(entry.file, to->size);
            place = to->encoded();
            moved.stored = place;
            moved.file = to->file;
        }
        draft.add_again(moved);
        return true;
    };
    read_segment(
        messages.bytes, entry.first, entry.count, [](MessageId) { return true; }, each);
    if (!copied) {
        return copied;
    }
    bodies_.leave(entry.file);
    entry.file = draft.file();
    if (entry.file != 0) {
        bodies_.join(entry.file);
    }
    if (auto kept = table_.rewrite(entry, draft.body()); !kept) {
        return tl::unexpected(kept.error());
    }
    auto written = table_.update(number, entry);
    if (!written) {
        return tl::unexpected(written.error());
    }
    return copied;
}

/// A damaged one is damaged where it goes: its checksum goes with it.
Result<BodyPlace> Segments::copy_body(const BodyPlace& from) {
    WEFT_TRY(BodyFiles::Read read, bodies_.read(from));
    read.body.resize(from.size);
    WEFT_TRY(BodyPlace to, bodies_.append(read.body));
    to.sum = read.damaged && to.sum == from.sum ? ~from.sum : from.sum;
    return to;
}

}  // namespace weft::store
