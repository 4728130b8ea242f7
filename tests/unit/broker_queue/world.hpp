#pragma once

#include "broker/queue/queue.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace weft::queue::test {

/// A queue, a store that is a map, and what its consumers have got. A body "k=…" has the key k, a
/// body "g/…" the group g: as messages say it when they are read again.
class World {
public:
    explicit World(const Settings& settings = {}, const Limits& limits = {})
        : limits_{limits}, queue{settings, {}, limits} {}

    /// As after a kill: what the store has is there, and nothing else.
    void restart() {
        Stored stored{.first = on_disk.empty() ? last + 1 : on_disk.begin()->first, .last = last};
        for (const auto& [id, record] : on_disk) {
            ++stored.messages;
            stored.bytes += record.size;
            stored.expires = std::min(stored.expires, record.expires);
            stored.due = record.due > 0 ? std::min(stored.due, record.due) : stored.due;
            stored.priorities |= bit_of(record.priority);
        }
        for (const Named& one : names) {
            stored.names.push_back(one.name);
            stored.named = one.number;
        }
        ripe.clear();
        queue = Queue{queue.settings(), stored, limits_};
        appended.clear();
        got.clear();
    }
    /// Sends; false: refused. Nothing is durable before `commit`.
    bool send(const std::string& body, std::uint64_t ttl = 0) {
        return offer(body, {.ttl = ttl}).kind == Offered::Kind::taken;
    }
    /// The same with all that a message may say.
    Offered offer(const std::string& body, Arrival arrival) {
        arrival.payload =
            std::make_shared<const Buffer>(as_bytes(body).begin(), as_bytes(body).end());
        const SharedFence fence = arrival.fence;
        const Offered offered = queue.offer(std::move(arrival), now, actions);
        if (offered.kind == Offered::Kind::taken) {
            fences[offered.id] = fence;
        }
        run();
        return offered;
    }
    /// It is durable at once.
    void put_one(const std::string& body, const Arrival& arrival) {
        CHECK(offer(body, arrival).kind == Offered::Kind::taken);
        commit();
    }
    /// What was sent is durable now.
    void commit() {
        for (Record& record : std::exchange(appended, {})) {
            last = record.id;
            on_disk.emplace(record.id, std::move(record));
        }
        queue.on_stored(last, actions);
        run();
    }
    void put(const std::vector<std::string>& bodies) {
        for (const std::string& body : bodies) {
            send(body);
        }
        commit();
    }
    void consumer(int id, std::uint32_t credit, bool alone = false) {
        queue.attach(ConsumerId(id), {.alone = alone});
        this->credit(id, credit);
    }
    void browser(int id, std::uint32_t credit, Choose choose = {}) {
        queue.attach(ConsumerId(id), {.choose = std::move(choose), .browses = true});
        this->credit(id, credit);
    }
    /// Looks at the messages of those keys, and wants its credit drained.
    void reader(int id, std::uint32_t credit, std::vector<std::string> keys) {
        queue.attach(ConsumerId(id), {.browses = true, .keys = std::move(keys)});
        this->credit(id, credit, /*drain=*/true);
    }
    /// Wants bodies that begin with `start`.
    void picker(int id, std::uint32_t credit, char start) {
        queue.attach(ConsumerId(id), {.choose = wants(start)});
        this->credit(id, credit);
    }
    Choose wants(char start) {
        return [this, start](const Record& record) {
            ++asked;
            const std::string_view body = as_text(*record.payload);
            return body.starts_with('?')     ? Choice::gave_up
                   : body.starts_with(start) ? Choice::wanted
                                             : Choice::passed_over;
        };
    }
    void credit(int id, std::uint32_t credit, bool drain = false) {
        queue.set_credit(ConsumerId(id), credit, drain);
        run();
    }
    void hold(int id, bool held) {
        queue.hold(ConsumerId(id), held);
        run();
    }
    bool settle(int id, MessageId message, const Outcome& outcome = {}) {
        const bool had = queue.settle(ConsumerId(id), message, outcome, now, actions);
        run();
        return had;
    }
    void detach(int id, bool failed = false) {
        queue.detach(ConsumerId(id), failed, now, actions);
        run();
    }

