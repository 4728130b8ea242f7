#include "broker/store/snapshot.hpp"

#include "broker/store/checksum.hpp"
#include "broker/store/schema.hpp"
#include "broker/store/segment.hpp"
#include "common/base/conditions.hpp"
#include "common/sqlite/folder_lock.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

namespace weft::store {
namespace {

constexpr std::size_t kPartBytes = std::size_t{1024} * 1024;

std::string file_in(const std::string& folder) {
    return folder + "/store.db";
}

/// A store may have more body files than a process may have open, unless it asks.
void allow_open_files() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
}

void note_fault(Verdict& verdict, std::string text) {
    ++verdict.faults;
    if (verdict.named.size() < Verdict::kFaultsMax) {
        verdict.named.push_back(std::move(text));
    }
}

Result<void> make_folder(const std::string& folder) {
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed) {
        return fail(kInternalError, "'" + folder + "' can't be made: " + failed.message());
    }
    return {};
}

Result<Verdict> verified(const std::string& folder) {
    WEFT_TRY(Snapshot snapshot, Snapshot::take(folder));
    return snapshot.verify();
}

}  // namespace

Result<Snapshot> Snapshot::take(const std::string& folder) {
    allow_open_files();
    Snapshot snapshot;
    snapshot.folder_ = folder;
    std::error_code ignored;
    if (!std::filesystem::exists(file_in(folder), ignored)) {
        return fail(kNotFound, "there is no store in '" + folder + "'");
    }
    WEFT_TRY(snapshot.database_, Database::open(file_in(folder)));
    snapshot.database_.close_untouched();
    for (int attempt = 1;; ++attempt) {
        if (auto begun = snapshot.database_.run("PRAGMA query_only = ON; BEGIN"); !begun) {
            return tl::unexpected(begun.error());
        }
        if (auto known = check_schema(snapshot.database_); !known) {
            Error error = known.error();
            error.text = "the store in '" + folder + "': " + error.text;
            return tl::unexpected(std::move(error));
        }
        WEFT_TRY(const bool complete, snapshot.hold_bodies());
        if (complete || attempt == kAttempts) {
            return snapshot;
        }
        // Some were deleted since the transaction began: those that are there now are held.
        if (auto ended = snapshot.database_.run("ROLLBACK"); !ended) {
            return tl::unexpected(ended.error());
        }
    }
}

/// False: one is missing.
Result<bool> Snapshot::hold_bodies() {
    WEFT_TRY(Statement rows, database_.prepare("SELECT id, size FROM body_file"));
    std::set<std::uint64_t> wanted;
    bool complete = true;
    for (;;) {
        WEFT_TRY(const bool row, rows.step());
        if (!row) {
            break;
        }
        const std::uint64_t number = rows.number(0);
        wanted.insert(number);
        Body& body = bodies_[number];
        body.size = rows.number(1);
        if (body.file.is_open()) {
            continue;
        }
        const std::string path = BodyFiles::folder_in(folder_) + "/" + std::to_string(number);
        if (auto opened = File::open(path, File::Mode::read)) {
            body.file = *std::move(opened);
        } else {
            complete = false;
        }
    }
    std::erase_if(bodies_, [&](const auto& one) { return !wanted.contains(one.first); });
    return complete;
}

// --- reading all of it -----------------------------------------------------------------------

Result<Verdict> Snapshot::verify() {
    Verdict verdict{.body_files = bodies_.size()};
    WEFT_TRY(verdict.queues, database_.number("SELECT count(*) FROM queue"));
    if (auto checked = check_file(verdict); !checked) {
        return tl::unexpected(checked.error());
    }
    if (verdict.faults == 0) {
        auto checked = check_segments(verdict).and_then([&] { return check_shares(verdict); });
        if (!checked) {
            return tl::unexpected(checked.error());
        }
    }
    WEFT_TRY(Statement rows,
             database_.prepare("SELECT coalesce(queue.name, ''), message, length(body) FROM damaged"
                               " LEFT JOIN queue ON queue.id = damaged.queue"));
    for (;;) {
        WEFT_TRY(const bool row, rows.step());
        if (!row) {
            return verdict;
        }
        verdict.set_aside.push_back({.queue = std::string{rows.text(0)},
                                     .message = rows.number(1),
                                     .bytes = rows.number(2)});
    }
}

Result<void> Snapshot::check_file(Verdict& verdict) {
    WEFT_TRY(Statement rows, database_.prepare("PRAGMA integrity_check"));
    for (;;) {
        WEFT_TRY(const bool row, rows.step());
        if (!row) {
            return {};
        }
        if (rows.text(0) != "ok") {
            note_fault(verdict, "the database: " + std::string{rows.text(0)});
        }
    }
}

Result<void> Snapshot::check_segments(Verdict& verdict) {
    WEFT_TRY(Statement rows,
             database_.prepare(
                 "SELECT coalesce(name, ''), first, count, gone, messages FROM segment"
                 " LEFT JOIN queue ON queue.id = segment.queue"
                 " LEFT JOIN body ON body.id = segment.body ORDER BY segment.queue, first"));
    for (;;) {
        WEFT_TRY(const bool row, rows.step());
        if (!row) {
            return {};
        }
        const std::string queue{rows.text(0)};
        const std::uint64_t gone = rows.number(3);
        const MessageId first = rows.number(1);
        const std::size_t count = std::min<std::size_t>(rows.number(2), kSegmentMessagesMax);
        Result<void> failure;
        const auto each = [&](const StoredMessage& message) {
            std::string fault = message.damaged ? "its checksum is wrong" : "";
            if (message.outside && fault.empty()) {
                failure = check_body(BodyPlace::decoded(message.stored), fault);
            }
            if (fault.empty()) {
                ++verdict.messages;
                verdict.bytes += message.size();
            } else {
                std::string found = "message " + std::to_string(message.id) + " of queue '";
                found.append(queue).append("': ").append(fault);
                note_fault(verdict, std::move(found));
            }
            return failure.has_value();
        };
        read_segment(
            rows.bytes(4), first, count,
            [&](MessageId id) { return (gone >> (id - first) & 1) == 0; }, each);
        if (!failure) {
            return failure;
        }
    }
}

