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
                         .expires = message.expires,
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
    WEFT_TRY(const bool row, read_segment_.bind(1, entry.row).step());
    WEFT_CHECK(row);
    const auto is_live = [&](MessageId id) { return !entry.is_gone(id); };
    read_segment(read_segment_.bytes(0), entry.first, entry.count, is_live,
                 [&](const StoredMessage& message) {
                     if (message.outside && !message.damaged) {
                         bodies_.lose(entry.file, message.size());
                     }
                     return true;
                 });
    read_segment_.reset();
    return {};
}

Result<void> Segments::delete_segment(const SegmentEntry& entry) {
    if (entry.file != 0) {
        bodies_.leave(entry.file);
        auto left = leave_file_.bind(1, entry.file).bind(2, entry.row).run();
        if (!left) {
            return left;
        }
    }
    return delete_segment_.bind(1, entry.row).run();
}

Result<void> Segments::compact() {
    const auto file = bodies_.wasteful();
    if (!file) {
        return {};
    }
    if (auto begun = begin(); !begun) {
        return begun;
    }
    for (std::uint64_t copied = 0; copied < kCompactedBytes;) {
        WEFT_TRY(const bool more, segments_of_.bind(1, *file).step());
        if (!more) {
            return {};
        }
        const std::uint64_t row = segments_of_.number(0);
        const QueueNumber queue{segments_of_.number(1)};
        const MessageId first = segments_of_.number(2);
        segments_of_.reset();
        const auto found = queues_.find(queue);
        SegmentEntry* const entry =
            found == queues_.end() ? nullptr : found->second.segments.find(first);
        if (entry == nullptr || entry->row != row) {  // all of it went in this batch
            return {};
        }
        WEFT_TRY(const std::uint64_t bytes, move_bodies(*entry));
        copied += bytes;
    }
    return {};
}

/// Its live bodies go to the file that is appended to; what is gone keeps its place in the row.
Result<std::uint64_t> Segments::move_bodies(SegmentEntry& entry) {
    WEFT_TRY(const bool row, read_segment_.bind(1, entry.row).step());
    WEFT_CHECK(row);
    const Bytes view = read_segment_.bytes(0);
    const Buffer body{view.begin(), view.end()};
    read_segment_.reset();
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
        body, entry.first, entry.count, [](MessageId) { return true; }, each);
    if (!copied) {
        return copied;
    }
    auto left = leave_file_.bind(1, entry.file).bind(2, entry.row).run();
    if (!left) {
        return tl::unexpected(left.error());
    }
    bodies_.leave(entry.file);
    entry.file = draft.file();
    if (entry.file != 0) {
        bodies_.join(entry.file);
        auto joined = join_file_.bind(1, entry.file).bind(2, entry.row).run();
        if (!joined) {
            return tl::unexpected(joined.error());
        }
    }
    auto written = rewrite_segment_.bind(1, draft.body()).bind(2, entry.row).run();
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
