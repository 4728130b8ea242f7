#pragma once

#include "common/io/tls_tally.hpp"
#include "common/tls/engine.hpp"
#include "common/tls/revocations.hpp"

#include <cstdint>
#include <memory>
#include <utility>

namespace weft::io {

/// Whether the certificate of a connection's peer is still good, as it was in the handshake. Costs
/// a load while nothing changes, and a search in a sorted table once for each new list. Threading:
/// not shared. Internal to common/io.
class RevocationWatch {
public:
    /// Null: there is nothing to look at.
    static std::unique_ptr<RevocationWatch> of(const tls::Engine& engine,
                                               std::shared_ptr<TlsTally> tally) {
        tls::PeerChain chain = engine.peer_chain();
        return chain.certificates.empty()
                   ? nullptr
                   : std::make_unique<RevocationWatch>(engine.revocations(), std::move(chain),
                                                       std::move(tally));
    }

    RevocationWatch(std::shared_ptr<const tls::CurrentRevocations> list,
                    tls::PeerChain chain,
                    std::shared_ptr<TlsTally> tally)
        : list_{std::move(list)}, chain_{std::move(chain)}, tally_{std::move(tally)} {}

    /// Whether the peer is to go now; counts it. Asked in each sweep: of many whose time has come
    /// at once, a part goes in each of kSweeps, so that none of the loop's turns takes long.
    bool is_due() {
        const std::uint32_t generation = list_->generation();
        if (generation != seen_) [[unlikely]] {
            seen_ = generation;
            sweeps_left_ = list_->current()->has(chain_) ? 1 + place() : 0;
        }
        if (sweeps_left_ == 0 || --sweeps_left_ > 0) [[likely]] {
            return false;
        }
        tally_->count_expelled();
        return true;
    }

private:
    static constexpr std::uint32_t kSweeps = 3;

    /// Any: connections have different ones.
    std::uint32_t place() const {
        constexpr unsigned kAlignment = 6;  // bits of an address that say little
        return static_cast<std::uint32_t>((reinterpret_cast<std::uintptr_t>(this) >> kAlignment) %
                                          kSweeps);
    }

    std::shared_ptr<const tls::CurrentRevocations> list_;
    tls::PeerChain chain_;
    std::shared_ptr<TlsTally> tally_;
    std::uint32_t seen_ = 0;         // so that what came in within the handshake is looked at, too
    std::uint32_t sweeps_left_ = 0;  // until it goes; 0: it stays
};

}  // namespace weft::io
