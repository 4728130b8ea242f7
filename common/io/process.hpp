#pragma once

#include "common/io/loop.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace weft::io {

/// The first thing that a daemon's main does: writes that can't be done fail from now on instead of
/// ending the process (a pipe without a reader, a file at its size limit), and no file or socket is
/// mistaken for standard input, output or error because those were closed.
void prepare_process();

/// Writes a line to stderr, as far as that takes it without waiting: for what is said before the
/// log's outputs are known, and after the log. Threading: any thread.
void print_error(std::string line);

/// Turns SIGTERM, SIGINT and SIGHUP into calls on a loop.
/// One a process. Dies before its loop. Threading: loop-confined (loop 0).
class Signals {
public:
    /// `on_signal` gets the signal's number.
    Signals(Loop& loop, std::function<void(int)> on_signal);
    ~Signals();
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

private:
    struct State;
    std::shared_ptr<State> state_;
};

/// Tells the service manager, "READY=1" or "STOPPING=1"; false if there is none or it does not
/// hear. Looks for its socket in the environment. Threading: any thread. Spec: sd_notify(3)
bool notify_service_manager(std::string_view state);

/// Tells the service manager that the loop turns, twice in each of the spans within which it wants
/// to hear that; nothing where it does not ask. A loop that stands is so started again.
/// Dies before its loop. Threading: loop-confined (loop 0). Spec: sd_watchdog_enabled(3)
class Watchdog {
public:
    explicit Watchdog(Loop& loop);

private:
    Timer timer_;
};

/// Raises the soft limit of open files to the hard one; the limit that holds now.
std::uint64_t raise_open_files();

/// The name of this machine; "localhost" if it has none. Threading: any thread.
std::string host_name();

/// Threads that run at once here; 0 where the system does not say. Threading: any thread.
unsigned processors();

/// What nobody can foretell, of the system's random source. Threading: any thread.
std::array<std::uint8_t, 16> random_bytes();

/// Zero where the system does not say. Threading: any thread.
struct ProcessMemory {
    std::uint64_t resident_bytes = 0;
    std::uint64_t virtual_bytes = 0;
};
ProcessMemory process_memory();
/// Gives back to the system what was freed and is kept for later, where the C library can: after
/// something large that does not come again.
void return_free_memory();

}  // namespace weft::io
