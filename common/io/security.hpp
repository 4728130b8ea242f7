#pragma once

#include "common/base/time.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace weft::tls {
class Context;
}

namespace weft::io {

class TlsTally;

/// Whether a listener with TLS takes peers that speak none, too: their first byte tells.
enum class Plain : std::uint8_t { refused, taken };

/// How the connections of a listener or connector are protected.
///
/// Made before the first connection, so that what is wrong is told at start.
/// Threading: immutable once made; a value, for any thread.
class Security {
public:
    /// Plain: whoever is on the way can read and change everything.
    static Security none() { return {}; }
    /// By TLS, as `context` says. A handshake that takes longer than `handshake_max` is given up;
    /// 0: never.
    static Security tls(std::shared_ptr<const tls::Context> context,
                        Plain plain,
                        Duration handshake_max);

    /// The same, of a client that wants to reach `host`.
    Security toward(std::string host) const;

    /// The same, whose handshakes are counted with those of `before`.
    Security after(const Security& before) const;

    /// Null: none.
    const std::shared_ptr<const tls::Context>& context() const { return context_; }
    Plain plain() const { return plain_; }
    Duration handshake_max() const { return handshake_max_; }
    const std::string& host() const { return host_; }
    /// How its handshakes ended; null: none.
    const std::shared_ptr<TlsTally>& tally() const { return tally_; }

private:
    Security() = default;

    std::shared_ptr<const tls::Context> context_;
    Plain plain_ = Plain::taken;
    Duration handshake_max_{};
    std::shared_ptr<TlsTally> tally_;
    std::string host_;
};

}  // namespace weft::io
