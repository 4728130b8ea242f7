#include "tools/weft/up/children.hpp"

#include "tools/weft/connection/interrupt.hpp"
#include "tools/weft/failure.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <deque>
#include <fstream>
#include <utility>

namespace weft::tools {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kReadyWithin{20};
constexpr std::chrono::seconds kStopWithin{10};
constexpr int kPollMs = 50;

int listening_socket(const fs::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.string().size() >= sizeof address.sun_path) {
        throw Failure("the path " + path.string() +
                      " is too long for a socket; give a shorter --dir");
    }
    std::strcpy(address.sun_path, path.c_str());
    ::unlink(path.c_str());
    const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (socket < 0 ||
        ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw Failure("can't make " + path.string() + ": " + std::strerror(errno));
    }
    return socket;
}

/// In the child: becomes the program, or ends.
[[noreturn]] void become(const fs::path& log,
                         const fs::path& ready,
                         const fs::path& program,
                         const std::vector<std::string>& arguments,
                         pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) {
        ::_exit(1);  // it has ended already
    }
    ::setpgid(0, 0);  // Ctrl-C is the parent's, which stops them in order
    const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    ::dup2(file, STDERR_FILENO);
    ::dup2(file, STDOUT_FILENO);
    ::setenv("NOTIFY_SOCKET", ready.c_str(), 1);
    std::vector<char*> words{const_cast<char*>(program.c_str())};
    for (const std::string& argument : arguments) {
        words.push_back(const_cast<char*>(argument.c_str()));
    }
    words.push_back(nullptr);
    ::execv(program.c_str(), words.data());
    const std::string said = "can't run " + program.string() + ": " + std::strerror(errno) + "\n";
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, said.data(), said.size());
    ::_exit(127);
}

}  // namespace

Children::Children(fs::path folder)
    : folder_{std::move(folder)}, ready_{listening_socket(folder_ / "ready")} {}

Children::~Children() {
    for (auto child = running_.rbegin(); child != running_.rend(); ++child) {
        ::kill(child->process, SIGTERM);
    }
    const auto late = steady_clock::now() + kStopWithin;
    for (const Child& child : running_) {
        while (!has_ended(child)) {
            if (steady_clock::now() > late) {
                ::kill(child.process, SIGKILL);
            }
            ::poll(nullptr, 0, kPollMs);
        }
        ::waitpid(child.process, nullptr, 0);
    }
    ::close(ready_);
    ::unlink((folder_ / "ready").c_str());
}

void Children::start(const std::string& name,
                     const fs::path& program,
                     const std::vector<std::string>& arguments) {
    const fs::path log = folder_ / (name + ".log");
    const pid_t parent = ::getpid();
    const pid_t process = ::fork();
    if (process < 0) {
        throw Failure(std::string{"can't start another process: "} + std::strerror(errno));
    }
    if (process == 0) {
        become(log, folder_ / "ready", program, arguments, parent);
    }
    running_.push_back({name, process});
    const auto late = steady_clock::now() + kReadyWithin;
    for (;;) {
        pollfd told{ready_, POLLIN, 0};
        ::poll(&told, 1, kPollMs);
        char text[64];
        const ssize_t size = ::recv(ready_, text, sizeof text, 0);
        if (size > 0 && std::string(text, static_cast<std::size_t>(size)) == "READY=1") {
            return;
        }
        if (Interrupt::raised()) {
            throw Failure("interrupted");
        }
        if (has_ended(running_.back())) {
            throw Failure(name + " could not start: " + last_words(name));
        }
        if (steady_clock::now() > late) {
            throw Failure(name + " is not ready: " + last_words(name));
        }
    }
}

std::optional<std::string> Children::wait() const {
    while (!Interrupt::raised()) {
        for (const Child& child : running_) {
            if (has_ended(child)) {
                return child.name + " has ended: " + last_words(child.name);
            }
        }
        pollfd signal{Interrupt::descriptor(), POLLIN, 0};
        ::poll(&signal, 1, 500);
    }
    return std::nullopt;
}

bool Children::has_ended(const Child& child) const {
    siginfo_t
        info{};  // WNOWAIT: it is still there to be waited for, so its number is nobody else's
    return ::waitid(P_PID, static_cast<id_t>(child.process), &info, WEXITED | WNOHANG | WNOWAIT) ==
               0 &&
           info.si_pid == child.process;
}

std::string Children::last_words(const std::string& name) const {
    constexpr std::size_t kLines = 3;
    std::ifstream file{folder_ / (name + ".log")};
    std::deque<std::string> lines;
    for (std::string line; std::getline(file, line);) {
        lines.push_back(line);
        if (lines.size() > kLines) {
            lines.pop_front();
        }
    }
    std::string text;
    for (const std::string& line : lines) {
        text += (text.empty() ? "" : " | ") + line;
    }
    return text.empty() ? "it said nothing" : text;
}

}  // namespace weft::tools
