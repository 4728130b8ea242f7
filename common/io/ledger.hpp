#pragma once

#include "common/io/log.hpp"

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weft::io {

class Transport;

/// What connections of a loop hold: all those with HTTP have an account, for requests that came and
/// answers that were not read; of others, those whose peers leave much unread (Loop::unread).
///
/// Where that is too much, one of those that hold more than everybody may makes room: the one with
/// which nothing went on for longest. Where there are too many connections it is one that is idle,
/// else one of those, else any, each time the one with which nothing went on for longest.
///
///   idle ──holds something──▶ small ──holds more than `each`──▶ large
///   any of them ──others need its room──▶ given up: its transport is aborted
///
/// Invariants:
///   H1  nobody gives way to himself
///   H2  what accounts hold, those given up left out, is `bytes`
///
/// Threading: loop-confined.
class Ledger {
public:
    struct Limits {
        std::size_t connections = 4096;
        std::size_t bytes = std::size_t{64} * 1024 * 1024;
        std::size_t each = std::size_t{16} * 1024;  // that one has whatever others hold
        Module module = Module::http;               // where it is logged who made room
    };
    /// Connections that made room for others,
    struct Counters {
        std::uint64_t for_places = 0;  // since there were too many of them
        std::uint64_t for_bytes = 0;   // since all held too much
    };

    /// One connection's. It makes room for itself when it is made.
    class Account : public boost::intrusive::list_base_hook<
                        boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    public:
        /// Both must outlive it; the transport is aborted when it has to give way.
        Account(Ledger& ledger, Transport& transport);
        ~Account();
        Account(const Account&) = delete;
        Account& operator=(const Account&) = delete;

        /// Something came from the peer, or got away to it.
        void go_on();
        /// The connection holds so many bytes now: others make room for them.
        void hold(std::size_t bytes);

    private:
        friend class Ledger;
        Ledger& ledger_;
        Transport& transport_;
        std::size_t bytes_ = 0;
        bool given_up_ = false;
    };

    Ledger() : Ledger(Limits{}) {}
    explicit Ledger(const Limits& limits) : limits_{limits} {}
    Ledger(const Ledger&) = delete;
    Ledger& operator=(const Ledger&) = delete;

    std::size_t connections() const { return connections_; }
    std::size_t bytes() const { return bytes_; }
    const Limits& limits() const { return limits_; }
    const Counters& counters() const { return counters_; }

private:
    using Row = boost::intrusive::list<Account, boost::intrusive::constant_time_size<false>>;

    Row& row_of(const Account& account);
    void place(Account& account);
    void leave(Account& account);
    void make_places(const Account& newcomer);
    void make_bytes(const Account& holder);
    void give_up(Account& account, std::string_view why);

    Limits limits_;
    // In each the one with which nothing went on for longest is first.
    Row idle_;
    Row small_;
    Row large_;
    std::size_t connections_ = 0;
    std::size_t bytes_ = 0;
    Counters counters_;
};

}  // namespace weft::io
