// What peers say in SASL exchanges, and files of users: all is total; nobody comes in who does not
// know the password; and what was read is the same after it was written and read again.
#include "common/base/assert.hpp"
#include "common/security/login.hpp"
#include "common/security/plain.hpp"
#include "common/security/prepared.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace weft::security {
namespace {

constexpr std::string_view kNonce = "n";

const Users& users() {
    static const Users kUsers = [] {
        Users made{Buffer(Users::kSecretSize, 9)};
        // Of no password that anybody knows: so nobody may come in.
        made.put("a", {{.digest = Digest::sha256,
                        .salt = Buffer(16, 1),
                        .stored_key = Buffer(32, 2),
                        .server_key = Buffer(32, 3)},
                       {.digest = Digest::sha512,
                        .salt = Buffer(16, 1),
                        .stored_key = Buffer(64, 2),
                        .server_key = Buffer(64, 3)}});
        return made;
    }();
    return kUsers;
}

/// Two responses, split at the first zero byte of those that SCRAM has none of.
void check_login(std::string_view mechanism, std::string_view text) {
    Login login{mechanism};
    const std::size_t split =
        mechanism == kPlain ? text.size() : std::min(text.find('\0'), text.size());
    LoginStep step = login.respond(as_bytes(text.substr(0, split)), users(), kNonce);
    for (int further = 0; further < 2; ++further) {
        WEFT_CHECK(!std::holds_alternative<Acceptance>(step));
        const std::string_view rest = text.substr(std::min(split + 1, text.size()));
        step = login.respond(as_bytes(rest), users(), kNonce);
    }
    WEFT_CHECK(!std::holds_alternative<Acceptance>(step));
}

void check_client(std::string_view text) {
    ScramClient client{Digest::sha256, "a", "p", "abc"};
    const std::size_t split = std::min(text.find('\0'), text.size());
    const std::string_view challenge = text.substr(0, split);
    if (challenge.find("i=4096") != std::string_view::npos) {  // others cost too much here
        static_cast<void>(client.answer(challenge));
    }
    WEFT_CHECK(!client.confirm(text.substr(std::min(split + 1, text.size()))));
}

void check_users(std::string_view text) {
    if (const auto read = Users::from(text)) {
        const std::string written = read->text();
        const auto again = Users::from(written);
        WEFT_CHECK(again && again->text() == written && again->size() == read->size());
    }
}

void check_prepared(std::string_view text) {
    if (const auto once = prepared(text)) {
        WEFT_CHECK(prepared(*once) == *once);
    }
}

void check(std::string_view text) {
    for (const std::string_view mechanism : {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}) {
        check_login(mechanism, text);
    }
    check_client(text);
    check_users(text);
    check_prepared(text);
}

}  // namespace
}  // namespace weft::security

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    weft::security::check(weft::as_text({data, size}));
    return 0;
}
