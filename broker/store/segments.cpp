#include "broker/store/segments.hpp"

#include "common/base/assert.hpp"
#include "common/base/conditions.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>

namespace weft::store {
namespace {

tl::unexpected<Error> missing(MessageId id) {
    return fail(kInternalError, "message " + std::to_string(id) + " is not in the store");
}

std::uint64_t bits(QueueNumber number) {
    return static_cast<std::uint64_t>(number);
}

tl::unexpected<Error> no_queue(QueueNumber number) {
    return fail(kInternalError, "something is asked of queue " + std::to_string(bits(number)) +
                                    ", which is gone: an error of this program");
}

/// What it says of its size may be wrong: its body file keeps its bytes as live.
std::uint64_t size_of_damaged(std::uint64_t stated) {
    return std::min<std::uint64_t>(stated, BodyFiles::kInsideMax);
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

Result<Segments::OneQueue*> Segments::one(QueueNumber number) {
    const auto found = queues_.find(number);
    if (found == queues_.end()) {
        return no_queue(number);
    }
    return &found->second;
}

Result<bool> Segments::drop(QueueNumber number) {
    if (auto begun = begin(); !begun) {
        return tl::unexpected(begun.error());
    }
    WEFT_TRY(OneQueue* const queue, one(number));
    if (auto written = write(number, *queue); !written) {
        return tl::unexpected(written.error());
    }
    changed_.erase(number);
    WEFT_TRY(std::vector<SegmentEntry> entries,
             table_.some(number, 0, kLastId, kDroppedSegments + 1));
    const bool complete = entries.size() <= kDroppedSegments;
    entries.resize(std::min(entries.size(), kDroppedSegments));
    for (const SegmentEntry& entry : entries) {
        auto deleted =
            lose_bodies(entry)
                .and_then([&] { return failures_.forget(number, entry.first, entry.last()); })
                .and_then([&] { return delete_segment(number, entry); });
        if (!deleted) {
            return tl::unexpected(deleted.error());
        }
    }
    WEFT_TRY(const bool names_left, drop_names(number));
    if (!complete || names_left) {
        return false;
    }
    if (auto deleted = delete_queue_.bind(1, bits(number)).run(); !deleted) {
        return tl::unexpected(deleted.error());
    }
    failures_.drop(number);
    origins_.drop(number);
    queues_.erase(number);
    return true;
}

/// True: there are more.
Result<bool> Segments::drop_names(QueueNumber number) {
    nth_name_.bind(1, bits(number)).bind(2, std::uint64_t{kDroppedNames});
    WEFT_TRY(const bool more, nth_name_.step());
    const std::uint64_t through = more ? nth_name_.number(0) : kLastId;
    nth_name_.reset();
    return forget_names(number, through).map([more] { return more; });
}

Result<void> Segments::append(QueueNumber to,
                              MessageId id,
                              const Facts& facts,
                              Bytes payload,
                              const queue::Provenance* origin) {
    WEFT_CHECK(payload.size() <= kPayloadMax);
    StoredMessage message{.id = id, .facts = facts, .stored = payload};
    std::array<std::uint8_t, BodyPlace::kSize> place{};
    if (payload.size() > BodyFiles::kInsideMax) {
        WEFT_TRY(const BodyPlace at, bodies_.append(payload));
        place = at.encoded();
        message.stored = place;
        message.outside = true;
        message.file = at.file;
    }
    return add(to, message, origin);
}

Result<void> Segments::add(QueueNumber to,
                           const StoredMessage& message,
                           const queue::Provenance* origin) {
    WEFT_TRY(OneQueue* const queue, one(to));
    changed_.insert(to);
    if (origin != nullptr) {
        auto kept = begin().and_then([&] { return origins_.keep(to, message.id, *origin); });
        if (!kept) {
            return kept;
        }
    }
    if (queue->draft.add(message)) {
        return {};
    }
    if (auto written = write_draft(to, *queue); !written) {
        return written;
    }
    const bool added = queue->draft.add(message);
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
    SegmentDraft& draft = queue.draft;
    const SegmentEntry entry{.first = draft.first(),
                             .count = draft.count(),
                             .live_bytes = draft.payload_bytes(),
                             .expires = draft.expires(),
                             .due = draft.due(),
                             .priorities = draft.priorities(),
                             .file = draft.file()};
    if (auto added = table_.add(number, entry, draft.take_body()); !added) {
        return added;
    }
    if (entry.file != 0) {
        bodies_.join(entry.file);
    }
    queue.draft.clear();
    queue.small.note(entry);
    return {};
}

/// The segment of a message that is there, to be changed.
Result<SegmentEntry*> Segments::touch(QueueNumber number, OneQueue& queue, MessageId id) {
    const auto behind = queue.touched.upper_bound(id);
    if (behind != queue.touched.begin() && id <= std::prev(behind)->second.last()) {
        SegmentEntry& entry = std::prev(behind)->second;
        return entry.is_gone(id) ? nullptr : &entry;
    }
    WEFT_TRY(const auto found, table_.find(number, id));
    if (!found || found->is_gone(id)) {
        return nullptr;
    }
    changed_.insert(number);
    return &queue.touched.emplace(found->first, *found).first->second;
}

Result<void> Segments::remove(QueueNumber from, MessageId id, std::uint64_t size) {
    WEFT_TRY(OneQueue* const queue, one(from));
    WEFT_TRY(SegmentEntry* const entry, touch(from, *queue, id));
    if (entry == nullptr) {
        return missing(id);
    }
    if (entry->file != 0 && size > BodyFiles::kInsideMax) {
        bodies_.lose(entry->file, size);
    }
    return take_out(from, *entry, id, size);
}

/// Its body stays as it is.
Result<void> Segments::take_out(QueueNumber from,
                                SegmentEntry& entry,
                                MessageId id,
                                std::uint64_t size) {
    entry.mark_gone(id);
    entry.live_bytes -= std::min(entry.live_bytes, size);
    if (!failures_.has(from)) {
        return {};
    }
    if (auto begun = begin(); !begun) {
        return begun;
    }
    return failures_.forget(from, id, id);
}

Result<void> Segments::remember(QueueNumber in, const queue::Named& named) {
    if (auto begun = begin(); !begun) {
        return begun;
    }
    auto inserted =
        insert_name_.bind(1, bits(in)).bind(2, named.number).bind(3, as_bytes(named.name)).run();
    return inserted && named.forgotten > 0 ? forget_names(in, named.forgotten) : inserted;
}

Result<void> Segments::forget_names(QueueNumber in, std::uint64_t through) {
    if (auto begun = begin(); !begun) {
        return begun;
    }
    return delete_names_.bind(1, bits(in)).bind(2, through).run();
}

Result<void> Segments::recount(QueueNumber of, MessageId id, std::uint32_t failures) {
    if (auto begun = begin(); !begun) {
        return begun;
    }
    WEFT_TRY([[maybe_unused]] const OneQueue* const queue, one(of));
    return failures_.keep(of, id, failures);
}

/// A body that stands outside stays where it is: it has a place in both segments, of which one is
/// gone.
Result<void> Segments::move(QueueNumber from,
                            MessageId id,
                            QueueNumber to,
                            MessageId new_id,
                            queue::WallTime expires,
                            const queue::Provenance* origin) {
    WEFT_TRY(OneQueue* const queue, one(from));
    if (auto written = write_draft(from, *queue); !written) {
        return written;
    }
    WEFT_TRY(SegmentEntry* const entry, touch(from, *queue, id));
    if (entry == nullptr) {
        return missing(id);
    }
    Buffer stored;
    StoredMessage moved;
    {
        WEFT_TRY(const SegmentMessages messages, table_.messages(*entry));
        moved = message_of(messages.bytes, entry->first, id);
        stored.assign(moved.stored.begin(), moved.stored.end());
        moved.stored = stored;
    }
    const std::uint64_t size = moved.damaged ? size_of_damaged(moved.size()) : moved.size();
    std::vector<queue::Record> known{{.id = id}};
    if (auto described = origins_.describe(from, known); !described) {
        return described;
    }
    const bool died_before = origin != nullptr && known.front().provenance;
    const auto* const kept = died_before ? known.front().provenance.get() : origin;
    const Facts facts{.expires = expires, .priority = moved.facts.priority};
    const bool stays = moved.outside || moved.damaged;  // a damaged one is so there
    moved.id = new_id;
    moved.facts = facts;
    moved.outside = moved.outside && !moved.damaged;
    moved.file = moved.outside ? entry->file : 0;
    auto added = stays ? add(to, moved, kept) : append(to, new_id, facts, stored, kept);
    return added ? take_out(from, *entry, id, size) : added;
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
    return remove(from, id, size_of_damaged(size));
}

// --- reading ---------------------------------------------------------------------------------

Result<Reading> Segments::read(QueueNumber from, const queue::Range& range, std::uint64_t most) {
    const auto found = queues_.find(from);
    if (found == queues_.end()) {
        return Reading{.records = {}, .through = range.through};
    }
    OneQueue& queue = found->second;
    if (auto written = write(from, queue); !written) {
        return tl::unexpected(written.error());
    }
    WEFT_TRY(Reading reading, read_from(from, range, most));
    return failures_.describe(from, reading.records)
        .and_then([&] { return origins_.describe(from, reading.records); })
        .map([&] { return std::move(reading); });
}

Result<Reading> Segments::read_from(QueueNumber number,
                                    const queue::Range& range,
                                    std::uint64_t most) {
    Reading reading{.records = {}, .through = range.through};
    std::size_t bytes = 0;
    bool full = false;
    SegmentEntry* entry = nullptr;
    Result<void> failure;
    const auto each = [&](const StoredMessage& message) {
        if (!message.damaged && (range.priorities & queue::bit_of(message.facts.priority)) == 0) {
            return true;
        }
        bytes += message.size();
        full = !reading.records.empty() &&
               (reading.records.size() >= range.messages || bytes > range.bytes);
        if (full) {
            reading.through = reading.records.back().id;
            return false;
        }
        if (!message.damaged && message.size() > most) {  // then it is the first
            reading.larger = message.size();
            reading.through = message.id - 1;
            full = true;
            return false;
        }
        auto record = record_of(message);
        if (!record) {
            failure = tl::unexpected(record.error());
            return false;
        }
        record->due = entry->is_ripe(message.id) ? 0 : record->due;
        reading.records.push_back(*std::move(record));
        return true;
    };
    const auto wanted = [&](MessageId id) {
        return id >= range.from && id <= range.through && !entry->is_gone(id);
    };
    SegmentWalk walk{table_, number, range.from, range.through};
    std::size_t passed = 0;
    std::size_t barren = 0;
    for (;;) {
        WEFT_TRY(entry, walk.next());
        if (entry == nullptr) {
            return reading;
        }
        const std::size_t before = reading.records.size();
        const bool may_have = (entry->priorities & range.priorities) != 0;
        if (may_have) {
            WEFT_TRY(const SegmentMessages messages, table_.messages(*entry));
            read_segment(messages.bytes, entry->first, entry->count, wanted, each);
        }
        if (!failure) {
            return tl::unexpected(failure.error());
        }
        if (full) {
            return reading;
        }
        barren += may_have && reading.records.size() == before ? 1U : 0U;
        const bool enough = ++passed == kPassedSegments || barren == kBarrenSegments;
        if (enough && entry->last() < range.through) {
            reading.through = entry->last();
            return reading;
        }
    }
}

Result<queue::Swept> Segments::sweep(QueueNumber in, const queue::Sweep& wanted) {
    WEFT_TRY(OneQueue* const queue, one(in));
    if (auto written = write(in, *queue); !written) {
        return tl::unexpected(written.error());
    }
    queue::Swept swept{.through = wanted.through, .complete = true};
    SegmentWalk walk{table_, in, wanted.from, wanted.through};
    std::size_t read = 0;
    for (std::size_t passed = 1;; ++passed) {
        WEFT_TRY(SegmentEntry* const entry, walk.next());
        if (entry == nullptr) {
            return swept;
        }
        bool enough = passed == kPassedSegments;
        if (entry->expires > wanted.now) {
            swept.next = std::min(swept.next, entry->expires);
        } else {
            if (auto done = sweep_segment(in, *entry, wanted, swept); !done) {
                return tl::unexpected(done.error());
            }
            enough |= ++read == kSweptSegments || swept.expired.size() >= wanted.messages;
        }
        if (enough && entry->last() < wanted.through) {
            swept.through = entry->last();
            swept.complete = false;
            return swept;
        }
    }
}

/// What is removed until then may have made `expires` of the segment too early: it is set anew.
Result<void> Segments::sweep_segment(QueueNumber number,
                                     SegmentEntry& entry,
                                     const queue::Sweep& wanted,
                                     queue::Swept& swept) {
    WEFT_TRY(const SegmentMessages messages, table_.messages(entry));
    const queue::WallTime before = std::exchange(entry.expires, queue::kForever);
    const auto is_live = [&](MessageId id) { return !entry.is_gone(id); };
    const auto each = [&](const StoredMessage& message) {
        // Nobody knows when a damaged one expires.
        const Facts facts = message.damaged ? Facts{} : message.facts;
        entry.expires = std::min(entry.expires, facts.expires);
        if (facts.expires > wanted.now) {
            swept.next = std::min(swept.next, facts.expires);
        } else if (message.id >= wanted.from && message.id <= wanted.through) {
            swept.expired.push_back({.id = message.id,
                                     .size = message.size(),
                                     .priority = facts.priority,
                                     .damaged = message.damaged});
        }
        return true;
    };
    read_segment(messages.bytes, entry.first, entry.count, is_live, each);
    if (entry.expires == before) {
        return {};
    }
    if (auto begun = begin(); !begun) {
        return begun;
    }
    return table_.update(number, entry);
}

Result<queue::Ripened> Segments::ripen(QueueNumber in, const queue::Ripen& wanted) {
    WEFT_TRY(OneQueue* const queue, one(in));
    if (auto written = write(in, *queue); !written) {
        return tl::unexpected(written.error());
    }
    queue::Ripened ripened;
    for (std::size_t read = 0;; ++read) {
        WEFT_TRY(const auto entry, table_.first_due(in));
        ripened.next = entry ? entry->due : queue::kForever;
        if (ripened.next > wanted.now || read == kSweptSegments ||
            ripened.ripe.size() >= wanted.messages) {
            return ripened;
        }
        if (auto done = ripen_segment(in, *entry, wanted, ripened); !done) {
            return tl::unexpected(done.error());
        }
    }
}

Result<void> Segments::ripen_segment(QueueNumber number,
                                     SegmentEntry entry,
                                     const queue::Ripen& wanted,
                                     queue::Ripened& ripened) {
    if (auto begun = begin(); !begun) {
        return begun;
    }
    WEFT_TRY(const SegmentMessages messages, table_.messages(entry));
    entry.due = queue::kForever;
    const auto waits = [&](MessageId id) { return !entry.is_gone(id) && !entry.is_ripe(id); };
    const auto each = [&](const StoredMessage& message) {
        const Facts& facts = message.facts;
        if (message.damaged) {  // nobody knows whether it is due, and no load comes to it
            ripened.ripe.push_back({.id = message.id, .size = message.size(), .damaged = true});
            return true;
        }
        if (facts.due == 0) {
            return true;
        }
        if (facts.due > wanted.now || ripened.ripe.size() >= wanted.messages) {
            entry.due = std::min(entry.due, facts.due);
            return true;
        }
        entry.mark_ripe(message.id);
        ripened.ripe.push_back({.id = message.id,
                                .size = message.size(),
                                .expires = facts.expires,
                                .priority = facts.priority});
        return true;
    };
    read_segment(messages.bytes, entry.first, entry.count, waits, each);
    return table_.update(number, entry);
}

// --- commit ----------------------------------------------------------------------------------

Result<void> Segments::write_touched(QueueNumber number, OneQueue& queue) {
    for (const auto& [first, entry] : std::exchange(queue.touched, {})) {
        if (auto begun = begin(); !begun) {
            return begun;
        }
        auto written =
            entry.live() > 0 ? table_.update(number, entry) : delete_segment(number, entry);  // F1
        if (!written) {
            return written;
        }
    }
    return {};
}

/// All that is known of it here and not yet in the file; what is read is read there.
Result<void> Segments::write(QueueNumber number, OneQueue& queue) {
    auto written = write_draft(number, queue);
    return written ? write_touched(number, queue) : written;
}

Result<void> Segments::write_changed() {
    for (const QueueNumber number : std::exchange(changed_, {})) {
        OneQueue& queue = queues_.at(number);
        if (auto written = write(number, queue); !written) {
            return written;
        }
        if (auto joined = queue.small.join(number, table_, bodies_); !joined) {
            return joined;
        }
    }
    return {};
}

Result<void> Segments::commit() {
    if (auto written = write_changed(); !written) {
        return written;
    }
    if (bodies_.has_changed()) {
        if (auto begun = begin(); !begun) {
            return begun;
        }
    }
    if (!std::exchange(in_transaction_, false)) {
        return {};
    }
    if (auto held = claim_->confirm(); !held) {  // F3
        return held;
    }
    if (bodies_.has_changed()) {
        if (auto flushed = bodies_.flush(); !flushed) {
            return flushed;
        }
    }
    if (auto done = database_.run("COMMIT"); !done) {
        return done;
    }
    bodies_.committed();
    table_.committed();
    return {};
}

}  // namespace weft::store
