#include "common/io/process.hpp"

#include "tests/unit/io/support.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace weft::io {

namespace {

/// Stands in for the service manager, in the abstract name space.
Socket service_manager(const std::string& name) {
    Socket socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, name.data(), name.size());
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    REQUIRE(::bind(socket.fd(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    return socket;
}

}  // namespace

TEST_SUITE("process") {
    TEST_CASE("signals become calls on the loop, each of them, and none after the end") {
        Loop loop;
        std::vector<int> seen;
        {
            const Signals signals{loop, [&](int number) { seen.push_back(number); }};
            std::raise(SIGHUP);
            run_until(loop, [&] { return seen.size() == 1; });
            std::raise(SIGTERM);
            run_until(loop, [&] { return seen.size() == 2; });
        }
        CHECK(seen == std::vector<int>{SIGHUP, SIGTERM});
    }

    TEST_CASE("a prepared process outlives writes that fail, and has its standard descriptors") {
        const int kept = ::dup(STDIN_FILENO);
        ::close(STDIN_FILENO);
        prepare_process();
        CHECK(::fcntl(STDIN_FILENO, F_GETFD) >= 0);
        std::raise(SIGPIPE);  // would end the process
        std::raise(SIGXFSZ);
        ::dup2(kept, STDIN_FILENO);
        ::close(kept);
    }

    TEST_CASE("the service manager is told through its socket") {
        const std::string name = "weft-process-test-" + std::to_string(::getpid());
        const Socket manager = service_manager(name);
        ::setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
        CHECK(notify_service_manager("READY=1"));
        CHECK(take_arrived(manager).text == "READY=1");
        ::setenv("NOTIFY_SOCKET", "/no/such/socket", 1);
        CHECK_FALSE(notify_service_manager("READY=1"));
        ::setenv("NOTIFY_SOCKET", std::string(200, '/').c_str(), 1);
        CHECK_FALSE(notify_service_manager("READY=1"));
        ::unsetenv("NOTIFY_SOCKET");
        CHECK_FALSE(notify_service_manager("READY=1"));
    }

    TEST_CASE("the service manager hears that the loop turns, if it asks this process") {
        const std::string name = "weft-watchdog-test-" + std::to_string(::getpid());
        const Socket manager = service_manager(name);
        ::setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
        ::setenv("WATCHDOG_USEC", "2", 1);
        const auto heard = [&](pid_t asked) {
            ::setenv("WATCHDOG_PID", std::to_string(asked).c_str(), 1);
            Loop loop;
            const Watchdog watchdog{loop};
            const Timer end = loop.after(std::chrono::milliseconds{2}, [&] { loop.stop(); });
            loop.run();
            char text[32];
            const ssize_t size = ::recv(manager.fd(), text, sizeof text, MSG_DONTWAIT);
            return std::string(text, static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
        };
        CHECK(heard(1).empty());
        CHECK(heard(::getpid()) == "WATCHDOG=1");
        for (const char* variable : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) {
            ::unsetenv(variable);
        }
    }

    TEST_CASE("open files are raised to the hard limit") {
        rlimit before{};
        ::getrlimit(RLIMIT_NOFILE, &before);
        rlimit low{64, before.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &low);
        CHECK(raise_open_files() == before.rlim_max);
        ::setrlimit(RLIMIT_NOFILE, &before);
    }

    TEST_CASE("random bytes are others each time") {
        CHECK(random_bytes() != random_bytes());
    }

    TEST_CASE("memory is what the system says") {
        const ProcessMemory memory = process_memory();
        CHECK(memory.resident_bytes > 100'000);
        CHECK(memory.virtual_bytes > memory.resident_bytes);
    }
}

}  // namespace weft::io
