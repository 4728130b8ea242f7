#include "common/io/log_writer.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace weft::io {
namespace {

/// After so many lines another output gets its turn.
constexpr int kLinesAtOnce = 64;

using Clock = std::chrono::steady_clock;

}  // namespace

struct LogWriter::Lane {
    explicit Lane(std::unique_ptr<LogOutput> to) : output{std::move(to)} {}

    bool empty() const { return !current && queue.empty(); }

    // The lock of the writer's state guards these,
    LogQueue queue;
    std::optional<LogLine> current;  // of it a part may be written
    Instant next_try{};
    Instant give_up = kNever;  // retired: when its lines are lost
    // and these are the thread's.
    std::unique_ptr<LogOutput> output;
    std::string text;         // of the current line; empty: not made yet
    std::size_t text_at = 0;  // bytes of it that are written
    Duration pause = kStandMin;
};

struct LogWriter::State {
    using Lock = std::unique_lock<std::mutex>;

    explicit State(Timing with) : timing{with} {}

    void run();
    bool write_some(Lane& lane, Lock& lock);
    int write_current(Lane& lane);
    void put_off(Lane& lane, int error);
    void remove_retired(Instant now, Lock& lock);
    void wait(Lock& lock);
    bool all_empty() const;
    void count_dropped(Module module) {
        dropped[static_cast<std::size_t>(module)].fetch_add(1, std::memory_order_relaxed);
    }

    const Timing timing;
    std::mutex mutex;  // guards all but the counters; not held while something is written
    std::vector<std::shared_ptr<Lane>> lanes;
    std::condition_variable work;  // there is, or it ends
    std::condition_variable done;  // all is written, or the thread ended
    std::thread thread;
    bool is_running = false;
    bool is_waiting = false;
    Instant end = kNever;  // however much is left
    std::array<std::atomic<std::uint64_t>, kModulesMax> dropped{};
    std::atomic<std::uint64_t> failures = 0;
};

// --- the thread ---------------------------------------------------------------------------------

void LogWriter::State::run() {
    Lock lock{mutex};
    for (;;) {
        bool has_more = false;
        for (std::size_t i = 0; i < lanes.size(); ++i) {  // more may come meanwhile
            const std::shared_ptr<Lane> lane = lanes[i];
            has_more = write_some(*lane, lock) || has_more;
        }
        const Instant now = Clock::now();
        remove_retired(now, lock);
        const bool is_done = all_empty();
        if (is_done) {
            done.notify_all();
        }
        if (now >= end || (end != kNever && is_done)) {
            break;
        }
        if (!has_more) {
            wait(lock);
        }
    }
    is_running = false;
    done.notify_all();
}

/// True if there may be more to write at once.
bool LogWriter::State::write_some(Lane& lane, Lock& lock) {
    for (int i = 0; i < kLinesAtOnce && !lane.empty() && lane.next_try <= Clock::now(); ++i) {
        int error = ENOMEM;
        try {
            if (!lane.current) {
                lane.current = lane.queue.take();
            }
            lock.unlock();
            error = write_current(lane);
        } catch (const std::exception&) {  // no memory for its text
        }
        if (!lock.owns_lock()) {
            lock.lock();
        }
        if (error != 0) {
            put_off(lane, error);
            return false;
        }
        lane.queue.written(*lane.current);
        lane.current.reset();
    }
    return !lane.empty() && lane.next_try <= Clock::now();
}

/// Why not all of it is written; 0: it is.
int LogWriter::State::write_current(Lane& lane) {
    if (lane.text.empty()) {
        lane.text = lane.current->text();
        lane.text_at = 0;
    }
    while (lane.text_at < lane.text.size()) {
        const auto written = lane.output->write(std::string_view{lane.text}.substr(lane.text_at),
                                                lane.current->record->level);
        if (written.error != 0) {
            return written.error;
        }
        lane.text_at += written.size;
        lane.pause = kStandMin;
    }
    lane.text.clear();
    return 0;
}

void LogWriter::State::put_off(Lane& lane, int error) {
    if (error == EAGAIN) {
        lane.next_try = Clock::now() + lane.pause;
        lane.pause = std::min(lane.pause * 2, kStandMax);
        return;
    }
    failures.fetch_add(1, std::memory_order_relaxed);
    lane.queue.set_failure(error);
    lane.next_try = Clock::now() + timing.retry;
}

