#include "common/io/log_output.hpp"

#include "common/base/conditions.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>

namespace weft::io {
namespace {

int syslog_priority(Level level) {
    switch (level) {
        case Level::trace:
        case Level::debug:
            return LOG_DEBUG;
        case Level::info:
            return LOG_INFO;
        case Level::notice:
            return LOG_NOTICE;
        case Level::warning:
            return LOG_WARNING;
        case Level::error:
            return LOG_ERR;
        case Level::critical:
            return LOG_CRIT;
    }
    return LOG_INFO;
}

/// The system's log, of which a process has one. It does not say what it loses, and may wait for
/// the service behind it.
class SyslogOutput final : public LogOutput {
public:
    SyslogOutput() { ::openlog("weft", LOG_PID, LOG_DAEMON); }

    Written write(std::string_view text, Level level) override {
        const std::string_view line = text.substr(0, text.find('\n'));
        ::syslog(syslog_priority(level), "%.*s", static_cast<int>(line.size()), line.data());
        return {.size = text.size()};
    }
};

using Ownership = DescriptorOutput::Ownership;

constexpr int kFileFlags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
constexpr mode_t kFileMode = 0640;

tl::unexpected<Error> cannot_open(const std::string& name, const std::string& why) {
    return fail(kInvalidField, "log output " + name + " can't be opened: " + why);
}

/// Whether a write of PIPE_BUF bytes would wait. Spec: pipe(7)
bool is_full(int descriptor) {
    pollfd asked{.fd = descriptor, .events = POLLOUT, .revents = 0};
    return ::poll(&asked, 1, 0) == 0;
}

}  // namespace

DescriptorOutput::DescriptorOutput(int descriptor, Ownership in_the_end)
    : descriptor_{descriptor}, in_the_end_{in_the_end}, kind_{kind_of(descriptor)} {}

DescriptorOutput::~DescriptorOutput() {
    if (in_the_end_ == Ownership::closed) {
        ::close(descriptor_);
    }
}

DescriptorOutput::Kind DescriptorOutput::kind_of(int descriptor) {
    struct stat facts {};
    if (::fstat(descriptor, &facts) != 0) {
        return Kind::other;
    }
    return S_ISREG(facts.st_mode)    ? Kind::file
           : S_ISSOCK(facts.st_mode) ? Kind::socket
                                     : Kind::other;
}

LogOutput::Written DescriptorOutput::write(std::string_view text, Level) {
    ssize_t size = 0;
    do {
        switch (kind_) {
            case Kind::file:
                size = ::write(descriptor_, text.data(), text.size());
                break;
            case Kind::socket:
                size = ::send(descriptor_, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
                break;
            case Kind::other:
                if (is_full(descriptor_)) {
                    return {.error = EAGAIN};
                }
                size =
                    ::write(descriptor_, text.data(), std::min(text.size(), std::size_t{PIPE_BUF}));
                break;
        }
    } while (size < 0 && errno == EINTR);
    if (size < 0) {
        return {.error = errno == EWOULDBLOCK ? EAGAIN : errno};
    }
    return {.size = static_cast<std::size_t>(size)};
}

bool is_named_output(std::string_view name) {
    return name == "stderr" || name == "stdout" || name == "syslog";
}

Result<std::unique_ptr<LogOutput>> open_output(const std::string& name) {
    if (name == "stderr") {
        return std::make_unique<DescriptorOutput>(STDERR_FILENO, Ownership::left_open);
    }
    if (name == "stdout") {
        return std::make_unique<DescriptorOutput>(STDOUT_FILENO, Ownership::left_open);
    }
    if (name == "syslog") {
        return std::make_unique<SyslogOutput>();
    }
    const int descriptor = ::open(name.c_str(), kFileFlags, kFileMode);
    if (descriptor < 0) {
        return cannot_open(name, std::strerror(errno));
    }
    return std::make_unique<DescriptorOutput>(descriptor, Ownership::closed);
}

Result<std::unique_ptr<LogOutput>> open_output_in(const std::string& folder,
                                                  const std::string& name) {
    const std::string path = folder + "/" + name;
    const int place = ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (place < 0) {
        return cannot_open(path, std::strerror(errno));
    }
    const int descriptor = ::openat(place, name.c_str(), kFileFlags | O_NOFOLLOW, kFileMode);
    const int error = errno;
    ::close(place);
    if (descriptor < 0) {
        return cannot_open(path, error == ELOOP ? "it is a link" : std::strerror(error));
    }
    auto output = std::make_unique<DescriptorOutput>(descriptor, Ownership::closed);
    struct stat facts {};
    if (::fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode) || facts.st_nlink != 1) {
        return cannot_open(path, "it is no file of its own");
    }
    return output;
}

}  // namespace weft::io
