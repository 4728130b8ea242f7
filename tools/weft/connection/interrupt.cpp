#include "tools/weft/connection/interrupt.hpp"

#include "tools/weft/failure.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>

namespace weft::tools {
namespace {

volatile std::sig_atomic_t signal_raised = 0;
int pipe_ends[2] = {-1, -1};

void on_signal(int /*number*/) {
    signal_raised = 1;
    const char byte = 0;
    // A full pipe is as readable as one more byte would make it.
    [[maybe_unused]] const auto written = ::write(pipe_ends[1], &byte, 1);
}

void set_action(void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

Interrupt::Interrupt() {
    if (::pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        throw Failure("no file descriptors left; raise the limit (ulimit -n)");
    }
    set_action(on_signal);
}

Interrupt::~Interrupt() {
    set_action(SIG_DFL);
    ::close(pipe_ends[0]);
    ::close(pipe_ends[1]);
    pipe_ends[0] = pipe_ends[1] = -1;
}

bool Interrupt::raised() noexcept {
    return signal_raised != 0;
}

int Interrupt::descriptor() noexcept {
    return pipe_ends[0];
}

}  // namespace weft::tools
