#include "common/io/process.hpp"

#include "common/base/assert.hpp"
#include "common/io/log_output.hpp"
#include "common/io/socket.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fcntl.h>
#include <malloc.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <thread>

namespace weft::io {

void prepare_process() {
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    // The lowest free descriptor is opened, so this ends with the first that is beyond them.
    int opened = 0;
    do {
        opened = ::open("/dev/null", O_RDWR);
    } while (opened >= 0 && opened <= STDERR_FILENO);
    if (opened >= 0) {
        ::close(opened);
    }
}

void print_error(std::string line) {
    line += '\n';
    DescriptorOutput output{STDERR_FILENO, DescriptorOutput::Ownership::left_open};
    for (std::string_view rest = line; !rest.empty();) {
        const auto written = output.write(rest, Level::error);
        if (written.error != 0) {
            return;
        }
        rest.remove_prefix(written.size);
    }
}

struct Signals::State : std::enable_shared_from_this<Signals::State> {
    State(Loop& of, std::function<void(int)> callback)
        : loop{of}, on_signal{std::move(callback)}, set{of.context(), SIGTERM, SIGINT, SIGHUP} {}

    void wait() {
        set.async_wait(
            [self = shared_from_this()](const boost::system::error_code& error, int number) {
                if (!error && !self->ended) {
                    self->loop.turn([&] {
                        self->wait();
                        self->on_signal(number);
                    });
                }
            });
    }

    Loop& loop;
    std::function<void(int)> on_signal;
    boost::asio::signal_set set;
    bool ended = false;
};

Signals::Signals(Loop& loop, std::function<void(int)> on_signal)
    : state_{std::make_shared<State>(loop, std::move(on_signal))} {
    state_->wait();
}

Signals::~Signals() {
    state_->ended = true;
    state_->set.cancel();
}

bool notify_service_manager(std::string_view state) {
    const char* path = std::getenv("NOTIFY_SOCKET");
    sockaddr_un address{};
    if (path == nullptr || path[0] == '\0' || std::strlen(path) >= sizeof address.sun_path) {
        return false;
    }
    const std::size_t size = std::strlen(path);
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path, size);
    if (path[0] == '@') {
        address.sun_path[0] = '\0';  // in the abstract name space
    }
    const Socket socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    const ssize_t sent =
        ::sendto(socket.fd(), state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                 reinterpret_cast<const sockaddr*>(&address),
                 static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size));
    return sent == static_cast<ssize_t>(state.size());
}

namespace {

/// Zero: the service manager does not ask this process.
std::chrono::microseconds watchdog_span() {
    const auto number = [](const char* name) {
        const char* text = std::getenv(name);
        std::int64_t value = 0;
        if (text != nullptr) {
            std::from_chars(text, text + std::strlen(text), value);
        }
        return value;
    };
    const std::int64_t process = number("WATCHDOG_PID");
    const bool ours = process == 0 || process == ::getpid();
    return std::chrono::microseconds{ours ? std::max<std::int64_t>(number("WATCHDOG_USEC"), 0) : 0};
}

}  // namespace

Watchdog::Watchdog(Loop& loop) {
    if (const auto span = watchdog_span(); span.count() > 0) {
        timer_ = loop.every(span / 2, [] { notify_service_manager("WATCHDOG=1"); });
    }
}

std::uint64_t raise_open_files() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return 0;
    }
    const rlim_t soft = std::exchange(limit.rlim_cur, limit.rlim_max);
    return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : soft;
}

std::string host_name() {
    char name[256] = {};
    return ::gethostname(name, sizeof name - 1) == 0 ? name : "localhost";
}

unsigned processors() {
    return std::thread::hardware_concurrency();
}

std::array<std::uint8_t, 16> random_bytes() {
    std::array<std::uint8_t, 16> bytes{};
    // So few are given whole or, in a system without them, never. Spec: getrandom(2)
    WEFT_CHECK(::getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
    return bytes;
}

void return_free_memory() {
#ifdef __GLIBC__
    ::malloc_trim(0);
#endif
}

ProcessMemory process_memory() {
    std::ifstream file{"/proc/self/statm"};  // in pages: size, resident, …
    std::uint64_t size = 0;
    std::uint64_t resident = 0;
    file >> size >> resident;
    const long page = ::sysconf(_SC_PAGESIZE);
    const auto bytes = static_cast<std::uint64_t>(page > 0 ? page : 0);
    return {.resident_bytes = resident * bytes, .virtual_bytes = size * bytes};
}

}  // namespace weft::io
