#pragma once

#include <cstdint>
#include <string>
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
    Socket(Socket&& other) noexcept : fd_{other.release()} {}
    Socket& operator=(Socket&& other) noexcept;
    ~Socket() { reset(); }

    bool is_open() const { return fd_ >= 0; }
    int fd() const { return fd_; }
    /// The caller owns the descriptor from here on.
    int release() { return std::exchange(fd_, -1); }
    void reset();

private:
    int fd_ = -1;
};

/// "127.0.0.1:5672", "[::1]:5672"; of the peer of `fd`. "unknown" when it is gone already.
std::string peer_text(int fd);

}  // namespace weft::io
