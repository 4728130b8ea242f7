#pragma once

#include "common/io/errand.hpp"
#include "common/io/loop.hpp"
#include "common/io/loop_thread.hpp"
#include "common/sqlite/log_length.hpp"
#include "mqtt-gateway/store/requests.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace weft::mqtt_store {

/// What sessions and retained messages are kept in where the mesh has no broker for it.
///
/// Requests are collected while the writer is at work, and go to it together when it is done: one
/// commit for each batch, no timer. All are done in the order of the calls; what is asked while a
/// Group lives is in one commit. `stored` tells up to which of them all is durable.
///
///     open ──▶ working ──an error──▶ failed: told once; nothing more is done or answered
///                │
///                └─ destroyed: what was not committed is as it was never asked
///
/// Threading: loop-confined; the writer has a thread of its own.
class Store {
public:
    /// What one batch may be at most, but for the rest of a group; what is more goes into the next
    /// one.
    static constexpr std::size_t kBatchRequestsMax = 1000;
    static constexpr std::size_t kBatchBytesMax = std::size_t{1024} * 1024;

    /// What queues may hold; what is more is refused. They fill three quarters of a file that may
    /// not grow for ever, retained messages up to seven eighths, and with fifteen sixteenths there
    /// is room for no more sessions, subscriptions, wills of connections and names: what is never
    /// asked, removals and packet identifiers, has the rest.
    struct Limits {
        QueueSize session{.messages = 1000, .bytes = std::size_t{1024} * 1024};
        QueueSize all{.messages = 1'000'000, .bytes = std::size_t{1024} * 1024 * 1024};
    };
    struct Options {
        std::string folder;
        std::uint64_t bytes_max = 0;  // of the file; 0: as the disk allows
        Limits limits{};
    };

    /// Counts what was asked, from 1 on.
    using Ticket = std::uint64_t;
    /// It must outlive each call of these, and of what is given to `read_queue` and `sweep`.
    struct Events {
        /// All that was asked up to `through` is durable.
        std::function<void(Ticket through)> stored;
        std::function<void(const Error&)> failed;
    };

    /// While it lives, within a turn, all that is asked is one commit, whatever its size. One at a
    /// time. Without a store it is nothing.
    class Group {
    public:
        explicit Group(Store* store) : store_{store} {
            if (store_ != nullptr) {
                store_->grouping_ = true;
            }
        }
        ~Group() {
            if (store_ != nullptr) {
                store_->end_group();
            }
        }
        Group(const Group&) = delete;
        Group& operator=(const Group&) = delete;

        /// Of a message whose copies are queued in this group. Those with numbers up to
        /// `forgotten` are known no more. False: the file has no room for it, as for sessions.
        [[nodiscard]] bool put_seen(SeenName seen, std::uint64_t forgotten) const;

    private:
        Store* store_;
    };

    /// Waits for the disk. `loop` must outlive it. Errors: in words for whoever starts the gateway.
    [[nodiscard]] static Result<std::unique_ptr<Store>> open(io::Loop& loop,
                                                             const Options& options,
                                                             Events events);
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    /// What was there when it was opened; it is given once.
    Known take_known() { return std::move(known_); }

    /// The number of what was asked last: once `stored` reaches it, that is durable.
    Ticket asked() const { return asked_; }

    SessionNumber add_session(SessionRow row);
    void set_session(SessionNumber session, SessionRow row);
    /// With all that it has. Nothing more may be asked of it.
    void drop_session(SessionNumber session);
    void subscribe(SessionNumber session, StoredSubscription subscription);
    void unsubscribe(SessionNumber session, std::string filter);

    /// A QoS 2 message of that identifier was taken, which is written before PUBREC; or the
    /// identifier is free, which is written before PUBCOMP.
    void put_incoming(SessionNumber session, IncomingId id);
    /// Those that are free have the base, and no rows; what is under way gets one, if it has none.
    void set_serials(SessionNumber session, std::uint64_t base, std::vector<IncomingId> under_way);

    /// What became of a message for a session's queue.
    struct Queued {
        enum class Answer : std::uint8_t { kept, session_messages, session_bytes, all, file };

