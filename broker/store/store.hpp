#pragma once

#include "broker/store/requests.hpp"
#include "common/io/errand.hpp"
#include "common/io/loop.hpp"
#include "common/io/loop_thread.hpp"
#include "common/sqlite/log_length.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace weft::store {

/// What is durable: the one seam between queues and the disk.
///
/// Requests are collected while the writer is at work, and go to it together when it is done: one
/// commit for each batch, no timer. All are done in the order of the calls; what is asked while a
/// Group lives is in one commit. Who appended hears of it by `stored`, once it is durable; what was
/// read is as of all requests before, or as of its group. One batch reads kBroughtMax bytes, and
/// the next ones the rest.
///
///     open ──▶ working ──an error──▶ failed: told once; nothing more is done or answered
///                │
///                └─ destroyed: what was not committed is as it was never asked
///
/// Threading: loop-confined; the writer has a thread of its own.
class Store {
public:
    /// What one batch may be at most, but for the rest of a group, and of the copies of one message
    /// that are appended to one queue after another, of which the first alone has a weight, as many
    /// requests again; what is more goes into the next one.
    static constexpr std::size_t kBatchRequestsMax = 1000;
    static constexpr std::size_t kBatchBytesMax = std::size_t{1024} * 1024;
    /// How often the disk is looked at while there is little room and nothing is written.
    static constexpr std::chrono::seconds kLookPeriod{1};

    /// It must outlive each call of these, and of what is given to `read`.
    struct Events {
        /// All messages of that queue up to `through` are durable, since a time when this broker
        /// had the store.
        std::function<void(QueueNumber, MessageId through)> stored;
        /// With kFenced another has it, or may have it: nothing is wrong with the disk.
        std::function<void(const Error&)> failed;
        /// There is more room for messages than before, or less. In a turn of its own.
        std::function<void(Room)> room = [](Room) {};
    };

    struct Counts {
        std::uint64_t commits = 0;
        std::uint64_t damaged = 0;  // messages that were set aside since the store was made
    };

    /// While it lives, within a turn, all that is asked is one commit, whatever its size. One at a
    /// time.
    class Group {
    public:
        explicit Group(Store& store) : store_{store} { store_.grouping_ = true; }
        ~Group() { store_.end_group(); }
        Group(const Group&) = delete;
        Group& operator=(const Group&) = delete;

    private:
        Store& store_;
    };

    /// Waits for the disk. `loop` must outlive it. `claim`: has the folder; without one that is
    /// taken, or refused. Errors: in words for whoever starts the broker.
    [[nodiscard]] static Result<std::unique_ptr<Store>> open(io::Loop& loop,
                                                             const SegmentsOptions& options,
                                                             Events events,
                                                             std::shared_ptr<Claim> claim = {});
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    /// For whoever takes long before the loop runs, now and then: its lease is renewed. Waits for
    /// the disk.
    void renew();
    /// The queues that were there when it was opened; given once.
    std::vector<KnownQueue> take_queues() { return std::move(queues_); }

    QueueNumber add_queue(std::string name, std::string settings);
    void set_settings(QueueNumber number, std::string settings);
    /// With all that is in it, in several commits: until `done` the queue is there, as it was last
    /// set. Nothing more may be asked of it.
    void drop_queue(QueueNumber number, std::function<void()> done);
    void append(QueueNumber to, queue::Append append);
    void forget_names(QueueNumber of, std::uint64_t through);
    /// `size`: of its payload.
    void remove(QueueNumber from, MessageId id, std::uint64_t size);
    void recount(QueueNumber of, MessageId id, std::uint32_t failures);
    /// To the end of another queue, in one commit.
    void move(MoveMessage move);
    /// A damaged message leaves its queue; what there is of it stays in the store, for a person.
    void set_aside(QueueNumber from, MessageId id, std::uint64_t size);
    /// A payload of more than `most` bytes is not read, but told by its size (Reading::larger).
    void read(QueueNumber from,
              const queue::Range& range,
              std::function<void(Reading)> done,
              std::uint64_t most = Segments::kPayloadMax);

    void sweep(QueueNumber in,
               const queue::Sweep& wanted,
               std::function<void(const queue::Swept&)> done);
    void ripen(QueueNumber in,
               const queue::Ripen& wanted,
               std::function<void(const queue::Ripened&)> done);
    /// `done` runs once all that was asked before is durable.
    void wait(std::function<void()> done);

    /// `idle` runs in a later turn, when all that was asked is durable, or when it failed.
    void when_idle(std::function<void()> idle);
    bool has_failed() const { return failed_; }
    /// It failed because another broker has the store, or may have it.
    bool is_fenced() const { return fenced_; }
    /// Bytes that wait for the writer, about.
    std::size_t waiting_bytes() const { return waiting_bytes_; }
    /// As Events::room told it last, or when it was opened.
    Room room() const { return room_; }
    /// Whether there is room for so many bytes beside what waits.
    bool takes(std::uint64_t bytes) const {
        return space_.room(waiting_bytes_ + bytes) != Room::none;
    }
    const Space& space() const { return space_; }
    /// Rises with each broker that has the store.
    std::uint64_t epoch() const { return epoch_; }
    const Counts& counts() const { return counts_; }

private:
    /// Who keeps the log short, beside the writer.
    struct LogKeeper {
        Database database;
        Claim::Deputy deputy;
        int written = 0;  // pages of the log
    };

    Store(io::Loop& loop,
          const SegmentsOptions& options,
          Events events,
          std::shared_ptr<Claim> claim,
          Segments segments,
          LogKeeper log_keeper);

    void ask(Request request);
    void put_back(Batch put_off);
    void end_group();
    void schedule();
    bool takes_next(const Batch& batch, std::size_t bytes) const;
    void submit();
    void finished(Result<Answers> answers);
    void fail_with(const Error& error);
    void note_use(const DiskUse& use);
    void keep_log_short(int pages);
    void renew_lease(Duration period);
    void tell_idle();
    bool is_idle() const { return failed_ || (!busy_ && waiting_.empty()); }

    io::Loop& loop_;
    std::string file_;
    Events events_;
    std::vector<KnownQueue> queues_;
    std::uint64_t last_number_ = 0;
    std::deque<Asked> waiting_;
    std::size_t waiting_bytes_ = 0;
    Counts counts_;
    std::uint64_t epoch_;
    Space space_;
    Room room_ = Room::plenty;
    bool looks_again_ = false;
    io::Timer look_;
    io::Timer renewal_;
    bool scheduled_ = false;  // `submit` runs in a later turn
    bool busy_ = false;       // the writer has a batch
    bool failed_ = false;
    bool fenced_ = false;  // that was kFenced
    bool grouping_ = false;
    bool compacts_ = false;  // a part of a body file is to be emptied: that was asked
    std::function<void()> idle_;
    std::shared_ptr<Store*> self_;  // a posted answer finds it gone
    std::shared_ptr<Claim> claim_;  // the writer's, while it has a batch
    /// Closing the files writes, too: behind the gate, until they are closed.
    std::optional<Gate::Pass> last_pass_;
    Segments segments_;     // as the claim
    LogKeeper log_keeper_;  // the errand's, while it runs
    sqlite::LogLength log_length_;
    io::Errand checkpoint_;
    io::LoopThread writer_;  // the first to go
};

}  // namespace weft::store
