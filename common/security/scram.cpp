#include "common/security/scram.hpp"

#include "common/base/base64.hpp"
#include "common/security/scram_text.hpp"

#include <charconv>
#include <utility>

namespace weft::security {
namespace {

/// Bytes of a nonce of both sides together.
constexpr std::size_t kBothNoncesMax = 2 * kNonceMax;
constexpr std::string_view kProofMark = ",p=";

/// "n", "y" or "p=TYPE", at the front of a first message.
bool take_binding(std::string_view& message, ScramOpening& opening) {
    if (auto type = take_attribute(message, 'p')) {
        opening.binding = ScramOpening::Binding::used;
        opening.binding_type = *type;
        return !type->empty();
    }
    const bool unoffered = message.starts_with("y,");
    opening.binding = unoffered ? ScramOpening::Binding::unoffered : ScramOpening::Binding::none;
    const bool known = unoffered || message.starts_with("n,");
    message.remove_prefix(known ? 2 : 0);
    return known;
}

/// ",", or "a=NAME,".
bool take_authorize(std::string_view& message, ScramOpening& opening) {
    if (message.starts_with(',')) {
        message.remove_prefix(1);
        return true;
    }
    const auto escaped = take_attribute(message, 'a');
    auto name = escaped ? unescaped_name(*escaped) : std::nullopt;
    opening.authorize = name.value_or("");
    return name.has_value();
}

/// "c=", of a header and what TLS says.
std::string channel_of(const std::string& header, const ChannelBinding& binding) {
    Buffer bytes(header.begin(), header.end());
    append(bytes, binding.data);
    return base64(bytes);
}

std::string everything(std::string_view bare, std::string_view challenge, std::string_view final) {
    return std::string{bare} + "," + std::string{challenge} + "," + std::string{final};
}

tl::unexpected<std::string> no_challenge() {
    return tl::unexpected<std::string>("the peer's SCRAM challenge is malformed");
}

tl::expected<std::uint32_t, std::string> iterations_of(std::string_view text, std::uint32_t most) {
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (parsed.ec != std::errc{} || parsed.ptr != end) {
        return no_challenge();
    }
    if (number < kIterationsMin) {
        return tl::unexpected("the peer asks for " + std::to_string(number) +
                              " iterations of SCRAM, and fewer than " +
                              std::to_string(kIterationsMin) + " would show too much");
    }
    if (number > most) {
        return tl::unexpected("the peer asks for " + std::to_string(number) +
                              " iterations of SCRAM, and no more than " + std::to_string(most) +
                              " are done here: let the user's password be set there with fewer");
    }
    return static_cast<std::uint32_t>(number);
}

}  // namespace

std::optional<ScramOpening> opening_in(std::string_view message) {
    ScramOpening opening;
    std::string_view rest = message;
    if (message.size() > kScramMessageMax || !take_binding(rest, opening) ||
        !take_authorize(rest, opening)) {
        return std::nullopt;
    }
    opening.header = message.substr(0, message.size() - rest.size());
    opening.bare = rest;
    const auto user = take_attribute(rest, 'n');
    const auto nonce = user ? take_attribute(rest, 'r') : std::nullopt;
    auto name = user ? unescaped_name(*user) : std::nullopt;
    if (!name || !nonce || !is_nonce(*nonce, kNonceMax) || !is_optional(rest)) {
        return std::nullopt;
    }
    opening.user = *std::move(name);
    opening.nonce = *nonce;
    return opening;
}

// --- server -------------------------------------------------------------------------------------

ScramServer::ScramServer(ScramOpening opening,
                         Verifier verifier,
                         std::string_view nonce,
                         ChannelBinding binding)
    : opening_{std::move(opening)},
      verifier_{std::move(verifier)},
      binding_{std::move(binding)},
      nonce_{opening_.nonce + std::string{nonce}},
      challenge_{"r=" + nonce_ + ",s=" + base64(verifier_.salt) +
                 ",i=" + std::to_string(verifier_.iterations)} {}

tl::expected<std::string, ScramFault> ScramServer::finish(std::string_view message) const {
    const std::size_t mark = message.rfind(kProofMark);
    if (message.size() > kScramMessageMax || mark == std::string_view::npos) {
        return tl::unexpected(ScramFault::malformed);
    }
    const std::string_view without_proof = message.substr(0, mark);
    auto proof = from_base64(message.substr(mark + kProofMark.size()));
    std::string_view rest = without_proof;
    const auto channel = take_attribute(rest, 'c');
    const auto nonce = channel ? take_attribute(rest, 'r') : std::nullopt;
    const Digest digest = verifier_.digest;
    if (!proof || proof->size() != size_of(digest) || nonce != nonce_ || !is_optional(rest)) {
        return tl::unexpected(ScramFault::malformed);
    }
    const std::string whole = everything(opening_.bare, challenge_, without_proof);
    combine(*proof, hmac_of(digest, verifier_.stored_key, as_bytes(whole)));  // the client's key
    if (!same_secret(digest_of(digest, *proof), verifier_.stored_key)) {
        return tl::unexpected(ScramFault::proof);
    }
    if (channel != channel_of(opening_.header, binding_)) {
        return tl::unexpected(ScramFault::binding);
    }
    return "v=" + base64(hmac_of(digest, verifier_.server_key, as_bytes(whole)));
}

// --- client -------------------------------------------------------------------------------------

ScramClient::ScramClient(Digest digest,
                         std::string_view user,
                         std::string password,
                         std::string nonce,
                         ChannelBinding binding,
                         std::uint32_t iterations_max)
    : digest_{digest},
      password_{std::move(password)},
      nonce_{std::move(nonce)},
      binding_{std::move(binding)},
      iterations_max_{iterations_max},
      header_{binding_.type.empty() ? "n,," : "p=" + binding_.type + ",,"},
      bare_{"n=" + escaped_name(user) + ",r=" + nonce_} {}

ScramClient::~ScramClient() {
    wipe(password_);
}

tl::expected<std::string, std::string> ScramClient::answer(std::string_view challenge) {
    std::string_view rest = challenge;
    const auto nonce = take_attribute(rest, 'r');
    const auto salt_text = nonce ? take_attribute(rest, 's') : std::nullopt;
    const auto iterations_text = salt_text ? take_attribute(rest, 'i') : std::nullopt;
    if (challenge.size() > kScramMessageMax || !iterations_text || !is_optional(rest) ||
        !signature_.empty()) {
        return no_challenge();
    }
    const auto salt = from_base64(*salt_text);
    const bool ours = nonce->starts_with(nonce_) && nonce->size() > nonce_.size() &&
                      is_nonce(*nonce, kBothNoncesMax);
    if (!ours || !salt || salt->empty()) {
        return no_challenge();
    }
    const auto iterations = iterations_of(*iterations_text, iterations_max_);
    if (!iterations) {
        return tl::unexpected(iterations.error());
    }
    const std::string without_proof =
        "c=" + channel_of(header_, binding_) + ",r=" + std::string{*nonce};
    const std::string whole = everything(bare_, challenge, without_proof);
    const Buffer salted = stretched(digest_, password_, *salt, *iterations);
    Buffer proof = hmac_of(digest_, salted, as_bytes("Client Key"));
    combine(proof, hmac_of(digest_, digest_of(digest_, proof), as_bytes(whole)));
    signature_ =
        hmac_of(digest_, hmac_of(digest_, salted, as_bytes("Server Key")), as_bytes(whole));
    return without_proof + std::string{kProofMark} + base64(proof);
}

bool ScramClient::confirm(std::string_view message) {
    const auto shown = take_attribute(message, 'v');
    const auto signature = shown ? from_base64(*shown) : std::nullopt;
    confirmed_ = !signature_.empty() && signature && is_optional(message) &&
                 same_secret(*signature, signature_);
    return confirmed_;
}

}  // namespace weft::security
