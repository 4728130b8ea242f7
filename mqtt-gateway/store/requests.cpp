#include "mqtt-gateway/store/requests.hpp"

#include <utility>

namespace weft::mqtt_store {
namespace {

/// The requests of one batch.
class TablesRun {
public:
    explicit TablesRun(Tables& tables) : tables_{tables} {}

    Result<void> operator()(const PutSession& put) {
        return tables_.put_session(put.session, put.row);
    }
    Result<void> operator()(const DropSession& drop) { return tables_.drop_session(drop.session); }
    Result<void> operator()(const PutSubscription& put) {
        return tables_.put_subscription(put.session, put.subscription);
    }
    Result<void> operator()(const RemoveSubscription& remove) {
        return tables_.remove_subscription(remove.session, remove.filter);
    }
    Result<void> operator()(const PutIncoming& put) {
        return tables_.put_incoming(put.session, put.id);
    }
    Result<void> operator()(const SetSerials& set) {
        return tables_.set_serials(set.session, set.base, set.under_way);
    }
    Result<void> operator()(const AddEntry& add) {
        return tables_.add_entry(add.session, add.number, *add.message, add.body);
    }
    Result<void> operator()(const PutOutgoing& put) {
        return note(put.session, tables_.put_outgoing(put.session, put.id));
    }
    Result<void> operator()(const RemoveEntry& remove) {
        return note(remove.session, tables_.remove_entry(remove.session, remove.number));
    }
    Result<void> operator()(ReadQueue& read) {
        WEFT_TRY(QueueReading reading, tables_.read_queue(read.session, read.after, read.most));
        answers_.done.emplace_back(
            [done = std::move(read.done), reading = std::move(reading)]() mutable {
                done(std::move(reading));
            });
        return {};
    }
    Result<void> operator()(SweepQueues& sweep) {
        const std::size_t before = answers_.freed.size();
        if (auto done = tables_.sweep(sweep.now, sweep.most, answers_.freed); !done) {
            return done;
        }
        answers_.done.emplace_back([done = std::move(sweep.done),
                                    count = answers_.freed.size() - before] { done(count); });
        return {};
    }
    Result<void> operator()(const PutRetained& put) { return tables_.put_retained(*put.message); }
    Result<void> operator()(const RemoveRetained& remove) {
        return tables_.remove_retained(remove.topic);
    }
    Result<void> operator()(const PutWill& put) { return tables_.put_will(put.number, put.will); }
    Result<void> operator()(const RemoveWill& remove) { return tables_.remove_will(remove.number); }
    Result<void> operator()(const PutSeen& put) {
        return tables_.put_seen(put.seen, put.forgotten);
    }
    Result<Answers> take() {
        answers_.log_pages = tables_.log_pages();
        WEFT_TRY(answers_.file_bytes, tables_.file_bytes());
        return std::move(answers_);
    }

private:
    Result<void> note(SessionNumber session, Result<QueueSize> freed) {
        if (!freed) {
            return tl::unexpected(freed.error());
        }
        if (*freed != QueueSize{}) {
            answers_.freed.push_back({.session = session, .size = *freed});
        }
        return {};
    }

    Tables& tables_;
    Answers answers_;
};

constexpr std::size_t kRequestBytes = 150;  // about what one costs besides its message
constexpr std::size_t kIdBytes = 40;        // what a packet identifier takes of the file

}  // namespace

Result<Answers> carry_out(Tables& tables, Batch& batch) {
    TablesRun run{tables};
    for (Request& request : batch) {
        if (auto done = std::visit(run, request); !done) {
            return tl::unexpected(done.error());
        }
    }
    if (auto done = tables.commit(); !done) {
        return tl::unexpected(done.error());
    }
    return run.take();
}

std::uint64_t disk_bytes(std::size_t row) {
    constexpr std::size_t kWholeMax = 1800;   // of a row that stands in one page
    constexpr std::size_t kFirstLeast = 900;  // of a larger one in its first page
    constexpr std::size_t kFirstMost = 1300;  // what that takes, with what is lost
    constexpr std::size_t kRest = Tables::kPageSize - 4;
    if (row <= kWholeMax) {
        return kRequestBytes + row + row / 2;
    }
    return kFirstMost + (row - kFirstLeast + kRest - 1) / kRest * Tables::kPageSize;
}

std::uint64_t session_bytes(std::size_t client_id, std::size_t will) {
    return disk_bytes(client_id) + disk_bytes(client_id + will);
}

std::uint64_t disk_bytes(const Request& request) {
    if (const auto* add = std::get_if<AddEntry>(&request)) {
        return disk_bytes(add->size());
    }
    if (const auto* put = std::get_if<PutRetained>(&request)) {
        return disk_bytes(put->message->publish().topic.size() + put->message->size());
    }
    if (const auto* fired = std::get_if<PutWill>(&request)) {
        return disk_bytes(fired->will.message_id.size() + fired->will.message->size());
    }
    if (const auto* put = std::get_if<PutSession>(&request)) {
        return session_bytes(put->row.client_id.size(),
                             put->row.will ? put->row.will->message->size() : 0);
    }
    if (const auto* put = std::get_if<PutSubscription>(&request)) {
        return disk_bytes(put->subscription.filter.size());
    }
    if (const auto* name = std::get_if<PutSeen>(&request)) {
        return disk_bytes(name->seen.key.size());
    }
    const auto* set = std::get_if<SetSerials>(&request);
    return kRequestBytes + (set != nullptr ? set->under_way.size() * kIdBytes : 0);
}

std::size_t weight(const Request& request) {
    if (const auto* add = std::get_if<AddEntry>(&request)) {
        return kRequestBytes + add->size();
    }
    if (const auto* put = std::get_if<PutRetained>(&request)) {
        return kRequestBytes + put->message->size();
    }
    if (const auto* fired = std::get_if<PutWill>(&request)) {
        return kRequestBytes + fired->will.message->size();
    }
    if (const auto* set = std::get_if<SetSerials>(&request)) {
        return kRequestBytes + set->under_way.size() * sizeof(IncomingId);
    }
    if (const auto* name = std::get_if<PutSeen>(&request)) {
        return kRequestBytes + name->seen.key.size();
    }
    const auto* put = std::get_if<PutSession>(&request);
    return kRequestBytes + (put != nullptr && put->row.will ? put->row.will->message->size() : 0);
}

}  // namespace weft::mqtt_store
