#pragma once

#include "common/security/protection.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace weft::security {

/// Whether passwords and tokens may be shown on connections that are not encrypted.
enum class InTheClear : std::uint8_t { refused, taken };

/// Which mechanisms are offered to whom.
///
/// EXTERNAL is for peers whose certificate names a user, PLAIN and OAUTHBEARER for connections that
/// are encrypted, unless said otherwise. Where nothing is left, EXTERNAL is offered: so the peer is
/// refused in good order. Threading: immutable after construction, for any thread.
class Offer {
public:
    /// `mechanisms`: the best first.
    explicit Offer(std::vector<std::string> mechanisms,
                   InTheClear in_the_clear = InTheClear::refused);

    const std::vector<std::string>& to(const Protection& peer) const {
        return lists_[(peer.peer_user.empty() ? 0U : 1U) + (peer.is_encrypted() ? 2U : 0U)];
    }

private:
    std::array<std::vector<std::string>, 4> lists_;  // certified: 1, encrypted: 2
};

}  // namespace weft::security
