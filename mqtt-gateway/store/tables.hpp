#pragma once

#include "common/sqlite/database.hpp"
#include "common/sqlite/folder_lock.hpp"
#include "mqtt-gateway/store/records.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weft::mqtt_store {

struct TablesOptions {
    std::string folder{};
    std::uint64_t bytes_max = 0;  // of the file; 0: as the disk allows
};

/// What the store had when it was opened.
struct Known {
    std::vector<KnownSession> sessions{};
    std::vector<SharedMessage> retained{};
    std::vector<KnownWill> wills{};
    std::vector<SeenName> seen{};  // in the order of numbers
    BodyNumber last_body{};        // the youngest that there is
};

/// What left a session's queue.
struct Freed {
    SessionNumber session{};
    QueueSize size{};
};

/// A store's file: sessions, their queues, retained messages, fired wills, names. Calls wait for
/// the disk. What was asked for is durable once `commit` says so; what is read is as of all that
/// was asked before. After an error it is of no use any more: what was not committed is gone.
///
///   F1  what belongs to a session goes with it
///   F2  one process has the file, beside those that only read it
///   F3  a body is there as long as an entry has it
///
/// Threading: one thread at a time.
class Tables {
public:
    static constexpr std::uint64_t kVersion = 7;  // of the schema
    static constexpr std::uint64_t kPageSize = 8192;
    /// Bytes of messages that one reading holds; one message may be more.
    static constexpr std::size_t kReadBytesMax = std::size_t{1024} * 1024;

    /// Takes the lock and opens the file, or makes it. Errors: with the path, and what to do.
    [[nodiscard]] static Result<Tables> open(const TablesOptions& options);

    [[nodiscard]] Result<Known> load();
    /// Makes it, or changes it.
    [[nodiscard]] Result<void> put_session(SessionNumber session, const SessionRow& row);
    [[nodiscard]] Result<void> drop_session(SessionNumber session);
    [[nodiscard]] Result<void> put_subscription(SessionNumber session,
                                                const StoredSubscription& subscription);
    [[nodiscard]] Result<void> remove_subscription(SessionNumber session, std::string_view filter);
    [[nodiscard]] Result<void> put_incoming(SessionNumber session, const IncomingId& id);
    /// Rows that are not taken go; those of `under_way` come, where none is.
    [[nodiscard]] Result<void> set_serials(SessionNumber session,
                                           std::uint64_t base,
                                           std::span<const IncomingId> under_way);

    /// `body` not 0: the message is written if no entry has it yet, and goes with the last one.
    [[nodiscard]] Result<void> add_entry(SessionNumber session,
                                         EntryNumber number,
                                         const mqtt_mapping::KeptMessage& message,
                                         BodyNumber body = {});
    /// What left the queue; nothing if the entry is not there.
    [[nodiscard]] Result<QueueSize> put_outgoing(SessionNumber session, const OutgoingId& id);
    [[nodiscard]] Result<QueueSize> remove_entry(SessionNumber session, EntryNumber number);
    [[nodiscard]] Result<QueueReading> read_queue(SessionNumber session,
                                                  EntryNumber after,
                                                  std::size_t most);
    /// Removes up to `most` that have expired, and appends them one by one. Their numbers are not
    /// given again: devices may have begun to take them.
    [[nodiscard]] Result<void> sweep(WallTime now, std::size_t most, std::vector<Freed>& freed);

    [[nodiscard]] Result<void> put_retained(const mqtt_mapping::KeptMessage& message);
    [[nodiscard]] Result<void> remove_retained(std::string_view topic);
    [[nodiscard]] Result<void> put_will(WillNumber number, const FiredWill& will);
    [[nodiscard]] Result<void> remove_will(WillNumber number);
    /// Those up to `forgotten` go.
    [[nodiscard]] Result<void> put_seen(const SeenName& seen, std::uint64_t forgotten);
    [[nodiscard]] Result<void> commit();

    /// Bytes of the file that something stands in.
    [[nodiscard]] Result<std::uint64_t> file_bytes();
    /// Pages of the log as of the last commit.
    int log_pages() const { return database_.log_pages(); }
    /// The log begins anew, if nobody reads it.
    [[nodiscard]] Result<int> restart_log() {
        return database_.checkpoint(sqlite::Checkpoint::restart);
    }
    static std::string file_in(const std::string& folder) { return folder + "/gateway.db"; }

private:
    [[nodiscard]] Result<void> prepare_file(std::uint64_t bytes_max);
    [[nodiscard]] Result<void> check_version();
    [[nodiscard]] Result<void> prepare_statements();
    [[nodiscard]] Result<void> begin();
    [[nodiscard]] Result<void> load_sessions(Known& known);
    [[nodiscard]] Result<void> load_parts(Known& known);
    [[nodiscard]] Result<void> load_retained(Known& known);
    [[nodiscard]] Result<void> load_wills(Known& known);
    [[nodiscard]] Result<void> load_seen(Known& known);

    sqlite::FolderLock lock_;
    sqlite::Database database_;
    sqlite::Statement put_session_, drop_session_, drop_subscriptions_, drop_incoming_;
    sqlite::Statement drop_entries_, put_subscription_, remove_subscription_;
    sqlite::Statement put_incoming_, pin_incoming_, drop_free_, set_base_;
    sqlite::Statement put_outgoing_, remove_outgoing_, drop_outgoing_;
    sqlite::Statement put_body_, add_entry_, remove_entry_, read_queue_, sweep_, note_swept_;
    sqlite::Statement put_retained_, remove_retained_, put_will_, remove_will_;
    sqlite::Statement put_seen_, forget_seen_;
    sqlite::Statement count_pages_, count_free_pages_;
    bool in_transaction_ = false;
};

}  // namespace weft::mqtt_store
