#include "common/io/loop_thread.hpp"

#include <exception>
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
    std::exception_ptr failure;
    loop.post([&] {
        try {
            f();
        } catch (...) {
            failure = std::current_exception();
        }
        done.release();
    });
    done.acquire();
    if (failure) {
        std::rethrow_exception(failure);
    }
}

}  // namespace weft::io