void LogWriter::State::remove_retired(Instant now, Lock& lock) {
    const auto is_over = [now](const std::shared_ptr<Lane>& lane) {
        return lane->give_up != kNever && (lane->empty() || now >= lane->give_up);
    };
    for (auto at = lanes.begin(); at != lanes.end();) {
        at = std::find_if(at, lanes.end(), is_over);
        if (at == lanes.end()) {
            break;
        }
        std::shared_ptr<Lane> lane = std::move(*at);
        lanes.erase(at);
        if (lane->current) {
            count_dropped(lane->current->module);
        }
        for (const LogLine& line : lane->queue.lines()) {
            count_dropped(line.module);
        }
        lock.unlock();
        lane.reset();  // closes what is behind it
        lock.lock();
        at = lanes.begin();
    }
}

void LogWriter::State::wait(Lock& lock) {
    Instant next = end;
    for (const std::shared_ptr<Lane>& lane : lanes) {
        next = std::min({next, lane->give_up, lane->empty() ? kNever : lane->next_try});
    }
    is_waiting = true;
    if (next == kNever) {
        work.wait(lock);
    } else {
        work.wait_until(lock, next);
    }
    is_waiting = false;
}

bool LogWriter::State::all_empty() const {
    return std::ranges::all_of(lanes, [](const auto& lane) { return lane->empty(); });
}

// --- those who log ------------------------------------------------------------------------------

LogWriter::LogWriter(Timing timing) : state_{std::make_shared<State>(timing)} {}

LogWriter::~LogWriter() {
    State::Lock lock{state_->mutex};
    if (!state_->thread.joinable()) {
        return;
    }
    const Instant now = Clock::now();
    state_->end = now + state_->timing.drain;
    for (const std::shared_ptr<Lane>& lane : state_->lanes) {
        lane->next_try = now;
    }
    state_->work.notify_all();
    constexpr Duration kGrace = std::chrono::milliseconds{100};
    const bool ended =
        state_->done.wait_until(lock, state_->end + kGrace, [&] { return !state_->is_running; });
    lock.unlock();
    if (ended) {
        state_->thread.join();
    } else {
        state_->thread.detach();
    }
}

std::shared_ptr<LogWriter::Lane> LogWriter::add(std::unique_ptr<LogOutput> output) {
    auto lane = std::make_shared<Lane>(std::move(output));
    const State::Lock lock{state_->mutex};
    state_->lanes.push_back(lane);
    return lane;
}

void LogWriter::retire(const std::shared_ptr<Lane>& lane) {
    const State::Lock lock{state_->mutex};
    lane->give_up = Clock::now() + state_->timing.drain;
    if (!state_->is_running) {
        std::erase(state_->lanes, lane);
    }
    state_->work.notify_one();
}

bool LogWriter::queue(Lane& lane, const LogLine& line) noexcept {
    const State::Lock lock{state_->mutex};
    const bool is_added = lane.queue.add(line);
    if (!is_added) {
        state_->count_dropped(line.module);
    }
    if (state_->is_waiting) {
        state_->work.notify_one();
    } else if (!state_->is_running) {
        try {
            state_->thread = std::thread{[state = state_] { state->run(); }};
            state_->is_running = true;
        } catch (const std::exception&) {  // no thread to be had: the next line tries again
        }
    }
    return is_added;
}

bool LogWriter::flush(Duration at_most) {
    State::Lock lock{state_->mutex};
    const auto is_done = [&] { return !state_->is_running || state_->all_empty(); };
    return state_->done.wait_for(lock, at_most, is_done) && state_->all_empty();
}

std::uint64_t LogWriter::dropped(Module module) const {
    return state_->dropped[static_cast<std::size_t>(module)].load(std::memory_order_relaxed);
}

void LogWriter::count_dropped(Module module) noexcept {
    state_->count_dropped(module);
}

std::uint64_t LogWriter::failures() const {
    return state_->failures.load(std::memory_order_relaxed);
}

}  // namespace weft::io
