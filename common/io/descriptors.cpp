#include "common/io/descriptors.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace weft::io {

std::size_t descriptors_left_by(Claim claim, std::size_t limit) {
    const std::size_t kept = std::min(kDescriptorsKeptMax, limit / 16);
    switch (claim) {
        case Claim::client:
            return kept;
        case Claim::management:
            return kept / 2;
        case Claim::router:
            return 0;
    }
    return 0;
}

std::size_t http_connections_max(std::size_t limit) {
    return std::clamp<std::size_t>(limit / 4, 1, kHttpConnectionsMax);
}

std::size_t http_connections_max() {
    rlimit limit{};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? http_connections_max(limit.rlim_cur)
                                                   : kHttpConnectionsMax;
}

bool may_open(Claim claim) {
    rlimit limit{};
    if (claim == Claim::router || ::getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
        limit.rlim_cur == RLIM_INFINITY) {
        return true;
    }
    const int lowest = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
    if (lowest < 0) {
        return errno != EMFILE;
    }
    ::close(lowest);
    return static_cast<std::size_t>(lowest) + descriptors_left_by(claim, limit.rlim_cur) <
           limit.rlim_cur;
}

}  // namespace weft::io
