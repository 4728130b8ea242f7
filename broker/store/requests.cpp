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
    Result<void> operator()(const AppendMessage& one) {
        const queue::Append& append = one.append;
        note(one.to, append.id);
        if (append.named.number > 0) {
            if (auto kept = segments_.remember(one.to, append.named); !kept) {
                return kept;
            }
        }
        const Facts facts{
            .expires = append.expires, .due = append.due, .priority = append.priority};
        return segments_.append(one.to, append.id, facts, *append.payload, append.provenance.get());
    }
    Result<void> operator()(const ForgetNamesOf& forget) {
        return segments_.forget_names(forget.of, forget.through);
    }
    Result<void> operator()(const RemoveMessage& remove) {
        return segments_.remove(remove.from, remove.id, remove.size);
    }
    Result<void> operator()(const RecountMessage& recount) {
        return segments_.recount(recount.of, recount.id, recount.failures);
    }
    Result<void> operator()(const MoveMessage& move) {
        note(move.to, move.new_id);
        return segments_.move(move.from, move.id, move.to, move.new_id, move.expires,
                              move.provenance.get());
    }
    Result<void> operator()(const SetAside& aside) {
        return segments_.set_aside(aside.from, aside.id, aside.size);
    }
    Result<void> operator()(const ReadRange& read) {
        if (is_full()) {
            answers_.put_off.push_back({.request = read});
            return {};
        }
        WEFT_TRY(Reading reading, segments_.read(read.from, read.range, read.most));
        bring(reading.records);
        answers_.read.push_back({read.done, std::move(reading)});
        return {};
    }
    Result<void> operator()(const SweepQueue& sweep) {
        WEFT_TRY(queue::Swept swept, segments_.sweep(sweep.in, sweep.wanted));
        bring(swept.expired);
        answers_.others.emplace_back(
            [done = sweep.done, swept = std::move(swept)] { done(swept); });
        return {};
    }
    Result<void> operator()(const CompactBodies&) {
        answers_.compacted = true;
        return segments_.compact();
    }
    Result<void> operator()(const RipenQueue& ripen) {
        WEFT_TRY(queue::Ripened ripened, segments_.ripen(ripen.in, ripen.wanted));
        bring(ripened.ripe);
        answers_.others.emplace_back(
            [done = ripen.done, ripened = std::move(ripened)] { done(ripened); });
        return {};
    }
    Result<void> operator()(const WaitForAll& wait) {
        answers_.others.push_back(wait.done);
        return {};
    }
    bool is_full() const { return brought_ >= kBroughtMax; }
    void put_off(const Asked& asked) { answers_.put_off.push_back(asked); }
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
    void bring(const std::vector<queue::Record>& records) {
        for (const queue::Record& record : records) {
            brought_ += sizeof record + (record.payload ? record.payload->size() : 0);
        }
    }

    Segments& segments_;
    Answers answers_;
    std::size_t brought_ = 0;  // bytes of the answers
    std::map<QueueNumber, MessageId> durable_;
};

constexpr std::size_t kRequestBytes = 100;  // about what one costs besides its payload

}  // namespace

Result<Answers> carry_out(Segments& segments, Claim& claim, const Batch& batch) {
    BatchRun run{segments};
    bool joined = false;
    for (const Asked& asked : batch) {
        if (run.is_full() && !joined) {
            run.put_off(asked);
            continue;
        }
        joined = asked.joined;
        if (auto held = claim.keep(); !held) {
            return tl::unexpected(held.error());
        }
        if (auto done = std::visit(run, asked.request); !done) {
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

bool goes_with_last(const Batch& batch, const Asked& next) {
    const auto* const copy = std::get_if<AppendMessage>(&next.request);
    const auto* const last =
        batch.empty() ? nullptr : std::get_if<AppendMessage>(&batch.back().request);
    return copy != nullptr && last != nullptr && copy->append.payload == last->append.payload;
}

std::size_t weight(const Request& request) {
    if (const auto* const append = std::get_if<AppendMessage>(&request)) {
        return kRequestBytes + append->append.payload->size();
    }
    const auto* const move = std::get_if<MoveMessage>(&request);
    const bool is_copied = move != nullptr && move->size <= BodyFiles::kInsideMax;
    return kRequestBytes + (is_copied ? move->size : 0);  // a large body stays where it is
}

}  // namespace weft::store
