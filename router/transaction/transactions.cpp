#include "router/transaction/transactions.hpp"

#include "common/base/assert.hpp"
#include "common/base/conditions.hpp"

namespace weft::router_transaction {
namespace {

const Error& unknown_name() {
    static const Error error{
        kTransactionUnknownId,
        "this session has no such transaction: it was discharged, or declared in another session, "
        "or never"};
    return error;
}

}  // namespace

Counters& Counters::operator+=(const Counters& more) {
    declared += more.declared;
    refused += more.refused;
    committed += more.committed;
    rolled_back += more.rolled_back;
    failed += more.failed;
    in_doubt += more.in_doubt;
    abandoned += more.abandoned;
    second_brokers += more.second_brokers;
    parts_refused += more.parts_refused;
    parts_lost += more.parts_lost;
    return *this;
}

Result<void> Transactions::declare(std::string name) {
    if (all_.size() >= kTransactionsMax) {
        ++counters_.refused;
        return fail(kResourceLimitExceeded, "the session has " + std::to_string(kTransactionsMax) +
                                                " transactions: discharge some");
    }
    const bool added = all_.try_emplace(std::move(name)).second;
    WEFT_CHECK(added);
    ++counters_.declared;
    return {};
}

Part Transactions::enlist(std::string_view name, std::string_view broker) {
    const auto at = all_.find(name);
    if (at == all_.end() || at->second.life == Life::ending) {
        ++counters_.parts_refused;
        return {.way = Part::Way::unknown, .why = &unknown_name()};
    }
    Transaction& one = at->second;
    const bool was_spoilt = one.spoilt.has_value();
    if (!one.spoilt && broker.empty()) {
        spoil(one,
              "it has a part in a link to an address of which no entry says that a broker of "
              "the mesh keeps it");
    }
    if (!one.spoilt && one.life != Life::open && one.broker != broker) {  // T1
        ++counters_.second_brokers;
        spoil(one, "a transaction is at one broker; this one is at '" + one.broker +
                       "', and a part of it goes to an address of '" + std::string(broker) + "'");
    }
    if (one.spoilt) {
        ++counters_.parts_refused;
        return {.way = Part::Way::refused, .spoils = !was_spoilt, .why = &*one.spoilt};  // T3
    }
    if (one.life == Life::bound) {
        return {.way = Part::Way::pass, .name = one.theirs};  // T2
    }
    const bool asks = one.life == Life::open;
    one.life = Life::asked;
    one.broker = broker;
    return {.way = Part::Way::wait, .asks = asks};
}

bool Transactions::declared(std::string_view name, std::string theirs) {
    const auto at = all_.find(name);
    if (at == all_.end() || at->second.life != Life::asked) {
        return false;
    }
    Transaction& one = at->second;
    one.life = Life::bound;
    one.theirs = std::move(theirs);
    theirs_.insert_or_assign({one.broker, one.theirs}, at->first);
    return true;
}

void Transactions::spoil(Transaction& one, std::string why) {
    if (!one.spoilt) {
        one.spoilt = Error{kTransactionRollback, "rolled back: " + std::move(why)};
    }
    if (one.life == Life::open) {
        one.life = Life::orphaned;
    }
}

void Transactions::spoil(std::string_view name, std::string why) {
    const auto at = all_.find(name);
    if (at != all_.end() && at->second.life != Life::ending) {
        spoil(at->second, std::move(why));
        if (at->second.life == Life::asked) {
            at->second.life = Life::orphaned;
        }
    }
}

void Transactions::refuse_part(std::string_view name, std::string why) {
    ++counters_.parts_refused;
    spoil(name, std::move(why));
}

void Transactions::lose_part(std::string_view name) {
    ++counters_.parts_lost;
    spoil(name, "a link that had a part in it is gone");
}

void Transactions::spoil_all() {
    for (const auto& [name, one] : all_) {
        spoil(name,
              "a link of its session was detached, perhaps before its broker had all that was sent "
              "or settled there");
    }
}

Loss Transactions::lose(std::string_view broker, std::string_view why, bool rolled_back) {
    Loss loss;
    for (auto next = all_.begin(); next != all_.end();) {
        const auto at = next++;
        Transaction& one = at->second;
        if (one.broker != broker || one.life == Life::open || one.life == Life::orphaned) {
            continue;
        }
        theirs_.erase({one.broker, one.theirs});
        if (one.life != Life::ending || rolled_back) {
            spoil(one, "the broker '" + one.broker + "' is lost: " + std::string(why));
        }
        if (one.life != Life::ending) {
            one.life = Life::orphaned;
            continue;
        }
        if (one.commits && !one.spoilt) {
            ++counters_.in_doubt;
            loss.in_doubt.push_back(at->first);
        } else {
            ++(one.commits ? counters_.failed : counters_.rolled_back);
            loss.over.emplace_back(at->first, one.commits ? one.spoilt : std::nullopt);
        }
        all_.erase(at);
    }
    return loss;
}

End Transactions::discharge(std::string_view name, bool commits) {
    const auto at = all_.find(name);
    if (at == all_.end() || at->second.life == Life::ending) {
        return {.how = End::How::reject, .why = unknown_name()};
    }
    Transaction& one = at->second;
    if (one.life == Life::bound) {
        one.life = Life::ending;
        one.commits = commits;
        return {.how = End::How::ask,
                .fail = !commits || one.spoilt.has_value(),
                .broker = one.broker,
                .theirs = one.theirs};
    }
    End end;
    if (commits && one.spoilt) {
        end = {.how = End::How::reject, .why = one.spoilt};
    }
    ++(!commits ? counters_.rolled_back : one.spoilt ? counters_.failed : counters_.committed);
    close(at);
    return end;
}

std::optional<Error> Transactions::over(std::string_view name, bool done) {
    const auto at = all_.find(name);
    if (at == all_.end()) {
        return std::nullopt;
    }
    const Transaction& one = at->second;
    std::optional<Error> why = one.commits ? one.spoilt : std::nullopt;
    ++(!one.commits          ? counters_.rolled_back
       : done && !one.spoilt ? counters_.committed
                             : counters_.failed);
    close(at);
    return why;
}

void Transactions::close(All::iterator at) {
    theirs_.erase({at->second.broker, at->second.theirs});
    all_.erase(at);
}

void Transactions::clear() {
    counters_.abandoned += all_.size();
    all_.clear();
    theirs_.clear();
}

bool Transactions::is_asked(std::string_view name) const {
    const auto at = all_.find(name);
    return at != all_.end() && at->second.life == Life::asked;
}

const std::string* Transactions::ours(std::string_view broker, std::string_view theirs) const {
    const auto at = theirs_.find(std::pair{std::string(broker), std::string(theirs)});
    return at == theirs_.end() ? nullptr : &at->second;
}

}  // namespace weft::router_transaction
