#pragma once

#include "tools/weft/connection/bus_url.hpp"

#include <chrono>

namespace weft::tools {

using SteadyTime = std::chrono::steady_clock::time_point;

/// Milliseconds until `deadline`, rounded up and never negative, as poll(2) takes them.
int poll_timeout(SteadyTime deadline);

/// A connected, non-blocking TCP socket. Threading: not shared.
class Socket {
public:
    /// Tries the host's addresses one after the other. Throws Failure when none answers before
    /// `deadline`.
    static Socket dial(const BusUrl& url, SteadyTime deadline);

    Socket(Socket&& other) noexcept;
    Socket& operator=(Socket&& other) noexcept;
    ~Socket();

    int descriptor() const { return descriptor_; }

private:
    explicit Socket(int descriptor) : descriptor_{descriptor} {}

    int descriptor_;
};

}  // namespace weft::tools
