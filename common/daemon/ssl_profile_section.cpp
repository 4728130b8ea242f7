#include "common/daemon/ssl_profile_section.hpp"

#include "common/tls/context.hpp"
#include "common/tls/user.hpp"

#include <array>
#include <cstdint>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace weft::daemon {
namespace {

using config::Entity;
using config::Faults;
using config::Key;
using config::Support;
using config::Type;

constexpr std::array kProfileKeys{
    Key{.name = "name", .meaning = "What listeners and connectors call it.", .required = true},
    Key{.name = "certFile",
        .type = Type::pem,
        .meaning = "The certificate to show to peers, and behind it those of the authorities "
                   "between it and the root. A listener needs one; a connector shows it if it is "
                   "asked to."},
    Key{.name = "privateKeyFile",
        .type = Type::pem,
        .meaning = "Private key of that certificate.",
        .old_name = "keyFile"},
    Key{.name = "password", .type = Type::secret, .meaning = "Password of the key."},
    Key{.name = "passwordFile",
        .type = Type::path,
        .meaning = "File whose first line is the key's password; `password` with `file:PATH` is "
                   "the same."},
    Key{.name = "caCertFile",
        .type = Type::pem,
        .meaning = "Certificates of the authorities that are trusted: for a listener, to sign "
                   "certificates of clients; for a connector, those of servers. Without it a "
                   "connector trusts whom the system trusts.",
        .old_name = "certDb"},
    Key{.name = "crl",
        .type = Type::path,
        .meaning = "Lists of revoked certificates (CRL, in PEM or DER), in a file or in the files "
                   "of a folder, each of them whole and signed by an authority of `caCertFile`. "
                   "Peers whose certificates are listed are refused, also within a chain, and so "
                   "are those whose issuer has no list there; connections that stand are closed "
                   "when a new list has them. They are read anew when a file changes, or on "
                   "SIGHUP."},
    Key{.name = "ocsp",
        .meaning = "Whether the authority of a certificate is asked if it still holds.",
        .support = Support::refused,
        .reason = "this version asks nobody: give `crl` the authority's list"},
    Key{.name = "protocols",
        .meaning = "Versions that are spoken, of `TLSv1.2` and `TLSv1.3`, separated by spaces; by "
                   "default both. Older ones are not spoken."},
    Key{.name = "ciphers",
        .meaning = "Ciphers allowed, as OpenSSL names them, separated by colons; of those that "
                   "are for TLS 1.3 (`TLS_…`) and others each a list of its own. By default "
                   "OpenSSL's."},
    Key{.name = "uidFormat",
        .meaning = "What of a client's certificate makes up its user name, letter by letter: `c` "
                   "country, `s` state, `l` locality, `o` organisation, `u` unit, `n` common "
                   "name, `1`, `2`, `5` the certificate's SHA-1, SHA-256, SHA-512; joined by "
                   "semicolons. A certificate that lacks one of them names nobody. By default the "
                   "whole subject, as in `CN=dev-7,O=Acme`."},
    Key{.name = "uidNameMappingFile",
        .type = Type::path,
        .meaning =
            "File of an object in JSON, of such user names and the names that these users have "
            "instead, for management and vhosts; who is not there keeps his own. It is read "
            "anew when it changes, or on SIGHUP.",
        .old_name = "displayNameFile"},
};

/// A daemon that starts all the same serves those who come by other ways.
void check_validity(const Entity& entity, const SslProfile& profile, Faults& faults) {
    constexpr std::int64_t kDay = 86400;
    const tls::Validity& validity = profile.validity;
    if (profile.tls.certificates.empty()) {
        return;
    }
    const std::int64_t now = std::time(nullptr);
    const auto warn = [&](const std::string& text) {
        key_warning(entity, "certFile", text, faults);
    };
    if (validity.until < now) {
        warn("expired on " + day_of(validity.until) + ": peers refuse it; put a new one there");
    } else if (validity.from > now) {
        warn("does not hold before " + day_of(validity.from) +
             ": peers refuse it until then; look at the clock of this machine, too");
    } else if (validity.until < now + kExpiryWarningDays * kDay) {
        warn("expires on " + day_of(validity.until) + "; put a new one there before");
    }
}

/// Versions that the original knew and nobody should speak are left out with a warning, as long
/// as others are left.
std::string protocols_of(const Entity& entity, Faults& faults) {
    std::string text = entity.text("protocols");
    if (entity.dialect() == config::Dialect::json || text.empty()) {
        return text;
    }
    std::string kept;
    bool dropped = false;
    for (std::string_view rest = text; !rest.empty();) {
        const std::size_t size = std::min(rest.find_first_of(" ,"), rest.size());
        const std::string_view word = rest.substr(0, size);
        rest.remove_prefix(std::min(size + 1, rest.size()));
        if (word == "TLSv1" || word == "TLSv1.1") {
            dropped = true;
        } else {
            kept.append(kept.empty() ? "" : " ").append(word);
        }
    }
    if (dropped && !kept.empty()) {
        key_warning(entity, "protocols", "TLSv1 and TLSv1.1 are not spoken; " + kept + " is",
                    faults);
    }
    return kept.empty() ? text : kept;
}

/// A format that the original does not understand it forgets.
std::string user_format_of(const Entity& entity, Faults& faults) {
    std::string text = entity.text("uidFormat");
    const bool known = text.find_first_not_of(tls::kUserFormat) == std::string::npos;
    if (!known && entity.dialect() == config::Dialect::qdrouterd) {
        key_warning(entity, "uidFormat",
                    "has letters that stand for nothing, so the whole subject is the user's name",
                    faults);
        return {};
    }
    return text;
}

SslProfilePtr read_profile(const Entity& entity, const config::FileReader& reader, Faults& faults) {
    auto profile = std::make_shared<SslProfile>(SslProfile{
        .name = entity.text("name"),
        .certificates_from = entity.text("certFile"),
        .private_key_from = entity.text("privateKeyFile"),
        .authorities_from = entity.text("caCertFile"),
        .password_file = entity.text("passwordFile"),
        .names_from = entity.text("uidNameMappingFile"),
        .revoked_from = entity.text("crl"),
        .tls = {.password = entity.text("password"), .ciphers = entity.text("ciphers")}});
    profile->tls.protocols = protocols_of(entity, faults);
    profile->tls.user_format = user_format_of(entity, faults);
    if (!profile->password_file.empty() && !profile->tls.password.empty()) {
        key_error(entity, "passwordFile", "says what \"password\" says; keep one of them", faults);
    }
    auto read = read_texts(*profile, reader);
    if (read) {
        read = read_lists(*profile, reader);
    }
    if (!read) {
        key_error(entity, read.error().key, std::move(read).error().text, faults);
        return profile;
    }
    if (profile->revoked) {
        profile->revocations = std::make_shared<io::RevocationList>(profile->revoked);
        profile->tls.revocations = profile->revocations;
    }
    const auto tried = tls::Context::make(profile->tls, {.server = false});
    if (!tried) {
        key_error(entity, key_of(tried.error().part), tried.error().text, faults);
    }
    check_validity(entity, *profile, faults);
    for (const std::string& doubt : doubts_of(*profile, std::time(nullptr))) {
        key_warning(entity, "crl", doubt, faults);
    }
    return profile;
}

}  // namespace

