#include "tools/weft/bench/watch.hpp"

#include "tools/weft/failure.hpp"

#include <utility>

namespace weft::tools {

BenchWatch::BenchWatch() : signals_{loop_, [this](int) { fail("interrupted"); }} {}

void BenchWatch::notify() {
    loop_.post([this] {
        notified_ = true;
        loop_.stop();
    });
}

void BenchWatch::fail(std::string why) {
    loop_.post([this, why = std::move(why)]() mutable {
        if (failure_.empty()) {
            failure_ = std::move(why);
        }
        loop_.stop();
    });
}

bool BenchWatch::wait(Duration at_most) {
    bool passed = false;
    const io::Timer limit = loop_.after(at_most, [&] {
        passed = true;
        loop_.stop();
    });
    while (!notified_ && !passed && failure_.empty()) {
        loop_.run();
    }
    if (!failure_.empty()) {
        throw Failure(failure_);
    }
    return std::exchange(notified_, false);
}

}  // namespace weft::tools
