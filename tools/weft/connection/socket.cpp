#include "tools/weft/connection/socket.hpp"

#include "tools/weft/failure.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

namespace weft::tools {
namespace {

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Addresses resolve(const BusUrl& url) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int code = ::getaddrinfo(url.host.c_str(), url.port.c_str(), &hints, &found);
    if (code != 0) {
        throw Failure("cannot resolve " + url.endpoint() + ": " + ::gai_strerror(code) +
                      "; check the host and the port given with -b");
    }
    return {found, &::freeaddrinfo};
}

/// 0 once connected, else the error number.
int finish_connect(int descriptor, SteadyTime deadline) {
    pollfd waiting{descriptor, POLLOUT, 0};
    const int ready = ::poll(&waiting, 1, poll_timeout(deadline));
    if (ready == 0) {
        return ETIMEDOUT;
    }
    if (ready < 0) {
        return errno;
    }
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
    return error;
}

int connect_to(const addrinfo& address, int descriptor, SteadyTime deadline) {
    if (::connect(descriptor, address.ai_addr, address.ai_addrlen) == 0) {
        return 0;
    }
    return errno == EINPROGRESS ? finish_connect(descriptor, deadline) : errno;
}

}  // namespace

int poll_timeout(SteadyTime deadline) {
    constexpr std::chrono::milliseconds kLongest{3'600'000};
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    return static_cast<int>(std::clamp(left, std::chrono::milliseconds{0}, kLongest).count());
}

Socket Socket::dial(const BusUrl& url, SteadyTime deadline) {
    const Addresses addresses = resolve(url);
    int error = 0;
    for (const addrinfo* each = addresses.get(); each != nullptr; each = each->ai_next) {
        const int kind = each->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC;
        Socket socket{::socket(each->ai_family, kind, each->ai_protocol)};
        error = socket.descriptor_ < 0 ? errno : connect_to(*each, socket.descriptor_, deadline);
        if (error == 0) {
            const int on = 1;
            ::setsockopt(socket.descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            return socket;
        }
    }
    throw Failure("cannot connect to " + url.endpoint() + ": " + std::strerror(error) +
                  "; start a router there or name another one with -b HOST:PORT");
}

Socket::Socket(Socket&& other) noexcept : descriptor_{std::exchange(other.descriptor_, -1)} {}

Socket& Socket::operator=(Socket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

Socket::~Socket() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

}  // namespace weft::tools