    /// Time passes, and the queue is asked what there is to do, as it wants to be.
    void pass(std::uint64_t milliseconds) {
        now += milliseconds;
        if (queue.due() <= now) {
            run();
        }
    }

    /// Bodies that consumer `id` got since the last call.
    std::vector<std::string> take(int id) { return std::exchange(got[ConsumerId(id)], {}); }

    Limits limits_;
    Queue queue;
    Actions actions;
    MessageId last = 0;
    std::vector<Record> appended;
    std::map<MessageId, Record> on_disk;
    std::map<ConsumerId, std::vector<std::string>> got;
    std::map<MessageId, std::uint32_t> failures;  // as last delivered
    std::vector<Bury> buried;
    std::vector<MessageId> dropped;
    std::vector<MessageId> replaced;
    std::vector<Named> names;                 // that the store keeps
    std::map<MessageId, SharedFence> fences;  // that messages say when they are read
    std::set<MessageId> ripe;                 // of those scheduled
    int ripenings = 0;
    std::vector<ConsumerId> drained;
    int rooms = 0;
    int loads = 0;
    int looks = 0;
    int asked = 0;  // messages of which somebody said whether it wants them
    int sweeps = 0;
    int turns = 0;  // that were over before all was given out
    WallTime now = 1'000'000;
    bool answers = true;       // the store answers at once
    bool reads_groups = true;  // who reads a message looks for its group

    void run() {
        for (bool more = true; more || !actions.empty();) {
            for (const Action& action : std::exchange(actions, {})) {
                std::visit([this](const auto& one) { carry_out(one); }, action);
            }
            more = queue.dispatch(now, actions);
            turns += more ? 1 : 0;
        }
    }
    /// What a range of the store holds.
    std::pair<std::vector<Record>, MessageId> read(const Range& range) const {
        std::vector<Record> records;
        std::size_t bytes = 0;
        for (auto at = on_disk.lower_bound(range.from);
             at != on_disk.end() && at->first <= range.through; ++at) {
            bytes += (range.priorities & bit_of(at->second.priority)) != 0 ? at->second.size : 0;
            if (!records.empty() && (records.size() == range.messages || bytes > range.bytes)) {
                return {records, records.back().id};
            }
            if ((range.priorities & bit_of(at->second.priority)) != 0) {
                records.push_back(seen(at->second));
            }
        }
        return {records, range.through};
    }
    /// As the store knows it.
    Record seen(Record record) const {
        record.due = ripe.contains(record.id) ? 0 : record.due;
        record.group = reads_groups ? record.group : std::string{};
        const auto fence = fences.find(record.id);
        record.fence = fence == fences.end() ? nullptr : fence->second;
        return record;
    }
    /// The answer to what was asked while the store was silent.
    void answer() {
        answers = true;
        answer_once();
    }
    /// The same, with what was there when it was asked; what is asked next is not answered.
    void answer_once() {
        for (const auto& [load, read] : std::exchange(unanswered_, {})) {
            ++loads;
            queue.on_loaded(load.range, read.first, read.second);
        }
        for (const auto& [look, read] : std::exchange(unanswered_looks_, {})) {
            queue.on_browsed(look.consumer, read.first, read.second, actions);
        }
        for (const auto& [records, through] : std::exchange(unanswered_keys_, {})) {
            queue.on_keyed(records, through, actions);
        }
        for (const Swept& swept : std::exchange(unanswered_sweeps_, {})) {
            queue.on_swept(swept, actions);
        }
        run();
    }

private:
    void carry_out(const Append& append) {
        appended.push_back({.id = append.id,
                            .size = append.payload->size(),
                            .expires = append.expires,
                            .due = append.due,
                            .priority = append.priority,
                            .payload = append.payload});
        const std::string_view body = as_text(*append.payload);
        if (const std::size_t at = body.find('='); at != std::string_view::npos) {
            appended.back().key = body.substr(0, at);
        }
        if (const std::size_t at = body.find('/'); at != std::string_view::npos) {
            appended.back().group = body.substr(0, at);
        }
        if (append.named.number > 0) {
            names.push_back(append.named);
            forget_names(append.named.forgotten);
        }
    }
    void carry_out(const ForgetNames& forget) { forget_names(forget.through); }
    void forget_names(std::uint64_t through) {
        std::erase_if(names, [through](const Named& one) { return one.number <= through; });
    }

