#include "broker/store/store.hpp"

#include "common/base/conditions.hpp"

#include <algorithm>
#include <utility>

namespace weft::store {
namespace {

/// A full disk is no end while there is a reserve.
Result<Answers> write_with_reserve(Segments& segments, Claim& claim, const Batch& batch) {
    Result<Answers> answers = carry_out(segments, claim, batch);
    if (answers || answers.error().condition != kResourceLimitExceeded) {
        return answers;
    }
    WEFT_TRY(const bool room, segments.make_room());
    return room ? carry_out(segments, claim, batch) : answers;
}

/// What the writer does with a batch; never throws, for its answer is awaited.
Result<Answers> write(Segments& segments, Claim& claim, int written_back, const Batch& batch) {
    Result<Answers> answers = fail(kInternalError, "an error of this program");
    io::Loop::attempt([&] {
        const auto pass = claim.enter();
        if (!pass) {
            answers = tl::unexpected(pass.error());
            return;
        }
        answers = write_with_reserve(segments, claim, batch);
        if (answers && sqlite::LogLength::begins_anew(answers->log_pages, written_back)) {
            if (auto done = segments.restart_log(); !done) {
                answers = tl::unexpected(done.error());
                return;
            }
            answers->log_pages = segments.log_pages();
        }
    });
    return answers;
}

}  // namespace

Result<std::unique_ptr<Store>> Store::open(io::Loop& loop,
                                           const SegmentsOptions& options,
                                           Events events,
                                           std::shared_ptr<Claim> claim) {
    if (!claim) {
        WEFT_TRY(claim, Claim::take({.folder = options.folder}));
    }
    WEFT_TRY(Segments segments, Segments::open(options, claim));
    WEFT_TRY(Claim::Deputy log_deputy, claim->deputy());
    WEFT_TRY(Database log_keeper, Database::open(Segments::file_in(options.folder)));
    WEFT_TRY(Inventory inventory, segments.inventory());
    WEFT_TRY(const DiskUse use, segments.use());
    std::unique_ptr<Store> store{new Store{loop,
                                           options,
                                           std::move(events),
                                           std::move(claim),
                                           std::move(segments),
                                           {std::move(log_keeper), std::move(log_deputy)}}};
    store->last_number_ = inventory.last_number;
    store->queues_ = std::move(inventory.queues);
    store->note_use(use);
    return store;
}

Store::Store(io::Loop& loop,
             const SegmentsOptions& options,
             Events events,
             std::shared_ptr<Claim> claim,
             Segments segments,
             LogKeeper log_keeper)
    : loop_{loop},
      file_{Segments::file_in(options.folder)},
      events_{std::move(events)},
      epoch_{claim->tenure().record().epoch},
      space_{options.space},
      self_{std::make_shared<Store*>(this)},
      claim_{std::move(claim)},
      segments_{std::move(segments)},
      log_keeper_{std::move(log_keeper)},
      checkpoint_{loop} {
    counts_.damaged = segments_.damaged();
    log_keeper_.database.close_untouched();
    renew_lease(claim_->tenure().renewal());
    writer_.start();
}

Store::~Store() {
    writer_.join();
    auto pass = failed_ ? Result<Gate::Pass>{fail(kFenced, "")} : claim_->enter();
    if (pass) {
        last_pass_.emplace(*std::move(pass));
    } else {
        segments_.abandon();
    }
}

void Store::renew() {
    if (!busy_ && !failed_) {
        (void)claim_->enter();  // the first batch finds out what is wrong
    }
}

/// Each batch renews the lease, when that is due.
void Store::renew_lease(Duration period) {
    if (period > Duration::zero()) {
        renewal_ = loop_.every(period, [this] {
            if (is_idle()) {
                wait([] {});
            }
        });
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

void Store::append(QueueNumber to, queue::Append append) {
    ask(AppendMessage{.to = to, .append = std::move(append)});
}

void Store::forget_names(QueueNumber of, std::uint64_t through) {
    ask(ForgetNamesOf{.of = of, .through = through});
}

void Store::remove(QueueNumber from, MessageId id, std::uint64_t size) {
    ask(RemoveMessage{.from = from, .id = id, .size = size});
}

void Store::recount(QueueNumber of, MessageId id, std::uint32_t failures) {
    ask(RecountMessage{.of = of, .id = id, .failures = failures});
}

void Store::move(MoveMessage move) {
    ask(std::move(move));
}

void Store::set_aside(QueueNumber from, MessageId id, std::uint64_t size) {
    ask(SetAside{.from = from, .id = id, .size = size});
}

void Store::read(QueueNumber from,
                 const queue::Range& range,
                 std::function<void(Reading)> done,
                 std::uint64_t most) {
    ask(ReadRange{.from = from, .range = range, .most = most, .done = std::move(done)});
}

void Store::sweep(QueueNumber in,
                  const queue::Sweep& wanted,
                  std::function<void(const queue::Swept&)> done) {
    ask(SweepQueue{.in = in, .wanted = wanted, .done = std::move(done)});
}

void Store::ripen(QueueNumber in,
                  const queue::Ripen& wanted,
                  std::function<void(const queue::Ripened&)> done) {
    ask(RipenQueue{.in = in, .wanted = wanted, .done = std::move(done)});
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

/// In front of all that waits: the order stays.
void Store::put_back(Batch put_off) {
    for (; !put_off.empty(); put_off.pop_back()) {
        waiting_bytes_ += weight(put_off.back().request);
        waiting_.push_front(std::move(put_off.back()));
    }
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

/// What is first of those that wait goes into this batch, of so many bytes: of a group and of the
/// copies of one message none stays behind, for those that come together are written once.
bool Store::takes_next(const Batch& batch, std::size_t bytes) const {
    const bool has_room = batch.size() < kBatchRequestsMax && bytes < kBatchBytesMax;
    return has_room || batch.back().joined ||
           (batch.size() < 2 * kBatchRequestsMax && goes_with_last(batch, waiting_.front()));
}

void Store::submit() {
    scheduled_ = false;
    if (busy_ || waiting_.empty() || failed_) {
        tell_idle();
        return;
    }
    Batch batch;
    std::size_t bytes = 0;
    while (!waiting_.empty() && takes_next(batch, bytes)) {
        Asked& first = waiting_.front();
        const std::size_t weighs = weight(first.request);
        waiting_bytes_ -= weighs;
        bytes += goes_with_last(batch, first) ? 0 : weighs;
        batch.push_back(std::move(first));
        waiting_.pop_front();
    }
    busy_ = true;
    writer_.loop().post([this, self = std::weak_ptr{self_}, written_back = log_length_.written(),
                         batch = std::move(batch)]() mutable {
        // This lives until the writer's thread has ended; when the answer comes it may be gone.
        loop_.post([self, answers = write(segments_, *claim_, written_back, batch)]() mutable {
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
    ++counts_.commits;
    counts_.damaged = answers->damaged;
    note_use(answers->use);
    put_back(std::move(answers->put_off));
    compacts_ = compacts_ && !answers->compacted;
    if (answers->compact && !std::exchange(compacts_, true)) {
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
    if (failed_ || !log_length_.is_due(pages)) {
        return;
    }
    checkpoint_.run(
        [this]() -> Result<void> {
            WEFT_TRY(const Gate::Pass pass, log_keeper_.deputy.enter());
            WEFT_TRY(log_keeper_.written, log_keeper_.database.checkpoint(Checkpoint::passive));
            return {};
        },
        [this](const Result<void>& done) {
            log_length_.wrote_back(log_keeper_.written);
            if (!done) {
                fail_with(done.error());
            }
        });
}

void Store::fail_with(const Error& error) {
    if (!std::exchange(failed_, true)) {
        fenced_ = error.condition == kFenced;
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