        Answer answer = Answer::kept;  // else the limit that refuses it
        EntryNumber number = 0;
    };
    /// A message that goes to several queues, one right after the other, and has so many bytes is
    /// written once for all of them. The limits of queues count it in each.
    enum class Copies : std::uint8_t { one, many };
    static constexpr std::size_t kSharedLeast = 1000;
    [[nodiscard]] Queued queue(SessionNumber session,
                               SharedMessage message,
                               Copies copies = Copies::one);
    /// Written before PUBREL, or before PUBLISH where nothing else says what the identifier means;
    /// that it is free, after PUBCOMP.
    void put_outgoing(SessionNumber session, OutgoingId id);
    /// It was acknowledged, or is given up.
    void remove(SessionNumber session, EntryNumber entry);
    /// `done` is told of up to `most` messages, or some fewer and at least one if they are large,
    /// behind `after` (0: from the first), as of all that was asked before.
    void read_queue(SessionNumber session,
                    EntryNumber after,
                    std::size_t most,
                    std::function<void(QueueReading)> done);
    /// Removes up to kSweptAtOnce messages of queues, not sent yet, that have expired. `done` is
    /// told how many they were; if so many, there may be more.
    static constexpr std::size_t kSweptAtOnce = 1000;
    void sweep(WallTime now, std::function<void(std::size_t swept)> done);
    QueueSize queued(SessionNumber session) const;
    QueueSize queued() const { return queued_; }

    /// What the file may have room for one more of. `bytes`: what it takes there (disk_bytes).
    enum class Room : std::uint8_t { queue, retained, session };
    bool has_room(Room of, std::uint64_t bytes) const;
    /// By its topic, the store of Retained; without a payload, what is there is removed.
    void retain(SharedMessage message);
    void remove_retained(std::string topic);

    /// A will that was fired is kept until the mesh has spoken. To be asked before what takes it
    /// away from its session.
    WillNumber add_will(FiredWill will);
    void remove_will(WillNumber will);

    /// `idle` runs in a later turn, when all that was asked is durable, or when it failed.
    void when_idle(std::function<void()> idle);
    bool has_failed() const { return failed_; }
    std::uint64_t commits() const { return commits_; }

private:
    struct OneQueue {
        QueueSize size{};
        EntryNumber last = 0;
    };
    struct Asked {
        Request request;
        bool joined = false;  // the next one goes with it
    };

    Store(io::Loop& loop,
          const Options& options,
          Events events,
          Tables tables,
          sqlite::Database log_keeper);

    void take_over(Known known, std::uint64_t file_bytes);

    void ask(Request request);
    void end_group();
    void schedule();
    void submit();
    void finished(Result<Answers> answers);
    void fail_with(const Error& error);
    void forget(const Freed& freed);
    void keep_log_short(int pages);
    void tell_idle();
    bool is_idle() const { return failed_ || (!busy_ && waiting_.empty()); }

    io::Loop& loop_;
    std::string file_;
    Events events_;
    Limits limits_;
    Known known_;
    std::uint64_t last_number_ = 0;  // of sessions
    std::uint64_t last_will_ = 0;
    std::uint64_t last_body_ = 0;
    std::weak_ptr<const mqtt_mapping::KeptMessage> shared_;  // what has that body
    std::unordered_map<std::uint64_t, OneQueue> queues_;     // by session
    QueueSize queued_{};
    std::uint64_t file_bytes_ = 0;      // as of the last commit
    std::uint64_t file_bytes_max_ = 0;  // 0: as the disk allows
    std::deque<Asked> waiting_;
    std::uint64_t pending_bytes_ = 0;  // of the file, for what waits or is with the writer
    std::uint64_t submitted_bytes_ = 0;
    Ticket asked_ = 0;
    Ticket submitted_ = 0;
    std::uint64_t commits_ = 0;
    bool grouping_ = false;
    bool scheduled_ = false;  // `submit` runs in a later turn
    bool busy_ = false;       // the writer has a batch
    bool failed_ = false;
    std::function<void()> idle_;
    std::shared_ptr<Store*> self_;  // a posted answer finds it gone
    Tables tables_;                 // the writer's, once it runs
    sqlite::Database log_keeper_;   // the errand's, while it runs
    int written_back_ = 0;          // likewise: pages of the log
    sqlite::LogLength log_length_;
    io::Errand checkpoint_;
    io::LoopThread writer_;  // the first to go
};

}  // namespace weft::mqtt_store
