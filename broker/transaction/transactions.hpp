#pragma once

#include "broker/transaction/pool.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/transaction/control.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace weft::transaction {

/// A link to the coordinator; never used twice.
enum class ControlId : std::uint64_t {};

/// Links to the coordinator that fail together: those of one session.
enum class GroupId : std::uint64_t {};

/// The transactions of one connection: which there are, how much each may do, how each ends. What
/// they do is kept by their owner, who is told when it is to be undone.
///
/// README.md has the life of a transaction as a picture.
///
/// Invariants:
///   X1  a transaction is in `deadlines_` exactly while it is open or failed
///   X2  of one that is spoilt nothing more is taken, and it is never committed
///   X3  the pool counts as open those of X1
///   X4  those that are open are in `open_` of their group, and all in `of_` of their link
///
/// Threading: loop-confined.
class Transactions {
public:
    /// What became of a piece of work.
    enum class Taken : std::uint8_t {
        yes,
        no,       // it is spoilt: the discharge tells why
        unknown,  // there is no such transaction
    };

    /// `pool` must outlive it.
    explicit Transactions(Pool& pool) : pool_{pool} {}
    Transactions(const Transactions&) = delete;
    Transactions& operator=(const Transactions&) = delete;

    /// Errors: amqp:resource-limit-exceeded.
    [[nodiscard]] Result<void> declare(const Id& id, ControlId by, GroupId group, Instant now);
    /// A message of so many bytes, or an outcome (0), is to be part of it, and takes kWorkBytes
    /// more. What passes a limit, or the connection's share of one, spoils it.
    [[nodiscard]] Taken enlist(const Id& id, std::size_t bytes);
    /// Part of it can't be done, so it can't be committed.
    void spoil(const Id& id, Error why);
    /// All that links of the group declared and did not discharge: parts of them may not have
    /// come. Costs nothing for those that are spoilt already.
    void spoil(GroupId group, const Error& why);
    /// It is spoilt, or there is no such transaction: why. It is there.
    const Error& reason(const Id& id) const { return all_.at(id).why; }

    /// It is over. True: it is to be committed, which may fail still (`could_not`); false: it is
    /// rolled back. Errors: amqp:transaction:unknown-id, also for one of another link;
    /// amqp:transaction:rollback and :timeout, it was spoilt, and is rolled back.
    [[nodiscard]] Result<bool> discharge(const Id& id, ControlId by, Request::Kind how);
    /// Those that are undone because their link is gone.
    [[nodiscard]] std::vector<Id> leave(ControlId by);
    /// Those that are undone because they were open for too long. Their ids stay, for whoever asks,
    /// until they are discharged.
    [[nodiscard]] std::vector<Id> expire(Instant now);
    /// When one expires; kNever: none.
    Instant deadline() const;

private:
    enum class Life : std::uint8_t { open, failed, timed_out };
    struct Transaction {
        ControlId by{};
        GroupId group{};
        Instant deadline{};
        Life life = Life::open;
        std::size_t work = 0;
        std::size_t bytes = 0;
        Error why{};  // of one that is spoilt
    };
    using All = std::map<Id, Transaction>;

    void close(All::iterator one);
    void end_open(const Id& id, Transaction& one, Life life);

    Pool& pool_;
    All all_;
    std::map<ControlId, std::set<Id>> of_;
    std::map<GroupId, std::set<Id>> open_;
    std::size_t bytes_ = 0;  // of their work
    std::set<std::pair<Instant, Id>> deadlines_;
};

}  // namespace weft::transaction
