#include "broker/queue/pickers.hpp"

#include "common/base/assert.hpp"

#include <algorithm>
#include <utility>

namespace weft::queue {

void Pickers::add(ConsumerId id, Joining how) {
    const bool added = pickers_
                           .try_emplace(id, Picker{.id = id,
                                                   .choose = std::move(how.choose),
                                                   .operates = how.operates,
                                                   .early = how.early,
                                                   .first = how.from,
                                                   .cursor = how.from,
                                                   .heard = returns_.count()})
                           .second;
    WEFT_CHECK(added);
}

Picker* Pickers::find(ConsumerId id) {
    const auto found = pickers_.find(id);
    return found == pickers_.end() ? nullptr : &found->second;
}

void Pickers::remove(Picker& picker) {
    const ConsumerId id = picker.id;
    WEFT_CHECK(picker.acquired.empty());
    for (auto one = refusals_.begin(); one != refusals_.end();) {
        one->second.erase(id);
        one = one->second.empty() ? refusals_.erase(one) : std::next(one);
    }
    leave_line(picker);
    resting_.erase(id);
    pickers_.erase(id);
}

bool Pickers::can_take(const Picker& picker) const {
    return picker.credit > 0 && !picker.held && picker.acquired.size() < limits_.unsettled_max &&
           (picker.operates || alone_.value_or(picker.id) == picker.id);
}

void Pickers::join_line(Picker& picker) {
    if (picker.turn == 0 && picker.credit > 0 && !picker.held) {
        picker.turn = ++last_turn_;
        line_.emplace_hint(line_.end(), picker.turn, picker.id);
        resting_.erase(picker.id);
    }
}

void Pickers::leave_line(Picker& picker) {
    line_.erase(std::exchange(picker.turn, 0));
}

void Pickers::set_credit(Picker& picker, std::uint32_t credit, bool drain) {
    picker.credit = credit;
    picker.drain = drain;
    join_line(picker);
}

void Pickers::hold(Picker& picker, bool held) {
    picker.held = held;
    join_line(picker);
}

void Pickers::recall() {
    for (const ConsumerId id : std::exchange(resting_, {})) {
        join_line(pickers_.at(id));
    }
}

void Pickers::leave_to(std::optional<ConsumerId> alone) {
    if (alone != alone_) {
        alone_ = alone;
        recall();
    }
}

void Pickers::go_back(const PassedOver::Freed& freed) {
    for (const auto& [id, message] : freed.pickers) {
        if (Picker* const picker = find(id)) {  // else it left
            go_back(*picker, message);
        }
    }
    if (freed.others != 0) {
        for (auto& [id, picker] : pickers_) {
            go_back(picker, freed.others);
        }
    }
}

void Pickers::go_back(Picker& picker, MessageId message) {
    const MessageId to = std::max(message, picker.first);
    if (to < picker.cursor) {
        picker.cursor = to;
        picker.again.erase(picker.again.lower_bound(to), picker.again.end());
        join_line(picker);
    }
}

void Pickers::come_back(MessageId message) {
    if (!pickers_.empty()) {
        returns_.add(message);
        recall();
    }
}

void Pickers::hear(Picker& picker) {
    const std::uint64_t heard = std::exchange(picker.heard, returns_.count());
    if (heard == picker.heard) {
        return;
    }
    if (!returns_.knows_all_since(heard)) {
        go_back(picker, returns_.oldest_since(heard));
        return;
    }
    returns_.each_since(heard, [&picker](MessageId message) {
        if (message >= picker.first && message < picker.cursor) {
            picker.again.insert(message);
        }
    });
    if (picker.again.size() > limits_.again_max) {
        picker.cursor = *picker.again.begin();
        picker.again.clear();
    }
}

std::optional<Browse> Pickers::next_look(MessageId last, Actions& out) {
    while (!line_.empty()) {
        Picker& picker = pickers_.at(line_.begin()->second);
        hear(picker);
        if (can_take(picker) && !picker.again.empty()) {
            const MessageId one = *picker.again.begin();
            return Browse{
                .consumer = picker.id,
                .range = {
                    .from = one, .through = one, .messages = 1, .bytes = limits_.browse_bytes}};
        }
        if (can_take(picker) && picker.cursor <= last) {
            const std::size_t wanted = std::max<std::size_t>(picker.credit, picker.reach);
            return Browse{.consumer = picker.id,
                          .range = {.from = picker.cursor,
                                    .through = last,
                                    .messages = std::min(wanted, limits_.browse_messages),
                                    .bytes = limits_.browse_bytes}};
        }
        leave_line(picker);
        resting_.insert(picker.id);
        if (picker.drain && picker.credit > 0 && !picker.held) {
            picker.credit = 0;
            picker.drain = false;
            out.push_back(Drained{picker.id});
        }
    }
    return std::nullopt;
}

void Pickers::looked(Picker& picker, MessageId from, MessageId next, bool took) {
    if (from == picker.cursor) {
        picker.cursor = next;
        picker.reach = took ? 1 : std::min(picker.reach * 4, limits_.browse_messages);
    } else {
        picker.again.erase(picker.again.lower_bound(from), picker.again.lower_bound(next));
    }
    if (!line_.empty() && line_.begin()->second == picker.id) {  // others have their turn
        leave_line(picker);
        join_line(picker);
    }
}

std::vector<Picker*> Pickers::who_looks_at(MessageId message) {
    std::vector<Picker*> all;
    for (const auto& [turn, id] : line_) {
        Picker& picker = pickers_.at(id);
        hear(picker);
        const MessageId next = picker.again.empty() ? picker.cursor : *picker.again.begin();
        if (next == message && can_take(picker)) {
            all.push_back(&picker);
        }
    }
    return all;
}

void Pickers::acquire(Picker& picker, Record record) {
    --picker.credit;
    taken_.insert(record.id);
    picker.acquired.emplace(record.id, std::move(record));
}

std::optional<Record> Pickers::give_up(Picker& picker, MessageId id) {
    auto node = picker.acquired.extract(id);
    if (!node) {
        return std::nullopt;
    }
    taken_.erase(id);
    join_line(picker);  // it may have had too many
    return std::move(node.mapped());
}

bool Pickers::note_ripe(MessageId id) {
    if (!have(id)) {
        return false;
    }
    for (auto& [each, picker] : pickers_) {
        if (const auto found = picker.acquired.find(id); found != picker.acquired.end()) {
            found->second.due = 0;
        }
    }
    return true;
}

bool Pickers::refuse(ConsumerId id, MessageId message, bool always) {
    const auto known = refusals_.find(message);
    const bool full =
        (known == refusals_.end() ? refusals_.size() : known->second.size()) >= limits_.refused_max;
    if (full && !always) {
        return false;
    }
    if (full && known == refusals_.end()) {
        for (const ConsumerId each : refusals_.begin()->second) {
            pass_by(each, refusals_.begin()->first);
        }
        refusals_.erase(refusals_.begin());
    } else if (full) {
        pass_by(*known->second.begin(), message);
        known->second.erase(known->second.begin());
    }
    refusals_[message].insert(id);
    return true;
}

/// It looks at nothing up to there again.
void Pickers::pass_by(ConsumerId id, MessageId message) {
    if (Picker* picker = find(id)) {
        picker->first = std::max(picker->first, message + 1);
        picker->cursor = std::max(picker->cursor, picker->first);
        picker->again.erase(picker->again.begin(), picker->again.lower_bound(picker->first));
    }
}

bool Pickers::refuses(ConsumerId id, MessageId message) const {
    const auto known = refusals_.find(message);
    return known != refusals_.end() && known->second.contains(id);
}

}  // namespace weft::queue
