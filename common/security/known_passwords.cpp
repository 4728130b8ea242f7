#include "common/security/known_passwords.hpp"

namespace weft::security {

Buffer KnownPasswords::proof_of(const Verifier& verifier, std::string_view password) const {
    Buffer text = verifier.stored_key;
    append(text, as_bytes(password));
    return hmac_of(Digest::sha256, key_, text);
}

bool KnownPasswords::knows(const std::string& user,
                           const Verifier& verifier,
                           std::string_view password) const {
    const auto found = proofs_.find(user);
    return found != proofs_.end() && same_secret(found->second, proof_of(verifier, password));
}

void KnownPasswords::remember(const std::string& user,
                              const Verifier& verifier,
                              std::string_view password) {
    if (proofs_.size() >= kKnownMax && !proofs_.contains(user)) {
        proofs_.erase(proofs_.begin());
    }
    proofs_.insert_or_assign(user, proof_of(verifier, password));
}

}  // namespace weft::security
