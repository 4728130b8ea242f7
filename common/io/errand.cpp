#include "common/io/errand.hpp"

#include "common/base/assert.hpp"
#include "common/base/conditions.hpp"

#include <system_error>
#include <thread>
#include <utility>

namespace weft::io {

struct Errand::Run {
    Work work;
    Done done;
    Result<void> result = fail(kInternalError, "an error of this program");
    std::thread thread{};
};

Errand::~Errand() {
    if (run_ && run_->thread.joinable()) {
        run_->thread.join();
    }
}

void Errand::run(Work work, Done done) {
    WEFT_CHECK(!run_);
    run_ = std::make_shared<Run>(Run{.work = std::move(work), .done = std::move(done)});
    const auto carry_out = [this, run = run_.get(), running = std::weak_ptr<Run>{run_}] {
        Loop::attempt([&] { run->result = run->work(); });
        Loop::attempt([&] {
            loop_.post([this, running] {
                if (!running.expired()) {  // else this may be gone
                    wait();
                }
            });
        });
    };
    try {
        run_->thread = std::thread{carry_out};
    } catch (const std::system_error&) {  // no thread to be had: then the loop waits
        carry_out();
    }
}

void Errand::wait() {
    if (const std::shared_ptr<Run> run = std::exchange(run_, nullptr)) {
        if (run->thread.joinable()) {
            run->thread.join();
        }
        run->done(std::move(run->result));
    }
}

}  // namespace weft::io
