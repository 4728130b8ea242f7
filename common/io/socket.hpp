#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace weft::io {

/// Which addresses of a host count.
enum class Family : std::uint8_t { any, v4, v6 };

/// An open socket that belongs to no loop yet: what a listener hands over and may cross threads.
/// Closes itself unless released. Threading: not shared.
class Socket {
public:
    Socket() = default;
    explicit Socket(int fd) : fd_{fd} {}
    /// `peer`: who a proxy says is behind it, as peer_text.
    Socket(int fd, std::string peer) : fd_{fd}, peer_{std::move(peer)} {}
    Socket(Socket&& other) noexcept : fd_{other.release()}, peer_{std::move(other.peer_)} {}
    Socket& operator=(Socket&& other) noexcept;
    ~Socket() { reset(); }

    bool is_open() const { return fd_ >= 0; }
    int fd() const { return fd_; }
    /// Who is at the other end, as peer_text.
    std::string peer() const;
    /// The caller owns the descriptor from here on.
    int release() { return std::exchange(fd_, -1); }
    void reset();

private:
    int fd_ = -1;
    std::string peer_;  // empty: the socket's own
};

inline constexpr std::string_view kUnknownPeer = "unknown";
/// "127.0.0.1:5672", "[::1]:5672"; of the peer of `fd`. kUnknownPeer when it is gone already.
std::string peer_text(int fd);

}  // namespace weft::io
