#include "broker/store/segments.hpp"

#include "common/base/assert.hpp"
#include "common/base/conditions.hpp"

#include <algorithm>
#include <array>
#include <memory>

namespace weft::store {
namespace {

tl::unexpected<Error> missing(MessageId id) {
    return fail(kInternalError, "message " + std::to_string(id) + " is not in the store");
}

std::uint64_t bits(QueueNumber number) {
    return static_cast<std::uint64_t>(number);
}

}  // namespace

Result<void> Segments::begin() {
    if (in_transaction_) {
        return {};
    }
    in_transaction_ = true;
    return database_.run("BEGIN IMMEDIATE");
}

Result<void> Segments::add_queue(QueueNumber number,
                                 std::string_view name,
                                 std::string_view settings) {
    if (auto begun = begin(); !begun) {
        return begun;
    }
    queues_.try_emplace(number);
    return insert_queue_.bind(1, bits(number)).bind(2, name).bind(3, settings).run();
}

Result<void> Segments::set_settings(QueueNumber number, std::string_view settings) {
    if (auto begun = begin(); !begun) {
        return begun;
    }
    return update_settings_.bind(1, settings).bind(2, bits(number)).run();
}

Result<bool> Segments::drop(QueueNumber number) {
    if (auto begun = begin(); !begun) {
        return tl::unexpected(begun.error());
    }
    OneQueue& queue = queues_.at(number);
    if (auto written = write_draft(number, queue); !written) {
        return tl::unexpected(written.error());
    }
    queue.touched.clear();
    changed_.erase(number);
    for (std::size_t i = 0; i < kDroppedSegments && !queue.segments.empty(); ++i) {
        const SegmentEntry entry = *queue.segments.first_from(0);
        if (auto lost = lose_bodies(entry); !lost) {
            return tl::unexpected(lost.error());
        }
        if (auto deleted = delete_segment(entry); !deleted) {
            return tl::unexpected(deleted.error());
        }
        queue.segments.erase(entry);
    }
    if (!queue.segments.empty()) {
        return false;
    }
    if (auto deleted = delete_all_failures_.bind(1, bits(number)).run(); !deleted) {
        return tl::unexpected(deleted.error());
    }
    if (auto deleted = delete_queue_.bind(1, bits(number)).run(); !deleted) {
        return tl::unexpected(deleted.error());
    }
    queues_.erase(number);
    return true;
}

Result<void> Segments::append(QueueNumber to,
                              MessageId id,
                              queue::WallTime expires,
                              Bytes payload) {
    WEFT_CHECK(payload.size() <= kPayloadMax);
    OneQueue& queue = queues_.at(to);
    changed_.insert(to);
    StoredMessage message{.id = id, .expires = expires, .stored = payload};
    std::array<std::uint8_t, BodyPlace::kSize> place{};
    if (payload.size() > BodyFiles::kInsideMax) {
        WEFT_TRY(const BodyPlace at, bodies_.append(payload));
        place = at.encoded();
        message.stored = place;
        message.outside = true;
        message.file = at.file;
    }
    if (queue.draft.add(message)) {
        return {};
    }
    if (auto written = write_draft(to, queue); !written) {
        return written;
    }
    const bool added = queue.draft.add(message);
    WEFT_CHECK(added);
    return {};
}

Result<void> Segments::write_draft(QueueNumber number, OneQueue& queue) {
    if (queue.draft.empty()) {
        return {};
    }
    if (auto begun = begin(); !begun) {
        return begun;
    }
    const SegmentDraft& draft = queue.draft;
    const SegmentEntry entry{.row = next_row_++,
                             .first = draft.first(),
                             .count = draft.count(),
                             .expires = draft.expires(),
                             .file = draft.file()};
    auto inserted = insert_segment_.bind(1, entry.row)
                        .bind(2, bits(number))
                        .bind(3, entry.first)
                        .bind(4, std::uint64_t{entry.count})
                        .bind(5, draft.payload_bytes())
                        .bind(6, draft.expires())
                        .bind(7, draft.body())
                        .run();
    queue.segments.add(entry);
    queue.draft.clear();
    if (!inserted || entry.file == 0) {
        return inserted;
    }
    bodies_.join(entry.file);
    return join_file_.bind(1, entry.file).bind(2, entry.row).run();
}

Result<void> Segments::remove(QueueNumber from, MessageId id, std::uint64_t size) {
    OneQueue& queue = queues_.at(from);
    SegmentEntry* entry = queue.segments.find(id);
    if (entry == nullptr || entry->is_gone(id)) {
        return missing(id);
    }
    entry->mark_gone(id);
    if (entry->file != 0 && size > BodyFiles::kInsideMax) {
        bodies_.lose(entry->file, size);
    }
    queue.touched[entry->first] += size;
    changed_.insert(from);
    return forget_failures(from, queue, id);
}

Result<void> Segments::recount(QueueNumber of, MessageId id, std::uint32_t failures) {
    if (auto begun = begin(); !begun) {
        return begun;
    }
    queues_.at(of).recounted.insert(id);
    return insert_failures_.bind(1, bits(of)).bind(2, id).bind(3, std::uint64_t{failures}).run();
}

Result<void> Segments::forget_failures(QueueNumber number, OneQueue& queue, MessageId id) {
    if (queue.recounted.erase(id) == 0) {
        return {};
    }
    if (auto begun = begin(); !begun) {
        return begun;
    }
    return delete_failures_.bind(1, bits(number)).bind(2, id).run();
}

Result<void> Segments::move(
    QueueNumber from, MessageId id, QueueNumber to, MessageId new_id, queue::WallTime expires) {
    WEFT_TRY(const Reading reading,
             read(from, {.from = id, .through = id, .messages = 1, .bytes = 0}));
    if (reading.records.empty()) {
        return missing(id);
    }
    const queue::Record& record = reading.records.front();
    if (auto appended = append(to, new_id, expires, *record.payload); !appended) {
        return appended;
    }
    if (record.damaged) {  // there as here
        queues_.at(to).draft.spoil_last();
    }
    return remove(from, id, record.size);
}

Result<void> Segments::set_aside(QueueNumber from, MessageId id, std::uint64_t size) {
    WEFT_TRY(const Reading reading,
             read(from, {.from = id, .through = id, .messages = 1, .bytes = 0}));
    if (reading.records.empty()) {
        return missing(id);
    }
    if (auto begun = begin(); !begun) {
        return begun;
    }
    const Buffer& body = *reading.records.front().payload;
    auto kept = insert_damaged_.bind(1, bits(from)).bind(2, id).bind(3, Bytes{body}).run();
    if (!kept) {
        return kept;
    }
    ++damaged_;
    return remove(from, id, size);
}

// --- reading ---------------------------------------------------------------------------------

Result<Reading> Segments::read(QueueNumber from, const queue::Range& range) {
    OneQueue& queue = queues_.at(from);
    if (auto written = write_draft(from, queue); !written) {
        return tl::unexpected(written.error());
    }
    WEFT_TRY(Reading reading, read_from(queue, range));
    if (!queue.recounted.empty() && !reading.records.empty()) {
        if (auto done = read_failures(from, reading); !done) {
            return tl::unexpected(done.error());
        }
    }
    return reading;
}

Result<Reading> Segments::read_from(OneQueue& queue, const queue::Range& range) {
    Reading reading{.records = {}, .through = range.through};
    std::size_t bytes = 0;
    bool full = false;
    Result<void> failure;
    const auto each = [&](const StoredMessage& message) {
        bytes += message.size();
        full = !reading.records.empty() &&
               (reading.records.size() >= range.messages || bytes > range.bytes);
        if (full) {
            reading.through = reading.records.back().id;
            return false;
        }
        auto record = record_of(message);
        if (!record) {
            failure = tl::unexpected(record.error());
            return false;
        }
        reading.records.push_back(*std::move(record));
        return true;
    };
    const SegmentEntry* entry = queue.segments.first_from(range.from);
    while (entry != nullptr && entry->first <= range.through && !full) {
        WEFT_TRY(const bool row, read_segment_.bind(1, entry->row).step());
        if (!row) {
            return missing(entry->first);
        }
        const auto wanted = [&](MessageId id) {
            return id >= range.from && id <= range.through && !entry->is_gone(id);
        };
        read_segment(read_segment_.bytes(0), entry->first, entry->count, wanted, each);
        read_segment_.reset();
        if (!failure) {
            return tl::unexpected(failure.error());
        }
        entry = queue.segments.first_from(entry->last() + 1);
    }
    return reading;
}

Result<queue::Swept> Segments::sweep(QueueNumber in, const queue::Sweep& wanted) {
    OneQueue& queue = queues_.at(in);
    if (auto written = write_draft(in, queue); !written) {
        return tl::unexpected(written.error());
    }
    queue::Swept swept{.through = wanted.through, .complete = true};
    std::size_t read = 0;
    std::size_t passed = 0;
    for (SegmentEntry* entry = queue.segments.first_from(wanted.from);
         entry != nullptr && entry->first <= wanted.through;
         entry = queue.segments.first_from(entry->last() + 1)) {
        const bool last_one = ++passed == kPassedSegments;
        if (entry->expires > wanted.now) {
            swept.next = std::min(swept.next, entry->expires);
            if (last_one && entry->last() < wanted.through) {
                swept.through = entry->last();
                swept.complete = false;
                break;
            }
            continue;
        }
        if (auto done = sweep_segment(*entry, wanted, swept); !done) {
            return tl::unexpected(done.error());
        }
        const bool enough =
            last_one || ++read == kSweptSegments || swept.expired.size() >= wanted.messages;
        if (enough && entry->last() < wanted.through) {
            swept.through = entry->last();
            swept.complete = false;
            break;
        }
    }
    return swept;
}

/// What is removed until then may have made `expires` of the segment too early: it is set anew.
Result<void> Segments::sweep_segment(SegmentEntry& entry,
                                     const queue::Sweep& wanted,
                                     queue::Swept& swept) {
    WEFT_TRY(const bool row, read_segment_.bind(1, entry.row).step());
    if (!row) {
        return missing(entry.first);
    }
    entry.expires = queue::kForever;
    const auto is_live = [&](MessageId id) { return !entry.is_gone(id); };
    const auto each = [&](const StoredMessage& message) {
        if (message.damaged) {  // nobody knows when it expires: who reads it finds it so
            return true;
        }
        entry.expires = std::min(entry.expires, message.expires);
        if (message.expires > wanted.now) {
            swept.next = std::min(swept.next, message.expires);
        } else if (message.id >= wanted.from && message.id <= wanted.through) {
            swept.expired.push_back({.id = message.id, .size = message.size()});
        }
        return true;
    };
    read_segment(read_segment_.bytes(0), entry.first, entry.count, is_live, each);
    read_segment_.reset();
    return {};
}

Result<void> Segments::read_failures(QueueNumber number, Reading& reading) {
    auto record = reading.records.begin();
    read_failures_.bind(1, bits(number)).bind(2, record->id).bind(3, reading.records.back().id);
    for (;;) {
        WEFT_TRY(const bool row, read_failures_.step());
        if (!row) {
            return {};
        }
        while (record != reading.records.end() && record->id < read_failures_.number(0)) {
            ++record;
        }
        if (record != reading.records.end() && record->id == read_failures_.number(0)) {
            record->failures = static_cast<std::uint32_t>(read_failures_.number(1));
        }
    }
}

// --- commit ----------------------------------------------------------------------------------

Result<void> Segments::write_touched(QueueNumber number, OneQueue& queue) {
    for (const auto& [first, bytes] : std::exchange(queue.touched, {})) {
        if (auto begun = begin(); !begun) {
            return begun;
        }
        const SegmentEntry entry = *queue.segments.find(first);
        if (entry.live() > 0) {
            auto updated =
                update_segment_.bind(1, entry.gone).bind(2, bytes).bind(3, entry.row).run();
            if (!updated) {
                return updated;
            }
            continue;
        }
        if (entry.last() == queue.segments.last_id()) {  // F2
            auto updated = update_last_.bind(1, entry.last()).bind(2, bits(number)).run();
            if (!updated) {
                return updated;
            }
        }
        if (auto deleted = delete_segment(entry); !deleted) {  // F1
            return deleted;
        }
        queue.segments.erase(entry);
    }
    return {};
}

Result<void> Segments::commit() {
    for (const QueueNumber number : std::exchange(changed_, {})) {
        OneQueue& queue = queues_.at(number);
        if (auto written = write_draft(number, queue); !written) {
            return written;
        }
        if (auto written = write_touched(number, queue); !written) {
            return written;
        }
    }
    if (bodies_.has_changed()) {
        if (auto begun = begin(); !begun) {
            return begun;
        }
        if (auto flushed = bodies_.flush(); !flushed) {
            return flushed;
        }
    }
    if (!std::exchange(in_transaction_, false)) {
        return {};
    }
    if (auto done = database_.run("COMMIT"); !done) {
        return done;
    }
    bodies_.committed();
    return {};
}

}  // namespace weft::store