    void carry_out(const Remove& remove) { on_disk.erase(remove.id); }
    void carry_out(const Drop& drop) {
        CHECK(on_disk.erase(drop.id) == 1);
        (drop.cause == Drop::Cause::replaced ? replaced : dropped).push_back(drop.id);
    }
    void carry_out(const Recount& recount) {
        const auto comes = std::ranges::find(appended, recount.id, &Record::id);
        Record& record = comes == appended.end() ? on_disk.at(recount.id) : *comes;
        record.failures = recount.failures;
    }
    void carry_out(const Bury& bury) {
        on_disk.erase(bury.id);
        buried.push_back(bury);
    }
    void carry_out(const Load& load) {
        if (!answers) {
            unanswered_.emplace_back(load, read(load.range));
            return;
        }
        ++loads;
        auto [records, through] = read(load.range);
        queue.on_loaded(load.range, std::move(records), through);
    }
    void carry_out(const Browse& browse) {
        if (!answers) {
            unanswered_looks_.emplace_back(browse, read(browse.range));
            return;
        }
        ++looks;
        const auto [records, through] = read(browse.range);
        queue.on_browsed(browse.consumer, records, through, actions);
    }
    void carry_out(const Sweep& sweep) {
        ++sweeps;
        Swept swept{.through = sweep.through, .complete = true};
        for (auto at = on_disk.lower_bound(sweep.from);
             at != on_disk.end() && at->first <= sweep.through; ++at) {
            const WallTime expires = at->second.damaged ? kForever : at->second.expires;
            if (expires > sweep.now) {
                swept.next = std::min(swept.next, expires);
            } else {
                swept.expired.push_back({.id = at->first,
                                         .size = at->second.size,
                                         .due = seen(at->second).due,
                                         .priority = at->second.priority,
                                         .damaged = at->second.damaged});
                if (swept.expired.size() == sweep.messages) {
                    swept.through = at->first;
                    swept.complete = false;
                    break;
                }
            }
        }
        if (!answers) {
            unanswered_sweeps_.push_back(std::move(swept));
            return;
        }
        queue.on_swept(swept, actions);
    }
    void carry_out(const Ripen& ripen) {
        ++ripenings;
        Ripened ripened;
        for (const auto& [id, record] : on_disk) {
            const WallTime due = seen(record).due;
            if (record.damaged) {
                ripened.ripe.push_back({.id = id, .size = record.size, .damaged = true});
                continue;
            }
            if (due == 0) {
                continue;
            }
            if (due <= ripen.now && ripened.ripe.size() < ripen.messages) {
                ripe.insert(id);
                // What it says of itself is known when it is read.
                ripened.ripe.push_back({.id = id,
                                        .size = record.size,
                                        .expires = record.expires,
                                        .priority = record.priority});
            } else {
                ripened.next = std::min(ripened.next, due);
            }
        }
        queue.on_ripened(ripened);
    }
    void carry_out(const ReadKeys& keys) {
        if (!answers) {
            unanswered_keys_.push_back(read(keys.range));
            return;
        }
        const auto [records, through] = read(keys.range);
        queue.on_keyed(records, through, actions);
    }
    void carry_out(const Deliver& deliver) {
        got[deliver.consumer].emplace_back(as_text(*deliver.payload));
        failures[deliver.id] = deliver.failures;
    }
    void carry_out(const Drained& drained_one) { drained.push_back(drained_one.consumer); }
    void carry_out(const Room&) { ++rooms; }

    using Read = std::pair<std::vector<Record>, MessageId>;

    std::vector<std::pair<Load, Read>> unanswered_;
    std::vector<std::pair<Browse, Read>> unanswered_looks_;
    std::vector<Read> unanswered_keys_;
    std::vector<Swept> unanswered_sweeps_;
};

using Bodies = std::vector<std::string>;
inline const Outcome kReleased{.kind = Outcome::Kind::released};
inline const Outcome kRejected{.kind = Outcome::Kind::rejected};
inline const Outcome kFailed{.kind = Outcome::Kind::modified, .failed = true};
inline const Outcome kElsewhere{.kind = Outcome::Kind::modified, .elsewhere = true};

}  // namespace weft::queue::test
