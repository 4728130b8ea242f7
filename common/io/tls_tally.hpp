#pragma once

#include "common/base/time.hpp"
#include "common/io/line_allowance.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weft::io {

/// How a TLS handshake ended: those between `agreed` and `late` as tls::Failure has them.
enum class TlsEnd : std::uint8_t {
    agreed,
    plain,        // what the peer sent is no TLS
    versions,     // no version, cipher or protocol within is common to both
    certificate,  // the peer showed none, or one that is not good
    revoked,      // its authority took the peer's certificate back
    refused,      // the peer ended it by an alert
    broken,       // the peer broke the protocol
    late,         // it took too long
    gone,         // the peer went away
};
inline constexpr std::size_t kTlsEnds = 9;
/// "certificate"
std::string_view name_of(TlsEnd end);
/// What lets a peer in that was not; empty: there is no rule.
std::string_view remedy_of(TlsEnd end);

/// How the handshakes of one listener or connector ended, and whether a line of the log tells of
/// the next. Threading: any thread.
class TlsTally {
public:
    void count(TlsEnd end) { at(end).fetch_add(1, std::memory_order_relaxed); }
    std::uint64_t of(TlsEnd end) const {
        return counts_[static_cast<std::size_t>(end)].load(std::memory_order_relaxed);
    }
    std::array<std::uint64_t, kTlsEnds> all() const;
    /// All but those that agreed.
    std::uint64_t failed() const;
    /// A connection that was open ends, since the peer's certificate was taken back.
    void count_expelled() { expelled_.fetch_add(1, std::memory_order_relaxed); }
    std::uint64_t expelled() const { return expelled_.load(std::memory_order_relaxed); }
    /// False: the line is to be left out.
    bool may_log(Instant now) { return lines_.may_log(now); }

private:
    std::atomic<std::uint64_t>& at(TlsEnd end) { return counts_[static_cast<std::size_t>(end)]; }

    std::array<std::atomic<std::uint64_t>, kTlsEnds> counts_{};
    LineAllowance lines_;
    std::atomic<std::uint64_t> expelled_{0};
};

}  // namespace weft::io
