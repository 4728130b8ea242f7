#include "common/security/mechanisms.hpp"

#include "common/base/assert.hpp"

#include <utility>

namespace weft::security {
namespace {

class AnonymousExchange final : public Exchange {
public:
    /// The response is where the peer may leave a trace of itself; nothing depends on it.
    void respond(Bytes, Done done) override {
        done(Acceptance{{.mechanism = std::string{kAnonymous}}});
    }
};

/// The response is who the peer wants to be: itself, or nothing is said.
class ExternalExchange final : public Exchange {
public:
    explicit ExternalExchange(std::string user) : user_{std::move(user)} {}

    void respond(Bytes response, Done done) override {
        const bool may = !user_.empty() && (response.empty() || as_text(response) == user_);
        done(may ? Answer{Acceptance{{.user = user_, .mechanism = std::string{kExternal}}}}
                 : Answer{Refusal::credentials});
    }

private:
    std::string user_;  // as the certificate names it; empty: it names none
};

}  // namespace

Mechanisms::Mechanisms(std::vector<std::string> offered, Bare bare)
    : offer_{std::move(offered)}, bare_{bare} {}

std::unique_ptr<Exchange> Mechanisms::begin(std::string_view mechanism, const Peer& peer) const {
    if (mechanism == kExternal) {
        return std::make_unique<ExternalExchange>(peer.protection.peer_user);
    }
    WEFT_CHECK(mechanism == kAnonymous);
    return std::make_unique<AnonymousExchange>();
}

std::optional<Identity> Mechanisms::unauthenticated() const {
    return bare_ == Bare::taken ? std::optional{Identity{}} : std::nullopt;
}

}  // namespace weft::security
