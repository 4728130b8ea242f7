#pragma once

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::router_transaction {

/// What became of transactions of all sessions of a loop. Threading: loop-confined.
struct Counters {
    std::uint64_t declared = 0;
    std::uint64_t refused = 0;         // declares, for the limit; these were never there
    std::uint64_t committed = 0;       // a broker said so, or there was nothing to commit
    std::uint64_t rolled_back = 0;     // as the client said
    std::uint64_t failed = 0;          // it was to be committed, and is rolled back
    std::uint64_t in_doubt = 0;        // its broker was lost while it committed
    std::uint64_t abandoned = 0;       // its link is gone, so the broker rolls it back
    std::uint64_t second_brokers = 0;  // spoilt by a part that goes to another broker
    // Messages and outcomes that are part of one:
    std::uint64_t parts_refused = 0;  // it can't have them, or there is none
    std::uint64_t parts_lost = 0;     // with their link, while they waited for its name

    Counters& operator+=(const Counters& more);
};

/// What is to be done with a piece of work that its client says is part of a transaction.
struct Part {
    enum class Way : std::uint8_t {
        pass,     // on to its broker, under that one's name of the transaction
        wait,     // until that name is known
        refused,  // the transaction can only be rolled back
        unknown,  // there is no such transaction
    };

    Way way = Way::unknown;
    bool asks = false;           // wait: its broker is to be asked to declare one
    bool spoils = false;         // refused: by this
    std::string_view name{};     // pass; lives until the transaction changes
    const Error* why = nullptr;  // refused, unknown; likewise
};

/// What is to be done about the end of a transaction.
struct End {
    /// Its broker is to be asked, by `theirs`; it is over already, as was wished; or not.
    enum class How : std::uint8_t { ask, accept, reject };

    How how = How::accept;
    bool fail = false;           // ask: the broker is to roll it back
    std::string broker{};        // ask
    std::string theirs{};        // ask: its name there
    std::optional<Error> why{};  // reject
};

/// Transactions whose end a broker was asked for before it was lost.
struct Loss {
    /// Those that it was to commit: whether it did nobody knows.
    std::vector<std::string> in_doubt{};
    /// The others, and why they are not committed if their client wished so.
    std::vector<std::pair<std::string, std::optional<Error>>> over{};
};

/// The transactions that a router coordinates for a session of a client: of which broker each is,
/// and what that one calls it. README.md has the life of one as a picture.
///
/// Names are bytes: ours are given, and random; a broker's own are anything.
///
/// Invariants:
///   T1  a transaction is of one broker at most, and of the first one that it was enlisted at
///   T2  work passes only under the name that this broker gave
///   T3  of what is spoilt nothing passes any more, and it is never committed
///   T4  one that is of no broker costs no broker anything
///
/// Threading: loop-confined.
class Transactions {
public:
    /// Of a session, that are not discharged.
    static constexpr std::size_t kTransactionsMax = 100;

    /// `counters` must outlive it.
    explicit Transactions(Counters& counters) : counters_{counters} {}
    Transactions(const Transactions&) = delete;
    Transactions& operator=(const Transactions&) = delete;

    /// Errors: amqp:resource-limit-exceeded. Precondition: the name is new.
    [[nodiscard]] Result<void> declare(std::string name);
    /// A message or an outcome of the transaction goes to `broker`; empty: to none that addresses
    /// name.
    [[nodiscard]] Part enlist(std::string_view name, std::string_view broker);
    /// A message or an outcome of it is refused, or lost with the link that it waits at; it can't
    /// be committed any more.
    void refuse_part(std::string_view name, std::string why);
    void lose_part(std::string_view name);
    /// A link of the session may have lost parts that passed there, or were on their way to it: of
    /// whatever transactions, so none can be committed but those that a broker was asked to end.
    void spoil_all();
    /// The broker has declared it, under that name. False: nobody waits for that any more.
    [[nodiscard]] bool declared(std::string_view name, std::string theirs);
    /// It can't be committed any more, as the broker did not declare it, or more is wrong.
    void spoil(std::string_view name, std::string why);
    /// What the broker had is rolled back, as the way to it is lost. Of those whose end it was
    /// asked for nothing is left; if they are `rolled_back`, too, none is in doubt.
    [[nodiscard]] Loss lose(std::string_view broker, std::string_view why, bool rolled_back);
    /// The client ends it. Until it is `over`, for How::ask, its name stays.
    /// Errors of `reject`: amqp:transaction:unknown-id, amqp:transaction:rollback.
    [[nodiscard]] End discharge(std::string_view name, bool commits);
    /// The broker has answered to that; `done`: as it was asked. Returns why it is not what the
    /// client wished, if that is not for the broker to say.
    [[nodiscard]] std::optional<Error> over(std::string_view name, bool done);
    /// The link that declared them is gone.
    void clear();

    /// Our name for what `broker` calls `theirs`; null: it has none of ours.
    const std::string* ours(std::string_view broker, std::string_view theirs) const;
    /// Its broker was asked to declare it, and has not answered: what is of it waits.
    bool is_asked(std::string_view name) const;
    std::size_t size() const { return all_.size(); }

private:
    enum class Life : std::uint8_t {
        open,     // of no broker
        asked,    // its broker is asked to declare it
        bound,    // it has its name there
        ending,   // its broker is asked to end it
        orphaned  // spoilt, and its broker has nothing of it
    };
    struct Transaction {
        Life life = Life::open;
        bool commits = false;  // ending: the client wishes so
        std::string broker{};
        std::string theirs{};
        std::optional<Error> spoilt{};  // why it can't be committed
    };
    using All = std::map<std::string, Transaction, std::less<>>;
    using Theirs = std::map<std::pair<std::string, std::string>, std::string, std::less<>>;

    void spoil(Transaction& one, std::string why);
    void close(All::iterator at);

    Counters& counters_;
    All all_;
    Theirs theirs_;  // our name, by the broker and its own
};

}  // namespace weft::router_transaction
