#pragma once

#include "broker/queue/actions.hpp"
#include "broker/queue/joining.hpp"
#include "broker/queue/passed_over.hpp"
#include "broker/queue/returns.hpp"
#include "broker/queue/settings.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

namespace weft::queue {

/// Who takes out of a queue what it wants, and leaves the rest to others.
struct Picker {
    ConsumerId id{};
    Choose choose;
    std::uint32_t credit = 0;
    bool drain = false;
    bool held = false;
    bool operates = false;        // nobody is alone to it
    bool early = false;           // it takes what is scheduled, too
    std::uint64_t turn = 0;       // its place in line; 0: it is in none
    MessageId first = 1;          // it looks at none that is older
    MessageId cursor = 1;         // it looked at all between, but
    std::set<MessageId> again{};  // these: they came back since
    std::uint64_t heard = 0;      // of Returns: what came back up to then
    std::size_t reach = 1;        // messages that it looks at next
    std::map<MessageId, Record> acquired{};
};

/// The pickers of a queue: each has a cursor over what it passed over, and looks at what the store
/// reads for it, one picker after the other.
///
///     away ──can take, and something new──▶ in line ──looked at all──▶ away
///
/// What comes back behind a cursor is looked at again by itself; of many the cursor goes back. A
/// picker hears of it when it is to look next, so that it costs nothing but an entry of Returns.
///
/// Invariants:
///   P1  `taken_` is what pickers have acquired, all together
///   P2  `line_` has a picker once while it has a turn
///   P3  `resting_` has those that may want something and are not in line
///   P4  of `refusals_` there are `refused_max` messages at most, each still in the queue, with as
///       many pickers at most
///
/// Threading: loop-confined (its queue's).
class Pickers {
public:
    explicit Pickers(const Limits& limits)
        : limits_{limits}, returns_{limits.again_max}, passed_over_{limits.passed_over_max} {}

    void add(ConsumerId id, Joining how);
    /// Null: there is none.
    Picker* find(ConsumerId id);
    /// What it had must have been given up.
    void remove(Picker& picker);
    void set_credit(Picker& picker, std::uint32_t credit, bool drain);
    void hold(Picker& picker, bool held);
    bool can_take(const Picker& picker) const;

    /// Nobody but `alone`, if there is one, takes anything.
    void leave_to(std::optional<ConsumerId> alone);
    /// There are younger messages than there were.
    void recall();
    /// It wants that message, and its group is another's.
    void pass_over(const Picker& picker, const Record& record) {
        passed_over_.note(record.group, picker.id, record.id);
    }
    /// Who passed over something of that group looks again from there on.
    void free_group(std::string_view group) { go_back(passed_over_.free(group)); }
    /// The same for all groups.
    void free_groups() { go_back(passed_over_.free_all()); }
    /// A message is nobody's again.
    void come_back(MessageId id);
    /// A message is gone.
    void forget(MessageId id) { refusals_.erase(id); }

    /// What the first in line looks at next, of messages up to `last`; none: nobody looks at
    /// anything. Answers those who want their credit drained.
    std::optional<Browse> next_look(MessageId last, Actions& out);
    /// It looked at all between the `from` of that and `next`; `took` some.
    void looked(Picker& picker, MessageId from, MessageId next, bool took);

    /// Those in line that look at that message next, at nothing before it.
    std::vector<Picker*> who_looks_at(MessageId message);

    void acquire(Picker& picker, Record record);
    std::optional<Record> give_up(Picker& picker, MessageId id);
    /// The time of a scheduled message has come. False: none of them has it.
    bool note_ripe(MessageId id);
    /// A transaction has it from somebody, who may be no picker; no more.
    void set_aside(MessageId id) { taken_.insert(id); }
    void take_back(MessageId id) { taken_.erase(id); }
    /// Some picker has it, or a transaction.
    bool have(MessageId id) const { return taken_.contains(id); }
    /// It can't process that one. False: too many such are known already, and nothing is noted
    /// unless `always`: then one of those is forgotten, and whoever refused it looks at nothing
    /// that old again.
    bool refuse(ConsumerId id, MessageId message, bool always);
    bool refuses(ConsumerId id, MessageId message) const;
    std::size_t size() const { return pickers_.size(); }

private:
    void join_line(Picker& picker);
    void leave_line(Picker& picker);
    void hear(Picker& picker);
    void go_back(const PassedOver::Freed& freed);
    void go_back(Picker& picker, MessageId message);
    void pass_by(ConsumerId id, MessageId message);

    Limits limits_;
    std::optional<ConsumerId> alone_;
    std::map<ConsumerId, Picker> pickers_;
    std::map<std::uint64_t, ConsumerId> line_;  // by turn
    std::uint64_t last_turn_ = 0;
    std::set<ConsumerId> resting_;
    Returns returns_;
    PassedOver passed_over_;
    std::set<MessageId> taken_;
    std::map<MessageId, std::set<ConsumerId>> refusals_;
};

}  // namespace weft::queue
