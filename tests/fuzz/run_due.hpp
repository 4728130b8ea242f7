#pragma once

#include "common/io/loop.hpp"

namespace weft::fuzz {

/// Runs turns until all timers that are due by now had theirs.
inline void run_due(io::Loop& loop) {
    bool ran = false;
    const io::Timer last = loop.after(Duration::zero(), [&ran] { ran = true; });
    while (!ran) {
        loop.run_one();
    }
}

}  // namespace weft::fuzz