/// A row that fewer segments are said to have than do would go too early.
Result<void> Snapshot::check_shares(Verdict& verdict) {
    WEFT_TRY(Statement rows,
             database_.prepare(
                 "SELECT body, said, has FROM (SELECT segment.body AS body, count(*) AS has,"
                 " coalesce(max(shared_body.segments), 1) AS said FROM segment"
                 " LEFT JOIN shared_body ON shared_body.body = segment.body GROUP BY segment.body)"
                 " WHERE said <> has"));
    for (;;) {
        WEFT_TRY(const bool row, rows.step());
        if (!row) {
            return {};
        }
        note_fault(verdict, "row " + std::to_string(rows.number(0)) + " of the table body: " +
                                std::to_string(rows.number(2)) + " segments have it, and " +
                                std::to_string(rows.number(1)) + " are counted");
    }
}

Result<void> Snapshot::check_body(const BodyPlace& place, std::string& fault) {
    const auto body = bodies_.find(place.file);
    const std::string name = "its body file " + std::to_string(place.file);
    if (body == bodies_.end() || !body->second.file.is_open()) {
        fault = name + " is missing";
        return {};
    }
    if (place.offset + place.size > body->second.size) {
        fault = name + " is too short";
        return {};
    }
    Buffer bytes(place.size);
    WEFT_TRY(const std::size_t there, body->second.file.read(bytes, place.offset));
    if (there < bytes.size()) {
        fault = name + " is too short";
    } else if (checksum(bytes) != place.sum) {
        fault = "its checksum is wrong in " + name.substr(4);
    }
    return {};
}

// --- copies ----------------------------------------------------------------------------------

Result<void> Snapshot::copy_to(const std::string& folder) {
    const std::string bodies = BodyFiles::folder_in(folder);
    std::error_code failed;
    std::filesystem::remove_all(bodies, failed);  // of a copy that was cut short
    std::filesystem::remove(file_in(folder) + ".partial", failed);
    if (auto made = make_folder(bodies); !made) {
        return made;
    }
    for (const auto& [number, body] : bodies_) {
        if (auto copied = copy_body(number, bodies + "/" + std::to_string(number)); !copied) {
            return copied;
        }
    }
    const std::string partial = file_in(folder) + ".partial";
    if (auto copied = database_.copy_to(partial); !copied) {
        return copied;
    }
    std::filesystem::rename(partial, file_in(folder), failed);
    if (failed) {
        return fail(kInternalError, "'" + partial + "' can't be renamed: " + failed.message());
    }
    return flush_folder(folder);
}

Result<void> Snapshot::copy_body(std::uint64_t number, const std::string& to) {
    Body& body = bodies_.at(number);
    if (!body.file.is_open()) {
        return fail(kInternalError, "body file " + std::to_string(number) +
                                        " is missing: 'weft broker verify' names its messages");
    }
    WEFT_TRY(File copy, File::open(to, File::Mode::write));
    Buffer part(kPartBytes);
    for (std::uint64_t at = 0; at < body.size;) {
        const auto wanted = std::min<std::uint64_t>(part.size(), body.size - at);
        WEFT_TRY(const std::size_t read, body.file.read(std::span{part}.first(wanted), at));
        if (read == 0) {
            return fail(kInternalError, "body file " + std::to_string(number) +
                                            " is too short: 'weft broker verify' names its "
                                            "messages");
        }
        if (auto written = copy.write(Bytes{part}.first(read), at); !written) {
            return written;
        }
        at += read;
    }
    return copy.sync();
}

Result<Verdict> back_up(const std::string& folder, const std::string& to) {
    std::error_code failed;
    if (std::filesystem::exists(to, failed) && !std::filesystem::is_empty(to, failed)) {
        return fail(kNotAllowed, "'" + to + "' is not empty: name a folder that is, or none");
    }
    WEFT_TRY(Snapshot snapshot, Snapshot::take(folder));
    if (auto made = make_folder(to); !made) {
        return tl::unexpected(made.error());
    }
    if (auto copied = snapshot.copy_to(to); !copied) {
        return tl::unexpected(copied.error());
    }
    return verified(to);
}

Result<Verdict> restore(const std::string& copy, const std::string& folder) {
    WEFT_TRY(const Verdict verdict, verified(copy));
    if (verdict.faults > 0) {
        return fail(kInternalError, "the copy in '" + copy + "' has " +
                                        std::to_string(verdict.faults) +
                                        " faults ('weft broker verify' names them): take another");
    }
    WEFT_TRY(const sqlite::FolderLock lock, sqlite::FolderLock::take(folder, "broker"));
    std::error_code failed;
    if (std::filesystem::exists(file_in(folder), failed)) {
        return fail(kNotAllowed, "'" + folder +
                                     "' has a store already, which is not overwritten: move it "
                                     "away, or name another folder");
    }
    WEFT_TRY(Snapshot snapshot, Snapshot::take(copy));
    if (auto copied = snapshot.copy_to(folder); !copied) {
        return tl::unexpected(copied.error());
    }
    return verified(folder);
}

}  // namespace weft::store
