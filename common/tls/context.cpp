#include "common/tls/context.hpp"

#include "common/tls/engine.hpp"
#include "common/tls/pem.hpp"
#include "common/tls/user.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <new>
#include <string_view>
#include <utility>

namespace weft::tls {
namespace {

using Done = tl::expected<void, Fault>;

constexpr unsigned char kSessionContext[] = "weft";

tl::unexpected<Fault> fault(Part part, std::string text) {
    ERR_clear_error();
    return tl::unexpected<Fault>(Fault{part, std::move(text)});
}

/// The words of `text`, which stand between any of `separators`.
std::vector<std::string> words_of(std::string_view text, std::string_view separators) {
    std::vector<std::string> words;
    while (!text.empty()) {
        const std::size_t size = std::min(text.find_first_of(separators), text.size());
        if (size > 0) {
            words.emplace_back(text.substr(0, size));
        }
        text.remove_prefix(std::min(size + 1, text.size()));
    }
    return words;
}

Done set_protocols(SSL_CTX* context, const std::string& protocols) {
    bool old = protocols.empty();
    bool current = old;
    for (const std::string& each : words_of(protocols, " ,")) {
        if (each != "TLSv1.2" && each != "TLSv1.3") {
            return fault(Part::protocols,
                         "\"" + each + "\" is not spoken: TLSv1.2 and TLSv1.3 are");
        }
        (each == "TLSv1.2" ? old : current) = true;
    }
    SSL_CTX_set_min_proto_version(context, old ? TLS1_2_VERSION : TLS1_3_VERSION);
    SSL_CTX_set_max_proto_version(context, current ? TLS1_3_VERSION : TLS1_2_VERSION);
    return {};
}

/// Those of TLS 1.3 are named and set apart.
Done set_ciphers(SSL_CTX* context, const std::string& ciphers) {
    std::string suites;
    std::string list;
    for (const std::string& each : words_of(ciphers, ": ,")) {
        std::string& to = each.starts_with("TLS_") ? suites : list;
        to += (to.empty() ? "" : ":") + each;
    }
    const bool set = (suites.empty() || SSL_CTX_set_ciphersuites(context, suites.c_str()) == 1) &&
                     (list.empty() || SSL_CTX_set_cipher_list(context, list.c_str()) == 1);
    if (!set) {
        return fault(Part::ciphers, "names no cipher that is known; `openssl ciphers` lists them");
    }
    return {};
}

Done set_certificate(SSL_CTX* context, const Profile& profile) {
    if (profile.certificates.empty() && profile.private_key.empty()) {
        return {};
    }
    if (profile.certificates.empty()) {
        return fault(Part::private_key, "is of no use without its certificate: give that, too");
    }
    if (profile.private_key.empty()) {
        return fault(Part::certificates, "is of no use without its private key: give that, too");
    }
    auto chain = certificates_in(profile.certificates, Part::certificates);
    if (!chain) {
        return tl::unexpected(std::move(chain).error());
    }
    auto key = private_key_in(profile.private_key, profile.password);
    if (!key) {
        return tl::unexpected(std::move(key).error());
    }
    if (X509_check_private_key(chain->front().get(), key->get()) != 1) {
        return fault(Part::private_key,
                     "is not that of the certificate, " + subject_of(*chain->front()) +
                         ": each key has a certificate of its own, which stands first in its file");
    }
    if (SSL_CTX_use_certificate(context, chain->front().get()) != 1) {
        return fault(Part::certificates, "can't be used: " + last_error());
    }
    if (SSL_CTX_use_PrivateKey(context, key->get()) != 1) {
        return fault(Part::private_key, "can't be used: " + last_error());
    }
    for (std::size_t i = 1; i < chain->size(); ++i) {
        if (SSL_CTX_add1_chain_cert(context, (*chain)[i].get()) != 1) {
            return fault(Part::certificates,
                         "has a certificate of an authority that can't be "
                         "used: " +
                             last_error());
        }
    }
    return {};
}

Done set_authorities(SSL_CTX* context, const Profile& profile, const Use& use) {
    if (profile.authorities.empty()) {
        if (!use.server) {
            SSL_CTX_set_default_verify_paths(context);
        }
        return {};
    }
    auto trusted = certificates_in(profile.authorities, Part::authorities);
    if (!trusted) {
        return tl::unexpected(std::move(trusted).error());
    }
    const bool asks = use.server && use.client_certificate != ClientCertificate::not_asked;
    for (const CertificatePtr& each : *trusted) {
        if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), each.get()) != 1 ||
            (asks && SSL_CTX_add_client_CA(context, each.get()) != 1)) {
            return fault(Part::authorities,
                         "has a certificate that can't be used: " + last_error());
        }
    }
    return {};
}

