#include "common/security/anonymous.hpp"

#include "common/base/assert.hpp"

namespace weft::security {
namespace {

class AnonymousExchange final : public Exchange {
public:
    /// The response is where the peer may leave a trace of itself; nothing depends on it.
    void respond(Bytes, Done done) override { done(Identity{.mechanism = kAnonymous}); }
};

}  // namespace

std::unique_ptr<Exchange> AnonymousAuthenticator::begin(std::string_view mechanism) const {
    WEFT_CHECK(mechanism == kAnonymous);
    return std::make_unique<AnonymousExchange>();
}

}  // namespace weft::security
