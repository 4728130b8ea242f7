#include "broker/store/store.hpp"

#include "common/base/conditions.hpp"

#include <algorithm>
#include <utility>

namespace weft::store {
namespace {

/// A full disk is no end while there is a reserve.
Result<Answers> write_with_reserve(Segments& segments, const Batch& batch) {
    Result<Answers> answers = carry_out(segments, batch);
    if (answers || answers.error().condition != kResourceLimitExceeded) {
        return answers;
    }
    WEFT_TRY(const bool room, segments.make_room());
    return room ? carry_out(segments, batch) : answers;
}

/// What the writer does with a batch; never throws, for its answer is awaited.
Result<Answers> write(Segments& segments, const Batch& batch) {
    Result<Answers> answers = fail(kInternalError, "an error of this program");
    io::Loop::attempt([&] {
        answers = write_with_reserve(segments, batch);
        if (answers && answers->log_pages >= Store::kLogPagesMax) {
            if (auto done = segments.restart_log(); !done) {
                answers = tl::unexpected(done.error());
            }
        }
    });
    return answers;
}

}  // namespace

Result<std::unique_ptr<Store>> Store::open(io::Loop& loop,
                                           const SegmentsOptions& options,
                                           Events events) {
    WEFT_TRY(Segments segments, Segments::open(options));
    WEFT_TRY(Database log_keeper, Database::open(Segments::file_in(options.folder)));
    WEFT_TRY(std::vector<KnownQueue> queues, segments.queues());
    WEFT_TRY(const DiskUse use, segments.use());
    std::unique_ptr<Store> store{
        new Store{loop, options, std::move(events), std::move(segments), std::move(log_keeper)}};
    for (const KnownQueue& queue : queues) {
        store->last_number_ =
            std::max(store->last_number_, static_cast<std::uint64_t>(queue.number));
    }
    store->queues_ = std::move(queues);
    store->note_use(use);
    return store;
}

Store::Store(io::Loop& loop,
             const SegmentsOptions& options,
             Events events,
             Segments segments,
             Database log_keeper)
    : loop_{loop},
      file_{Segments::file_in(options.folder)},
      events_{std::move(events)},
      space_{options.space},
      self_{std::make_shared<Store*>(this)},
      segments_{std::move(segments)},
      log_keeper_{std::move(log_keeper)},
      checkpoint_{loop} {
    damaged_ = segments_.damaged();
    log_keeper_.close_untouched();
    writer_.start();
}

Store::~Store() {
    writer_.join();
    if (failed_) {
        segments_.abandon();
    }
}

// --- what is asked ---------------------------------------------------------------------------

QueueNumber Store::add_queue(std::string name, std::string settings) {
    const QueueNumber number{++last_number_};
    ask(AddQueue{.number = number, .name = std::move(name), .settings = std::move(settings)});
    return number;
}

void Store::set_settings(QueueNumber number, std::string settings) {
    ask(SetSettings{.number = number, .settings = std::move(settings)});
}

void Store::drop_queue(QueueNumber number, std::function<void()> done) {
    ask(DropQueue{.number = number, .done = std::move(done)});
}

void Store::append(QueueNumber to, MessageId id, queue::WallTime expires, queue::Payload payload) {
    ask(AppendMessage{.to = to, .id = id, .expires = expires, .payload = std::move(payload)});
}

void Store::remove(QueueNumber from, MessageId id, std::uint64_t size) {
    ask(RemoveMessage{.from = from, .id = id, .size = size});
}

void Store::recount(QueueNumber of, MessageId id, std::uint32_t failures) {
    ask(RecountMessage{.of = of, .id = id, .failures = failures});
}

void Store::move(
    QueueNumber from, MessageId id, QueueNumber to, MessageId new_id, queue::WallTime expires) {
    ask(MoveMessage{.from = from, .id = id, .to = to, .new_id = new_id, .expires = expires});
}

void Store::set_aside(QueueNumber from, MessageId id, std::uint64_t size) {
    ask(SetAside{.from = from, .id = id, .size = size});
}

void Store::read(QueueNumber from, const queue::Range& range, std::function<void(Reading)> done) {
    ask(ReadRange{.from = from, .range = range, .done = std::move(done)});
}

void Store::sweep(QueueNumber in,
                  const queue::Sweep& wanted,
                  std::function<void(const queue::Swept&)> done) {
    ask(SweepQueue{.in = in, .wanted = wanted, .done = std::move(done)});
}

void Store::wait(std::function<void()> done) {
    ask(WaitForAll{std::move(done)});
}

void Store::ask(Request request) {
    if (failed_) {
        return;
    }
    waiting_bytes_ += weight(request);
    waiting_.push_back({.request = std::move(request), .joined = grouping_});
    schedule();
}

void Store::end_group() {
    grouping_ = false;
    if (!waiting_.empty()) {
        waiting_.back().joined = false;
    }
}

// --- batches ---------------------------------------------------------------------------------

void Store::schedule() {
    if (!busy_ && !std::exchange(scheduled_, true)) {
        loop_.post([self = std::weak_ptr{self_}] {  // all of this turn goes together
            if (const auto store = self.lock()) {
                (*store)->submit();
            }
        });
    }
}

void Store::submit() {
    scheduled_ = false;
    if (busy_ || waiting_.empty() || failed_) {
        tell_idle();
        return;
    }
    Batch batch;
    std::size_t bytes = 0;
    for (bool joined = false; !waiting_.empty() && (joined || (batch.size() < kBatchRequestsMax &&
                                                               bytes < kBatchBytesMax));
         waiting_.pop_front()) {
        Waiting& first = waiting_.front();
        joined = first.joined;
        bytes += weight(first.request);
        batch.push_back(std::move(first.request));
    }
    waiting_bytes_ -= bytes;
    busy_ = true;
    writer_.loop().post([this, self = std::weak_ptr{self_}, batch = std::move(batch)]() mutable {
        // This lives until the writer's thread has ended; when the answer comes it may be gone.
        loop_.post([self, answers = write(segments_, batch)]() mutable {
            if (const auto store = self.lock()) {
                (*store)->finished(std::move(answers));
            }
        });
    });
}

void Store::finished(Result<Answers> answers) {
    busy_ = false;
    if (!answers) {
        fail_with(answers.error());
        return;
    }
    ++commits_;
    damaged_ = answers->damaged;
    note_use(answers->use);
    if (answers->compact) {
        ask(CompactBodies{});
    }
    for (DropQueue& drop : answers->unfinished) {
        ask(std::move(drop));
    }
    if (!waiting_.empty()) {
        submit();
    }
    for (const Answers::Durable& durable : answers->durable) {
        events_.stored(durable.queue, durable.through);
    }
    for (Answers::Read& read : answers->read) {
        read.done(std::move(read.reading));
    }
    for (const auto& done : answers->others) {
        done();
    }
    keep_log_short(answers->log_pages);
    tell_idle();
}

void Store::note_use(const DiskUse& use) {
    space_.note(use);
    if (const Room room = space_.room(0); room != std::exchange(room_, room)) {
        loop_.post([self = std::weak_ptr{self_}] {
            if (const auto store = self.lock()) {
                (*store)->events_.room((*store)->room_);
            }
        });
    }
    if (space_.is_short() && !std::exchange(looks_again_, true)) {
        look_ = loop_.after(kLookPeriod, [this] {
            looks_again_ = false;
            wait([] {});
        });
    }
}

void Store::keep_log_short(int pages) {
    if (pages < kLogPages || checkpoint_.is_running() || failed_) {
        return;
    }
    checkpoint_.run([this] { return log_keeper_.checkpoint(Checkpoint::passive); },
                    [this](const Result<void>& done) {
                        if (!done) {
                            fail_with(done.error());
                        }
                    });
}

void Store::fail_with(const Error& error) {
    if (!std::exchange(failed_, true)) {
        waiting_.clear();
        waiting_bytes_ = 0;
        events_.failed(
            {.condition = error.condition, .text = "the store '" + file_ + "': " + error.text});
        tell_idle();
    }
}

void Store::when_idle(std::function<void()> idle) {
    idle_ = std::move(idle);
    schedule();
}

void Store::tell_idle() {
    if (idle_ && is_idle()) {
        std::exchange(idle_, nullptr)();
    }
}

}  // namespace weft::store
