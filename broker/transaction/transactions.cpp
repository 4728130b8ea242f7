#include "broker/transaction/transactions.hpp"

#include "common/base/assert.hpp"
#include "common/base/census.hpp"
#include "common/base/conditions.hpp"

#include <chrono>
#include <string>
#include <utility>

namespace weft::transaction {

namespace {

template <class Key>
void erase_from(std::map<Key, std::set<Id>>& index, Key key, const Id& id) {
    const auto found = index.find(key);
    if (found != index.end() && found->second.erase(id) > 0 && found->second.empty()) {
        index.erase(found);
    }
}

}  // namespace

Result<void> Transactions::declare(const Id& id, ControlId by, GroupId group, Instant now) {
    if (all_.size() >= pool_.limits.transactions_max) {
        ++pool_.counters.refused;
        return fail(kResourceLimitExceeded, "the connection has " +
                                                std::to_string(pool_.limits.transactions_max) +
                                                " transactions: discharge some");
    }
    const Instant deadline = now + pool_.limits.open_max;
    const bool added =
        all_.emplace(id, Transaction{.by = by, .group = group, .deadline = deadline}).second;
    WEFT_CHECK(added);
    of_[by].insert(id);  // X4
    open_[group].insert(id);
    deadlines_.emplace(deadline, id);  // X1
    ++pool_.open;
    ++pool_.counters.declared;
    return {};
}

Transactions::Taken Transactions::enlist(const Id& id, std::size_t bytes) {
    const auto found = all_.find(id);
    if (found == all_.end()) {
        return Taken::unknown;
    }
    Transaction& one = found->second;
    if (one.life != Life::open) {
        return Taken::no;  // X2
    }
    const Limits& limits = pool_.limits;
    bytes += kWorkBytes;
    // With it, too, the connection has no more than all others leave free.
    const bool has_share = may_take(bytes_ + bytes - 1, pool_.bytes, limits.all_bytes_max);
    if (one.work >= limits.work_max || bytes > limits.bytes_max - one.bytes || !has_share) {
        ++pool_.counters.over_limit;
        spoil(id, {kResourceLimitExceeded,
                   "a transaction has at most " + std::to_string(limits.work_max) +
                       " messages and outcomes, and " + std::to_string(limits.bytes_max) +
                       " bytes of them, " + std::to_string(kWorkBytes) +
                       " each beside their own (all of the broker: " +
                       std::to_string(limits.all_bytes_max) +
                       ", of which one connection has what all others leave free): commit more "
                       "often"});
        return Taken::no;
    }
    ++one.work;
    one.bytes += bytes;
    bytes_ += bytes;
    return Taken::yes;
}

void Transactions::spoil(const Id& id, Error why) {
    const auto found = all_.find(id);
    if (found != all_.end() && found->second.life == Life::open) {
        end_open(id, found->second, Life::failed);
        found->second.why = std::move(why);
    }
}

void Transactions::spoil(GroupId group, const Error& why) {
    const auto found = open_.extract(group);
    if (!found) {
        return;
    }
    for (const Id& id : found.mapped()) {
        Transaction& one = all_.at(id);
        one.life = Life::failed;
        one.why = why;
    }
}

void Transactions::end_open(const Id& id, Transaction& one, Life life) {
    one.life = life;
    erase_from(open_, one.group, id);  // X4
}

Result<bool> Transactions::discharge(const Id& id, ControlId by, Request::Kind how) {
    const auto found = all_.find(id);
    if (found == all_.end() || found->second.by != by) {
        return fail(kTransactionUnknownId,
                    "this link has no such transaction: it was discharged, or never declared");
    }
    const Transaction one = found->second;
    close(found);
    const bool commits = how == Request::Kind::commit;
    if (one.life == Life::timed_out) {
        if (commits) {
            return tl::unexpected(one.why);
        }
        return false;
    }
    if (!commits) {
        ++pool_.counters.rolled_back;
        return false;
    }
    if (one.life == Life::failed) {
        ++pool_.counters.failed;
        return fail(kTransactionRollback, "rolled back, for a part of it failed: " + one.why.text);
    }
    return true;
}

std::vector<Id> Transactions::leave(ControlId by) {
    std::vector<Id> undone;
    const auto found = of_.extract(by);
    if (!found) {
        return undone;
    }
    for (const Id& id : found.mapped()) {
        const auto one = all_.find(id);
        if (one->second.life != Life::timed_out) {
            ++pool_.counters.abandoned;
            undone.push_back(id);
        }
        close(one);
    }
    return undone;
}

std::vector<Id> Transactions::expire(Instant now) {
    std::vector<Id> undone;
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
        const Id id = deadlines_.begin()->second;
        deadlines_.erase(deadlines_.begin());
        --pool_.open;  // X3
        ++pool_.counters.timed_out;
        using std::chrono::duration_cast;
        using std::chrono::seconds;
        Transaction& one = all_.at(id);
        bytes_ -= std::exchange(one.bytes, 0);
        end_open(id, one, Life::timed_out);
        one.why = {kTransactionTimeout,
                   "rolled back, for it was open for " +
                       std::to_string(duration_cast<seconds>(pool_.limits.open_max).count()) +
                       " s (/broker/transactionTimeoutSeconds)"};
        undone.push_back(id);
    }
    return undone;
}

Instant Transactions::deadline() const {
    return deadlines_.empty() ? kNever : deadlines_.begin()->first;
}

void Transactions::close(All::iterator one) {
    if (deadlines_.erase({one->second.deadline, one->first}) > 0) {
        --pool_.open;  // X3
    }
    bytes_ -= one->second.bytes;
    erase_from(of_, one->second.by, one->first);  // X4
    erase_from(open_, one->second.group, one->first);
    all_.erase(one);
}

}  // namespace weft::transaction
