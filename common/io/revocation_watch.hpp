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

    /// Since the last time it was asked; counts it.
    bool was_revoked() {
        const std::uint32_t generation = list_->generation();
        if (generation == seen_) [[likely]] {
            return false;
        }
        seen_ = generation;
        const bool revoked = list_->current()->has(chain_);
        if (revoked) {
            tally_->count_expelled();
        }
        return revoked;
    }

private:
    std::shared_ptr<const tls::CurrentRevocations> list_;
    tls::PeerChain chain_;
    std::shared_ptr<TlsTally> tally_;
    std::uint32_t seen_ = 0;  // so that what came in within the handshake is looked at, too
};

}  // namespace weft::io
