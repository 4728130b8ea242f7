#pragma once

namespace weft::tools {

/// Turns SIGINT and SIGTERM into something a poll can wait for, while it exists.
///
/// One at a time in a process. A second signal ends the process as usual, so that a command that
/// does not come to its end can always be stopped.
/// Threading: not shared.
class Interrupt {
public:
    Interrupt();
    ~Interrupt();
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;

    /// True once a signal has come.
    static bool raised() noexcept;

    /// Becomes readable with the signal; -1 while no Interrupt exists.
    static int descriptor() noexcept;
};

}  // namespace weft::tools
