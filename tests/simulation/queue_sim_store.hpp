#pragma once

#include "broker/queue/queue.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace weft::queue::sim {

/// A store that takes its time: what it is asked waits, is done in order some day, and is answered
/// another day. What waits when it is killed is lost.
class SlowStore {
public:
    /// An answer, given to the queue when it is `take`n.
    struct Answer {
        std::function<void(Queue&, Actions&)> give;  // empty: there is none
        MessageId stored = 0;                        // all up to here are durable; 0: no news
        std::vector<MessageId> ripe{};               // are scheduled no more
        MessageId keyed = 0;                         // all keys up to here are told
    };
    /// What a reader finds in a message.
    using Describe = std::function<void(Record&)>;

    explicit SlowStore(Describe describe) : describe_{std::move(describe)} {}

    void ask(const Action& action) { asked_.push_back(action); }
    bool is_idle() const { return asked_.empty() && answers_.empty(); }

    /// Does the first `count` of what waits, and commits that.
    void work(std::size_t count) {
        MessageId stored = 0;
        for (; count > 0 && !asked_.empty(); --count) {
            std::visit([&](const auto& one) { carry_out(one, stored); }, asked_.front());
            asked_.pop_front();
        }
        if (stored > 0) {
            answers_.push_back(
                {[stored](Queue& queue, Actions& out) { queue.on_stored(stored, out); }, stored});
        }
    }
    /// Its oldest answer; empty: none.
    Answer take() {
        if (answers_.empty()) {
            return {};
        }
        Answer answer = std::move(answers_.front());
        answers_.pop_front();
        return answer;
    }
    void kill() {
        asked_.clear();
        answers_.clear();
        ripe_.clear();
    }
    Stored stored() const {
        Stored all{.first = records_.empty() ? last_ + 1 : records_.begin()->first, .last = last_};
        for (const auto& [id, record] : records_) {
            ++all.messages;
            all.bytes += record.size;
            all.expires = std::min(all.expires, record.expires);
            all.due = record.due > 0 ? std::min(all.due, record.due) : all.due;
            all.priorities |= bit_of(record.priority);
        }
        for (const auto& [number, name] : names_) {
            all.names.push_back(name);
            all.named = number;
        }
        return all;
    }
    /// It knows that name once all is done that it was asked.
    bool will_know(const std::string& name) const {
        auto names = names_;
        for (const Action& action : asked_) {
            if (const auto* append = std::get_if<Append>(&action)) {
                remember(names, append->named);
            }
        }
        return std::any_of(names.begin(), names.end(),
                           [&](const auto& one) { return one.second == name; });
    }
    bool has(MessageId id) const { return records_.contains(id); }
    WallTime due(MessageId id) const { return records_.at(id).due; }

private:
    using Names = std::map<std::uint64_t, std::string>;

    static void remember(Names& names, const Named& named) {
        if (named.number > 0) {
            names.emplace(named.number, named.name);
            names.erase(names.begin(), names.upper_bound(named.forgotten));
        }
    }
    void carry_out(const Append& append, MessageId& stored) {
        records_[append.id] = {.id = append.id,
                               .size = append.payload->size(),
                               .expires = append.expires,
                               .due = append.due,
                               .priority = append.priority,
                               .payload = append.payload};
        remember(names_, append.named);
        stored = last_ = append.id;
    }
    void carry_out(const Remove& remove, MessageId&) { records_.erase(remove.id); }
    void carry_out(const Drop& drop, MessageId&) { records_.erase(drop.id); }
    void carry_out(const Bury& bury, MessageId&) { records_.erase(bury.id); }
    void carry_out(const Recount& recount, MessageId&) {
        records_.at(recount.id).failures = recount.failures;
    }
    void carry_out(const Load& load, MessageId&) {
        const auto [records, through] = read(load.range);
        answers_.push_back({[records, through, range = load.range](Queue& queue, Actions&) {
            queue.on_loaded(range, records, through);
        }});
    }
    void carry_out(const Browse& browse, MessageId&) {
        const auto [records, through] = read(browse.range);
        answers_.push_back({[records, through, id = browse.consumer](Queue& queue, Actions& out) {
            queue.on_browsed(id, records, through, out);
        }});
    }
    void carry_out(const Sweep& sweep, MessageId&) {
        Swept swept{.through = sweep.through, .complete = true};
        for (auto at = records_.lower_bound(sweep.from);
             at != records_.end() && at->first <= sweep.through; ++at) {
            if (at->second.expires > sweep.now) {
                swept.next = std::min(swept.next, at->second.expires);
                continue;
            }
            swept.expired.push_back(
                {.id = at->first, .size = at->second.size, .priority = at->second.priority});
            if (swept.expired.size() == sweep.messages) {
                swept.through = at->first;
                swept.complete = false;
                break;
            }
        }
        answers_.push_back({[swept](Queue& queue, Actions& out) { queue.on_swept(swept, out); }});
    }
    void carry_out(const Ripen& ripen, MessageId&) {
        Ripened ripened;
        std::vector<MessageId> ids;
        for (const auto& [id, record] : records_) {
            if (record.due == 0 || ripe_.contains(id)) {
                continue;
            }
            if (record.due > ripen.now || ids.size() == ripen.messages) {
                ripened.next = std::min(ripened.next, record.due);
                continue;
            }
            ids.push_back(id);
            ripe_.insert(id);
            // What it says of itself is known when it is read.
            ripened.ripe.push_back({.id = id,
                                    .size = record.size,
                                    .expires = record.expires,
                                    .priority = record.priority});
        }
        answers_.push_back(
            {.give = [ripened](Queue& queue, Actions&) { queue.on_ripened(ripened); },
             .ripe = std::move(ids)});
    }
    void carry_out(const ReadKeys& keys, MessageId&) {
        const auto [records, through] = read(keys.range);
        answers_.push_back(
            {.give = [records, through](Queue& queue,
                                        Actions& out) { queue.on_keyed(records, through, out); },
             .keyed = through});
    }
    template <class Other>
    void carry_out(const Other&, MessageId&) {}

    Record seen(Record record) const {
        record.due = ripe_.contains(record.id) ? 0 : record.due;
        describe_(record);
        return record;
    }

    std::pair<std::vector<Record>, MessageId> read(const Range& range) const {
        std::vector<Record> records;
        auto at = records_.lower_bound(range.from);
        for (; at != records_.end() && at->first <= range.through; ++at) {
            if ((range.priorities & bit_of(at->second.priority)) == 0) {
                continue;
            }
            if (records.size() == range.messages) {
                return {records, records.back().id};
            }
            records.push_back(seen(at->second));
        }
        return {records, range.through};
    }

    Describe describe_;
    std::map<MessageId, Record> records_;
    std::set<MessageId> ripe_;
    Names names_;
    MessageId last_ = 0;
    std::deque<Action> asked_;
    std::deque<Answer> answers_;
};

}  // namespace weft::queue::sim
