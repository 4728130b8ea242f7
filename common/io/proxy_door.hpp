#pragma once

#include "common/base/ip_address.hpp"
#include "common/base/time.hpp"
#include "common/io/socket.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weft::io {

class Loop;

/// How a connection came through the door of proxies.
enum class ProxyEnd : std::uint8_t {
    passed,
    stranger,   // it comes from none of the proxies
    malformed,  // what came first is no header
    late,       // the header took too long
    gone,       // it went away
    crowded,    // too many wait for their headers
};
inline constexpr std::size_t kProxyEnds = 6;
/// "malformed"
std::string_view name_of(ProxyEnd end);

/// Takes connections that proxies make for others, reads in front of each for whom it is (the PROXY
/// protocol, version 2), and passes it on as that one's. Who is no proxy is not let in: it could
/// pass for anybody.
///
/// Closes when destroyed, with those that wait for their header.
/// Threading: loop-confined.
class ProxyDoor {
public:
    static constexpr std::size_t kWaitingMax = 4096;  // for their headers
    static constexpr Duration kHeaderMax = std::chrono::seconds{10};
    using Accept = std::function<void(Socket socket)>;

    struct Options {
        std::string where{};  // for the log, as "listener clients"
        std::vector<IpRange> proxies{};
        Duration header_max = kHeaderMax;  // for a header to come
    };
    /// `loop` outlives it.
    ProxyDoor(Loop& loop, Options options, Accept accept);
    ~ProxyDoor();
    ProxyDoor(const ProxyDoor&) = delete;
    ProxyDoor& operator=(const ProxyDoor&) = delete;

    void take(Socket socket);
    std::size_t waiting() const;
    const std::array<std::uint64_t, kProxyEnds>& ends() const;
    /// All but those that passed.
    std::uint64_t refused() const;

private:
    struct State;
    std::shared_ptr<State> state_;  // shared with what is read
};

}  // namespace weft::io
