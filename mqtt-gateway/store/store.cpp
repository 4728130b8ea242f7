#include "mqtt-gateway/store/store.hpp"

#include "common/base/conditions.hpp"

#include <algorithm>
#include <utility>

namespace weft::mqtt_store {
namespace {

/// What the writer does with a batch; never throws, for its answer is awaited.
Result<Answers> write_batch(Tables& tables, int written_back, Batch& batch) {
    Result<Answers> answers = fail(kInternalError, "an error of this program");
    io::Loop::attempt([&] {
        answers = carry_out(tables, batch);
        if (answers && sqlite::LogLength::begins_anew(answers->log_pages, written_back)) {
            if (auto done = tables.restart_log(); !done) {
                answers = tl::unexpected(done.error());
                return;
            }
            answers->log_pages = tables.log_pages();
        }
    });
    return answers;
}

std::uint64_t key_of(SessionNumber session) {
    return static_cast<std::uint64_t>(session);
}

}  // namespace

Result<std::unique_ptr<Store>> Store::open(io::Loop& loop, const Options& options, Events events) {
    WEFT_TRY(Tables tables,
             Tables::open({.folder = options.folder, .bytes_max = options.bytes_max}));
    const std::string file = Tables::file_in(options.folder);
    auto known = tables.load();
    if (!known) {
        return fail(known.error().condition, "the store '" + file + "': " + known.error().text);
    }
    WEFT_TRY(const std::uint64_t file_bytes, tables.file_bytes());
    WEFT_TRY(sqlite::Database log_keeper, sqlite::Database::open(file));
    std::unique_ptr<Store> store{
        new Store{loop, options, std::move(events), std::move(tables), std::move(log_keeper)}};
    store->take_over(*std::move(known), file_bytes);
    return store;
}

Store::Store(io::Loop& loop,
             const Options& options,
             Events events,
             Tables tables,
             sqlite::Database log_keeper)
    : loop_{loop},
      file_{Tables::file_in(options.folder)},
      events_{std::move(events)},
      limits_{options.limits},
      file_bytes_max_{options.bytes_max},
      self_{std::make_shared<Store*>(this)},
      tables_{std::move(tables)},
      log_keeper_{std::move(log_keeper)},
      checkpoint_{loop} {
    writer_.start();
}

Store::~Store() {
    writer_.join();
}

void Store::take_over(Known known, std::uint64_t file_bytes) {
    known_ = std::move(known);
    last_body_ = static_cast<std::uint64_t>(known_.last_body);
    file_bytes_ = file_bytes;
    for (const KnownSession& session : known_.sessions) {
        last_number_ = std::max(last_number_, key_of(session.number));
        queues_[key_of(session.number)] = {.size = session.queued, .last = session.last};
        queued_.messages += session.queued.messages;
        queued_.bytes += session.queued.bytes;
    }
    for (const KnownWill& will : known_.wills) {
        last_will_ = std::max(last_will_, static_cast<std::uint64_t>(will.number));
    }
}

// --- what is asked ---------------------------------------------------------------------------

SessionNumber Store::add_session(SessionRow row) {
    const SessionNumber session{++last_number_};
    queues_.try_emplace(key_of(session));
    ask(PutSession{.session = session, .row = std::move(row)});
    return session;
}

void Store::set_session(SessionNumber session, SessionRow row) {
    ask(PutSession{.session = session, .row = std::move(row)});
}

void Store::drop_session(SessionNumber session) {
    if (const auto queue = queues_.find(key_of(session)); queue != queues_.end()) {
        queued_.messages -= queue->second.size.messages;
        queued_.bytes -= queue->second.size.bytes;
        queues_.erase(queue);
    }
    ask(DropSession{session});
}

void Store::subscribe(SessionNumber session, StoredSubscription subscription) {
    ask(PutSubscription{.session = session, .subscription = std::move(subscription)});
}

void Store::unsubscribe(SessionNumber session, std::string filter) {
    ask(RemoveSubscription{.session = session, .filter = std::move(filter)});
}

void Store::put_incoming(SessionNumber session, IncomingId id) {
    ask(PutIncoming{.session = session, .id = id});
}

void Store::set_serials(SessionNumber session,
                        std::uint64_t base,
                        std::vector<IncomingId> under_way) {
    ask(SetSerials{.session = session, .base = base, .under_way = std::move(under_way)});
}

Store::Queued Store::queue(SessionNumber session, SharedMessage message, Copies copies) {
    using enum Queued::Answer;
    OneQueue& queue = queues_.at(key_of(session));
    const std::size_t bytes = message->size();
    if (queue.size.messages >= limits_.session.messages) {
        return {.answer = session_messages};
    }
    if (queue.size.bytes + bytes > limits_.session.bytes) {
        return {.answer = session_bytes};
    }
    if (queued_.messages >= limits_.all.messages || queued_.bytes + bytes > limits_.all.bytes) {
        return {.answer = all};
    }
    AddEntry add{.session = session,
                 .message = message,
                 .is_copy = copies == Copies::many && shared_.lock() == message};
    if (!has_room(Room::queue, disk_bytes(add.size()))) {
        return {.answer = file};
    }
    for (QueueSize* size : {&queue.size, &queued_}) {
        ++size->messages;
        size->bytes += bytes;
    }
    const EntryNumber number = ++queue.last;
    add.number = number;
    if (copies == Copies::many && bytes >= kSharedLeast) {
        last_body_ += add.is_copy ? 0 : 1;
        add.body = BodyNumber{last_body_};
        shared_ = message;
    }
    ask(std::move(add));
    return {.number = number};
}

void Store::put_outgoing(SessionNumber session, OutgoingId id) {
    ask(PutOutgoing{.session = session, .id = id});
}

void Store::remove(SessionNumber session, EntryNumber entry) {
    ask(RemoveEntry{.session = session, .number = entry});
}

void Store::read_queue(SessionNumber session,
                       EntryNumber after,
                       std::size_t most,
                       std::function<void(QueueReading)> done) {
    ask(ReadQueue{.session = session, .after = after, .most = most, .done = std::move(done)});
}

void Store::sweep(WallTime now, std::function<void(std::size_t)> done) {
    ask(SweepQueues{.now = now, .most = kSweptAtOnce, .done = std::move(done)});
}

QueueSize Store::queued(SessionNumber session) const {
    const auto queue = queues_.find(key_of(session));
    return queue == queues_.end() ? QueueSize{} : queue->second.size;
}

void Store::retain(SharedMessage message) {
    if (message->publish().payload.empty()) {
        remove_retained(std::string{message->publish().topic});
    } else {
        ask(PutRetained{std::move(message)});
    }
}

void Store::remove_retained(std::string topic) {
    ask(RemoveRetained{std::move(topic)});
}

WillNumber Store::add_will(FiredWill will) {
    const WillNumber number{++last_will_};
    ask(PutWill{.number = number, .will = std::move(will)});
    return number;
}

void Store::remove_will(WillNumber will) {
    ask(RemoveWill{will});
}

bool Store::Group::put_seen(SeenName seen, std::uint64_t forgotten) const {
    if (store_ == nullptr) {
        return true;
    }
    if (!store_->has_room(Room::session, disk_bytes(seen.key.size()))) {
        return false;
    }
    store_->ask(PutSeen{.seen = std::move(seen), .forgotten = forgotten});
    return true;
}

void Store::ask(Request request) {
    if (failed_) {
        return;
    }
    ++asked_;
    pending_bytes_ += disk_bytes(request);
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
        Asked& first = waiting_.front();
        joined = first.joined;
        bytes += weight(first.request);
        submitted_bytes_ += disk_bytes(first.request);
        batch.push_back(std::move(first.request));
    }
    submitted_ += batch.size();
    busy_ = true;
    writer_.loop().post([this, self = std::weak_ptr{self_}, written_back = log_length_.written(),
                         batch = std::move(batch)]() mutable {
        // This lives until the writer's thread has ended; when the answer comes it may be gone.
        loop_.post([self, answers = write_batch(tables_, written_back, batch)]() mutable {
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
    pending_bytes_ -= std::exchange(submitted_bytes_, 0);
    file_bytes_ = answers->file_bytes;
    const Ticket through = submitted_;
    for (const Freed& freed : answers->freed) {
        forget(freed);
    }
    if (!waiting_.empty()) {
        submit();
    }
    events_.stored(through);
    for (const auto& done : answers->done) {
        done();
    }
    keep_log_short(answers->log_pages);
    tell_idle();
}

/// What left a queue. That of a session that was dropped is forgotten already.
void Store::forget(const Freed& freed) {
    const auto queue = queues_.find(key_of(freed.session));
    if (queue == queues_.end()) {
        return;
    }
    for (QueueSize* size : {&queue->second.size, &queued_}) {
        size->messages -= freed.size.messages;
        size->bytes -= freed.size.bytes;
    }
}

bool Store::has_room(Room of, std::uint64_t bytes) const {
    constexpr std::uint64_t kSixteenths[]{12, 14, 15};
    return file_bytes_max_ == 0 ||
           file_bytes_ + pending_bytes_ + bytes <=
               file_bytes_max_ / 16 * kSixteenths[static_cast<std::size_t>(of)];
}

void Store::keep_log_short(int pages) {
    if (failed_ || !log_length_.is_due(pages)) {
        return;
    }
    checkpoint_.run(
        [this]() -> Result<void> {
            WEFT_TRY(written_back_, log_keeper_.checkpoint(sqlite::Checkpoint::passive));
            return {};
        },
        [this](const Result<void>& done) {
            log_length_.wrote_back(written_back_);
            if (!done) {
                fail_with(done.error());
            }
        });
}

void Store::fail_with(const Error& error) {
    if (!std::exchange(failed_, true)) {
        waiting_.clear();
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

}  // namespace weft::mqtt_store
