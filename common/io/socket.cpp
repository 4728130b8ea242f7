#include "common/io/socket.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace weft::io {

Socket& Socket::operator=(Socket&& other) noexcept {
    if (this != &other) {
        reset();
        fd_ = other.release();
        peer_ = std::move(other.peer_);
    }
    return *this;
}

void Socket::reset() {
    if (fd_ >= 0) {
        ::close(release());
    }
}

std::string Socket::peer() const {
    return peer_.empty() ? peer_text(fd_) : peer_;
}

std::string peer_text(int fd) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        return std::string{kUnknownPeer};
    }
    std::array<char, INET6_ADDRSTRLEN> host{};
    if (address.ss_family == AF_INET6) {
        const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
        ::inet_ntop(AF_INET6, &v6.sin6_addr, host.data(), host.size());
        return "[" + std::string{host.data()} + "]:" + std::to_string(ntohs(v6.sin6_port));
    }
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    ::inet_ntop(AF_INET, &v4.sin_addr, host.data(), host.size());
    return std::string{host.data()} + ":" + std::to_string(ntohs(v4.sin_port));
}

}  // namespace weft::io