void set_ways(SSL_CTX* context) {
    SSL_CTX_set_options(
        context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify_depth(context, Context::kDepthMax);
}

Done set_peer(SSL_CTX* context, const Profile& profile, const Use& use) {
    if (!use.server) {
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, Engine::on_verified);
        return {};
    }
    SSL_CTX_set_dh_auto(context, 1);
    if (profile.certificates.empty()) {
        return fault(Part::certificates, "is missing: a listener shows one to its peers");
    }
    if (use.client_certificate == ClientCertificate::not_asked) {
        SSL_CTX_set_num_tickets(context, 1);
        return {};
    }
    if (profile.authorities.empty()) {
        return fault(Part::authorities,
                     "is missing: it has those who may sign the certificates of clients");
    }
    const int must =
        use.client_certificate == ClientCertificate::required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | must, Engine::on_verified);
    SSL_CTX_set_session_id_context(context, kSessionContext, sizeof kSessionContext - 1);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context, 0);
    return {};
}

Done check_user_format(const std::string& format) {
    const std::size_t at = format.find_first_not_of(kUserFormat);
    if (at != std::string::npos) {
        return fault(Part::user_format, std::string{"has the letter '"} + format[at] +
                                            "'; those of " + std::string{kUserFormat} +
                                            " stand for something");
    }
    return {};
}

}  // namespace

OrFault<std::shared_ptr<const Context>> Context::make(const Profile& profile, const Use& use) {
    ContextPtr context{SSL_CTX_new(use.server ? TLS_server_method() : TLS_client_method())};
    if (!context) {
        throw std::bad_alloc{};
    }
    SSL_CTX* const native = context.get();
    set_ways(native);
    for (const Done& done :
         {set_protocols(native, profile.protocols), set_ciphers(native, profile.ciphers),
          set_certificate(native, profile), set_authorities(native, profile, use),
          set_peer(native, profile, use), check_user_format(profile.user_format)}) {
        if (!done) {
            return tl::unexpected(done.error());
        }
    }
    return std::shared_ptr<const Context>{new Context{std::move(context), profile, use}};
}

Context::Context(ContextPtr context, const Profile& profile, const Use& use)
    : context_{std::move(context)},
      use_{use},
      user_format_{profile.user_format},
      user_names_{profile.user_names},
      revocations_{profile.revocations} {
    if (revocations_) {
        SSL_CTX_set_cert_verify_callback(context_.get(), Engine::verify, nullptr);
    }
    set_spoken();
}

const std::string& Context::name_of(const std::string& user) const {
    if (!user_names_) {
        return user;
    }
    const auto found = user_names_->find(user);
    return found == user_names_->end() ? user : found->second;
}

/// Spec: RFC 7301 §3.1
void Context::set_spoken() {
    for (const std::string& each : use_.spoken) {
        spoken_.push_back(static_cast<unsigned char>(each.size()));
        spoken_.insert(spoken_.end(), each.begin(), each.end());
    }
    if (spoken_.empty()) {
        return;
    }
    if (use_.server) {
        SSL_CTX_set_alpn_select_cb(context_.get(), choose_spoken, this);
    } else {
        SSL_CTX_set_alpn_protos(context_.get(), spoken_.data(),
                                static_cast<unsigned>(spoken_.size()));
    }
}

/// A client that wants something else is refused; one that says nothing is not. Spec: RFC 7301 §3.2
int Context::choose_spoken(SSL*,
                           const unsigned char** chosen,
                           unsigned char* size,
                           const unsigned char* offered,
                           unsigned offered_size,
                           void* self) {
    const auto& spoken = static_cast<const Context*>(self)->spoken_;
    unsigned char* found = nullptr;
    const int met = SSL_select_next_proto(
        &found, size, spoken.data(), static_cast<unsigned>(spoken.size()), offered, offered_size);
    *chosen = found;
    return met == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace weft::tls
