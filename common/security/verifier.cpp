#include "common/security/verifier.hpp"

#include "common/base/base64.hpp"

#include <charconv>
#include <utility>

namespace weft::security {
namespace {

/// What stands before `mark`, which goes with it; nothing: there is none.
std::optional<std::string_view> cut(std::string_view& text, char mark) {
    const std::size_t at = text.find(mark);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view before = text.substr(0, at);
    text.remove_prefix(at + 1);
    return before;
}

std::optional<std::uint32_t> iterations_in(std::string_view text) {
    std::uint32_t number = 0;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    const bool whole = parsed.ec == std::errc{} && parsed.ptr == end;
    const bool fits = number >= kIterationsMin && number <= kIterationsMax;
    return whole && fits ? std::optional{number} : std::nullopt;
}

std::optional<Buffer> bytes_in(std::string_view text, std::size_t min, std::size_t max) {
    auto bytes = from_base64(text);
    return bytes && bytes->size() >= min && bytes->size() <= max ? bytes : std::nullopt;
}

Buffer stored_key_of(Digest digest, Bytes salted) {
    return digest_of(digest, hmac_of(digest, salted, as_bytes("Client Key")));
}

}  // namespace

std::string_view scram_of(Digest digest) {
    return digest == Digest::sha256 ? "SCRAM-SHA-256" : "SCRAM-SHA-512";
}

std::optional<Digest> digest_of_scram(std::string_view mechanism) {
    for (const Digest digest : {Digest::sha256, Digest::sha512}) {
        if (mechanism == scram_of(digest)) {
            return digest;
        }
    }
    return std::nullopt;
}

Verifier Verifier::of(Digest digest,
                      std::string_view password,
                      Buffer salt,
                      std::uint32_t iterations) {
    const Buffer salted = stretched(digest, password, salt, iterations);
    return {.digest = digest,
            .iterations = iterations,
            .salt = std::move(salt),
            .stored_key = stored_key_of(digest, salted),
            .server_key = hmac_of(digest, salted, as_bytes("Server Key"))};
}

std::string Verifier::text() const {
    return std::string{scram_of(digest)} + "$" + std::to_string(iterations) + ":" + base64(salt) +
           "$" + base64(stored_key) + ":" + base64(server_key);
}

std::optional<Verifier> Verifier::from(std::string_view text) {
    const auto digest = digest_of_scram(cut(text, '$').value_or(""));
    const auto iterations = iterations_in(cut(text, ':').value_or(""));
    auto salt = bytes_in(cut(text, '$').value_or(""), kSaltMin, kSaltMax);
    const auto stored_text = cut(text, ':');
    if (!digest || !iterations || !salt || !stored_text) {
        return std::nullopt;
    }
    const std::size_t size = size_of(*digest);
    auto stored = bytes_in(*stored_text, size, size);
    auto server = bytes_in(text, size, size);
    if (!stored || !server) {
        return std::nullopt;
    }
    return Verifier{*digest, *iterations, *std::move(salt), *std::move(stored), *std::move(server)};
}

bool is_password_of(const Verifier& verifier, std::string_view password) {
    const Buffer salted = stretched(verifier.digest, password, verifier.salt, verifier.iterations);
    return same_secret(stored_key_of(verifier.digest, salted), verifier.stored_key);
}

}  // namespace weft::security
