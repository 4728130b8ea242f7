#pragma once

#include "common/base/time.hpp"
#include "common/io/log_output.hpp"
#include "common/io/log_queue.hpp"

#include <cstdint>
#include <memory>

namespace weft::io {

// Who writes the log. Internal to common/io.

/// The one thread that writes the log's lines, each output's in the order in which they came.
///
/// Whoever logs only queues. An output that fails or stands still keeps its lines waiting, is tried
/// again, and holds back no other. The thread begins with the first line.
///
///   an output:  writing ──EAGAIN──▶ standing ──kStandMin…kStandMax──▶ writing
///                  └────error─────▶ failing ─────retry──────────────▶ writing
///               retired: gone once its lines are written, or after `drain`
///
/// Threading: any thread.
class LogWriter {
public:
    /// An output that stands is tried again after this long, doubled up to the other.
    static constexpr Duration kStandMin = std::chrono::milliseconds{2};
    static constexpr Duration kStandMax = std::chrono::milliseconds{128};
    struct Timing {
        /// One that failed is tried again after this long.
        Duration retry = std::chrono::seconds{1};
        /// How long what is queued may take at the end, of the process or of an output.
        Duration drain = std::chrono::seconds{1};
    };

    /// An output and its queue.
    struct Lane;

    LogWriter() : LogWriter{Timing{}} {}
    explicit LogWriter(Timing timing);
    /// Writes what is queued, at most for `drain`. A thread that hangs in a write is left alone.
    ~LogWriter();
    LogWriter(const LogWriter&) = delete;
    LogWriter& operator=(const LogWriter&) = delete;

    std::shared_ptr<Lane> add(std::unique_ptr<LogOutput> output);
    /// No line comes any more.
    void retire(const std::shared_ptr<Lane>& lane);

    /// Neither waits nor throws; false: the line is left out.
    bool queue(Lane& lane, const LogLine& line) noexcept;
    /// Waits until all is written that was queued; false: it was not, within `at_most`.
    bool flush(Duration at_most);

    /// Lines of the module that were not written.
    std::uint64_t dropped(Module module) const;
    void count_dropped(Module module) noexcept;
    /// Times that an output reported an error.
    std::uint64_t failures() const;

private:
    struct State;

    std::shared_ptr<State> state_;  // the thread's too: it may outlive this
};

}  // namespace weft::io
