#pragma once

#include "common/base/result.hpp"
#include "common/io/loop.hpp"

#include <functional>
#include <memory>

namespace weft::io {

/// What would hold up a loop because it waits (for a disk), done on a thread of its own; the loop
/// is told how it ended. One at a time.
///
/// Threading: loop-confined; the work alone runs on the other thread.
class Errand {
public:
    using Work = std::function<Result<void>()>;
    using Done = std::function<void(Result<void>)>;

    /// `loop` must outlive it.
    explicit Errand(Loop& loop) : loop_{loop} {}
    /// Waits for the work; nobody is told of it.
    ~Errand();
    Errand(const Errand&) = delete;
    Errand& operator=(const Errand&) = delete;

    /// Only when none is running. `done` runs in a later turn, with what `work` returned; if that
    /// threw, with an error.
    void run(Work work, Done done);
    /// Until `done` runs, exclusively.
    bool is_running() const { return run_ != nullptr; }
    /// If one is running, waits for it, and runs its `done` at once instead.
    void wait();

private:
    struct Run;

    Loop& loop_;
    std::shared_ptr<Run> run_;
};

}  // namespace weft::io
