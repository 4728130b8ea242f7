#include "broker/store/requests.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace weft::store {
namespace {

/// The requests of one batch.
class BatchRun {
public:
    explicit BatchRun(Segments& segments) : segments_{segments} {}

    Result<void> operator()(const AddQueue& add) {
        return segments_.add_queue(add.number, add.name, add.settings);
    }
    Result<void> operator()(const SetSettings& set) {
        return segments_.set_settings(set.number, set.settings);
    }
    Result<void> operator()(const DropQueue& drop) {
        WEFT_TRY(const bool complete, segments_.drop(drop.number));
        if (complete) {
            answers_.others.push_back(drop.done);
        } else {
            answers_.unfinished.push_back(drop);
        }
        return {};
    }
    Result<void> operator()(const AppendMessage& append) {
        note(append.to, append.id);
        return segments_.append(append.to, append.id, append.expires, *append.payload);
    }
    Result<void> operator()(const RemoveMessage& remove) {
        return segments_.remove(remove.from, remove.id, remove.size);
    }
    Result<void> operator()(const RecountMessage& recount) {
        return segments_.recount(recount.of, recount.id, recount.failures);
    }
    Result<void> operator()(const MoveMessage& move) {
        note(move.to, move.new_id);
        return segments_.move(move.from, move.id, move.to, move.new_id, move.expires);
    }
    Result<void> operator()(const SetAside& aside) {
        return segments_.set_aside(aside.from, aside.id, aside.size);
    }
    Result<void> operator()(const ReadRange& read) {
        WEFT_TRY(Reading reading, segments_.read(read.from, read.range));
        answers_.read.push_back({read.done, std::move(reading)});
        return {};
    }
    Result<void> operator()(const SweepQueue& sweep) {
        WEFT_TRY(queue::Swept swept, segments_.sweep(sweep.in, sweep.wanted));
        answers_.others.emplace_back(
            [done = sweep.done, swept = std::move(swept)] { done(swept); });
        return {};
    }
    Result<void> operator()(const CompactBodies&) { return segments_.compact(); }
    Result<void> operator()(const WaitForAll& wait) {
        answers_.others.push_back(wait.done);
        return {};
    }
    Answers take() {
        for (const auto& [queue, through] : durable_) {
            answers_.durable.push_back({queue, through});
        }
        answers_.log_pages = segments_.log_pages();
        answers_.damaged = segments_.damaged();
        answers_.compact = segments_.wants_compaction();
        return std::move(answers_);
    }

private:
    void note(QueueNumber queue, MessageId id) {
        MessageId& through = durable_[queue];
        through = std::max(through, id);
    }

    Segments& segments_;
    Answers answers_;
    std::map<QueueNumber, MessageId> durable_;
};

constexpr std::size_t kRequestBytes = 100;  // about what one costs besides its payload

}  // namespace

Result<Answers> carry_out(Segments& segments, const Batch& batch) {
    BatchRun run{segments};
    for (const Request& request : batch) {
        if (auto done = std::visit(run, request); !done) {
            return tl::unexpected(done.error());
        }
    }
    if (auto done = segments.commit(); !done) {
        return tl::unexpected(done.error());
    }
    Answers answers = run.take();
    WEFT_TRY(answers.use, segments.use());
    return answers;
}

std::size_t weight(const Request& request) {
    const auto* append = std::get_if<AppendMessage>(&request);
    return kRequestBytes + (append != nullptr ? append->payload->size() : 0);
}

}  // namespace weft::store
