#pragma once

#include "common/base/census.hpp"
#include "common/base/out_buffer.hpp"
#include "common/base/time.hpp"
#include "common/io/ledger.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <utility>

namespace boost::asio {
class io_context;
}

namespace weft::io {

class SocketTransport;

/// A timer that stops when it is destroyed, which is before its loop is. Threading: loop-confined.
class Timer {
public:
    struct State;

    Timer();
    explicit Timer(std::shared_ptr<State> state);
    Timer(Timer&& other) noexcept;
    Timer& operator=(Timer&& other) noexcept;
    ~Timer();

    void cancel();

private:
    std::shared_ptr<State> state_;
};

/// One thread's event loop and what its connections share.
///
/// Runs in turns: one handler (a read of at most kReadSize, a timer, a posted function), then the
/// output of every connection that it touched is written, then the transports that were lost are
/// reported and destroyed, then the turn's end is told; only then the next handler. One that throws
/// is logged, and the next one runs. A timer's handler stands behind those that were ready before;
/// what is urgent does not.
///
/// Threading: loop-confined, but for post and stop: any thread. The thread that calls `run` is the
/// loop's; until then the one that made it may set it up.
class Loop {
public:
    static constexpr std::size_t kReadSize = 64 * 1024;  // bytes
    static constexpr Duration kSweepPeriod = std::chrono::milliseconds{250};
    static constexpr std::size_t kSweptAtOnce = 500;  // transports; the others have later turns
    /// Writing makes room that protocols fill again; after so many rounds others get a turn.
    static constexpr int kFlushRoundsMax = 8;
    /// Bytes that the peers of all connections may leave unread together, but for those that may
    /// leave any number (other routers), and what each may whatever others do.
    static constexpr std::size_t kUnreadMax = std::size_t{512} * 1024 * 1024;
    static constexpr std::size_t kUnreadFree = std::size_t{64} * 1024;

    explicit Loop(std::size_t unread_max = kUnreadMax);
    /// Drops the transports that are left, without on_lost.
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    /// Runs turns until `stop`.
    void run();
    /// Waits for one handler and runs its turn: for tests, instead of `run`.
    void run_one();
    /// `run` returns after the present turn, or at once if it was not called yet. What is posted or
    /// pending stays for the next run.
    void stop();

    /// Runs `f` in a turn of its own, on the loop's thread, in the order of the calls. `f` may be
    /// move-only. What is posted and not yet run when the loop dies is destroyed unrun.
    template <class F>
    void post(F f) {
        post_job(std::make_unique<JobOf<F>>(std::move(f)));
    }
    [[nodiscard]] Timer after(Duration delay, std::function<void()> f);
    [[nodiscard]] Timer every(Duration period, std::function<void()> f);

    /// The time at which the present turn began.
    Instant now() const { return now_; }
    /// Whether the calling thread runs it just now.
    bool is_current() const;
    /// Shared by the loop's connections.
    BlockPool& pool() { return pool_; }
    /// The same: what they keep for their peers.
    Census& census() { return census_; }
    const Census& census() const { return census_; }
    /// What their peers leave unread, of those that leave more than kUnreadFree.
    Ledger& unread() { return unread_; }
    const Ledger& unread() const { return unread_; }
    /// How many transports are open, lingering ones included.
    std::size_t transports() const;
    /// `f` runs at the end of each turn, after output was written: hands work to other loops. It is
    /// told whether the turn was a socket's.
    void set_turn_end(std::function<void(bool is_sockets)> f) { turn_end_ = std::move(f); }
    /// What can't wait behind all the handlers that are ready: `f` runs before the first turn that
    /// begins at its time or later, and its output is written before that turn, too. A loop has
    /// one; an empty one takes it back.
    void set_urgent(std::function<void()> f);
    /// Its time, which is used up when it runs. kNever: none.
    void urge_at(Instant due);

    // --- for common/io itself -------------------------------------------------------------
    boost::asio::io_context& context();
    std::span<std::uint8_t> read_buffer() { return {read_buffer_.get(), kReadSize}; }
    /// Every handler of the loop's context goes through this,
    template <class F>
    void turn(F&& f) noexcept {
        begin_turn();
        attempt(std::forward<F>(f));
        end_turn();
    }
    /// or this, if it is of an operation of a socket: then the turn ends with that one's output,
    /// behind what it caused others to be sent. `f` does not throw.
    template <class F>
    void turn_of(SocketTransport& transport, F&& f) noexcept {
        begin_turn();
        is_sockets_ = true;
        std::forward<F>(f)();
        mark_dirty(transport);
        end_turn();
    }
    /// Runs `f`; false: it threw, which is logged. What belongs to a transport goes through its
    /// guard instead.
    template <class F>
    static bool attempt(F&& f) noexcept {
        try {
            std::forward<F>(f)();
            return true;
        } catch (...) {
            log_exception();
            return false;
        }
    }
    void adopt(std::unique_ptr<SocketTransport> transport);
    /// Its output is written before the turn ends.
    void mark_dirty(SocketTransport& transport) noexcept;
    /// It is lost: reported, and destroyed when nothing refers to it any more.
    void retire(SocketTransport& transport) noexcept;

private:
    struct Job {
        virtual ~Job() = default;
        virtual void run() = 0;
    };
    template <class F>
    struct JobOf final : Job {
        explicit JobOf(F function) : f{std::move(function)} {}
        void run() override { f(); }
        F f;
    };
    struct State;

    void post_job(std::unique_ptr<Job> job);
    static void log_exception() noexcept;
    void begin_turn();
    void run_urgent() noexcept;
    void end_turn() noexcept;
    void flush_dirty() noexcept;
    void report_lost() noexcept;
    void sweep(std::size_t below);
    void request_turn() noexcept;

    Instant now_;
    bool in_turn_ = false;
    bool is_sockets_ = false;  // the turn
    std::unique_ptr<std::uint8_t[]> read_buffer_ =
        std::make_unique_for_overwrite<std::uint8_t[]>(kReadSize);
    BlockPool pool_;
    Census census_;
    Ledger unread_;
    std::function<void(bool)> turn_end_;
    std::function<void()> urgent_;
    Instant urgent_due_ = kNever;
    std::unique_ptr<State> state_;
};

}  // namespace weft::io
