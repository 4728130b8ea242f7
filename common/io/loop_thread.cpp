#include "common/io/loop_thread.hpp"

#include <semaphore>

namespace weft::io {

void LoopThread::start() {
    thread_ = std::thread([this] { loop_.run(); });
}

void LoopThread::join() {
    if (thread_.joinable()) {
        loop_.stop();
        thread_.join();
    }
}

void call(Loop& loop, const std::function<void()>& f) {
    if (loop.is_current()) {
        f();
        return;
    }
    std::binary_semaphore done{0};
    loop.post([&] {
        f();
        done.release();
    });
    done.acquire();
}

}  // namespace weft::io