std::string day_of(std::int64_t seconds) {
    const std::time_t time = seconds;
    std::tm parts{};
    std::array<char, 32> text{};
    ::gmtime_r(&time, &parts);
    const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &parts);
    return {text.data(), size};
}

std::vector<std::string> doubts_of(const SslProfile& profile, std::int64_t now) {
    std::vector<std::string> doubts;
    if (!profile.revoked) {
        return doubts;
    }
    if (const std::int64_t due = profile.revoked->due(); due != 0 && due < now) {
        doubts.push_back("is out of date since " + day_of(due) +
                         ": what was revoked after it was made is still let in; put a new one "
                         "there");
    }
    for (const std::string& authority : profile.revoked->unlisted()) {
        doubts.push_back("has no list of " + authority +
                         ": peers whose certificates it signed itself are refused");
    }
    return doubts;
}

config::Section ssl_profile_section() {
    return {.name = "sslProfiles",
            .entity = "sslProfile",
            .meaning = "Certificates and keys, for listeners and connectors that speak TLS.",
            .keys = kProfileKeys};
}

SslProfiles read_ssl_profiles(const config::Document& document,
                              const config::FileReader& reader,
                              Faults& faults) {
    SslProfiles profiles;
    for (const Entity* entity : document.all("sslProfiles")) {
        if (!profiles.add(read_profile(*entity, reader, faults))) {
            key_error(*entity, "name",
                      config::quote(entity->text("name")) +
                          " is also the name of another; give them different ones",
                      faults);
        }
    }
    return profiles;
}

}  // namespace weft::daemon
