#include "common/tls/engine.hpp"

#include "common/base/assert.hpp"
#include "common/base/printable.hpp"
#include "common/tls/pem.hpp"
#include "common/tls/pipe.hpp"
#include "common/tls/user.hpp"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <new>
#include <string>
#include <utility>

namespace weft::tls {
namespace {

constexpr std::size_t kShownMax = 8;  // bytes of what is no TLS

/// The first byte of any record. Spec: RFC 8446 §5.1
bool begins_record(std::uint8_t first) {
    return first >= SSL3_RT_CHANGE_CIPHER_SPEC && first <= SSL3_RT_APPLICATION_DATA;
}

Failure failure_of(int reason) {
    switch (reason) {
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
        case SSL_R_CERTIFICATE_VERIFY_FAILED:
            return Failure::certificate;
        case SSL_R_NO_SHARED_CIPHER:
        case SSL_R_UNSUPPORTED_PROTOCOL:
        case SSL_R_VERSION_TOO_LOW:
        case SSL_R_WRONG_SSL_VERSION:
        case SSL_R_WRONG_VERSION_NUMBER:
        case SSL_R_NO_APPLICATION_PROTOCOL:
        case SSL_R_NO_SUITABLE_GROUPS:
        case SSL_R_NO_SUITABLE_KEY_SHARE:
        case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
            return Failure::versions;
        default:
            return reason >= SSL_AD_REASON_OFFSET ? Failure::refused : Failure::broken;
    }
}

std::string sentence_of(Failure failure) {
    switch (failure) {
        case Failure::versions:
            return "there is nothing that both speak: ";
        case Failure::certificate:
            return "the peer's certificate is refused: ";
        case Failure::refused:
            return "the peer refuses: ";
        default:
            return "the peer broke the protocol: ";
    }
}

}  // namespace

std::string_view name_of(Failure failure) {
    switch (failure) {
        case Failure::none:
            return "none";
        case Failure::plain:
            return "plain";
        case Failure::versions:
            return "versions";
        case Failure::certificate:
            return "certificate";
        case Failure::revoked:
            return "revoked";
        case Failure::refused:
            return "refused";
        case Failure::broken:
            return "broken";
    }
    return "";
}

Engine::Engine(std::shared_ptr<const Context> context, std::string_view host)
    : context_{std::move(context)},
      host_{host},
      pipe_{std::make_unique<Pipe>()},
      session_{SSL_new(context_->native())} {
    if (!session_) {
        throw std::bad_alloc{};
    }
    SSL* const session = session_.get();
    BIO* const end = Pipe::end_of(*pipe_);
    SSL_set_bio(session, end, end);
    SSL_set_app_data(session, this);
    SSL_set_msg_callback(session, on_message);
    SSL_set_msg_callback_arg(session, this);
    if (context_->use().server) {
        SSL_set_accept_state(session);
        return;
    }
    SSL_set_connect_state(session);
    if (host_.empty() && context_->use().verify_host) {
        fail(Failure::certificate, "there is no host that the peer's certificate could be for");
        return;
    }
    X509_VERIFY_PARAM* const wanted = SSL_get0_param(session);
    const bool is_address = X509_VERIFY_PARAM_set1_ip_asc(wanted, host_.c_str()) == 1;
    if (is_address && !context_->use().verify_host) {
        X509_VERIFY_PARAM_set1_ip(wanted, nullptr, 0);
    }
    if (!is_address && !host_.empty()) {
        // A name and no address. Spec: RFC 6066 §3
        SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host_.data());
        if (context_->use().verify_host) {
            X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
            X509_VERIFY_PARAM_set1_host(wanted, host_.c_str(), host_.size());
        }
    }
}

Engine::~Engine() = default;

void Engine::start(OutBuffer& out) {
    if (state_ != State::handshake) {
        return;
    }
    pipe_->out = &out;
    shake();
    pipe_->out = nullptr;
}

std::size_t Engine::receive(Bytes in, std::span<std::uint8_t> room, OutBuffer& out) {
    WEFT_DCHECK(room.size() >= in.size() + kRecordMax);
    received_ += in.size();
    if (!began_ && !in.empty() && state_ == State::handshake) {
        began_ = true;
        if (!begins_record(in.front())) {
            fail(Failure::plain, "what the peer sends is no TLS: \"" +
                                     printable(as_text(in.first(std::min(in.size(), kShownMax)))) +
                                     "\"");
        }
    }
    *pipe_ = {.in = in, .out = &out};
    if (state_ == State::handshake) {
        shake();
    }
    const std::size_t size = read(room);
    *pipe_ = {};
    return size;
}

void Engine::shake() {
    ERR_clear_error();
    const int result = SSL_do_handshake(session_.get());
    if (result == 1) {
        state_ = State::open;
    } else {
        settle(result);
    }
}

/// For each message that OpenSSL has read or written, and more. What floods it is read no further.
void Engine::on_message(int written, int, int type, const void*, std::size_t, SSL*, void* self) {
    auto& engine = *static_cast<Engine*>(self);
    if (written != 0 || type != SSL3_RT_HANDSHAKE || engine.state_ != State::open) {
        return;
    }
    if (++engine.messages_ > kMessagesMax + engine.received_ / kMessageBytes) {
        engine.is_flooded_ = true;
        engine.pipe_->in = {};
    }
}

/// Until nothing whole is left. T1
std::size_t Engine::read(std::span<std::uint8_t> room) {
    std::size_t size = 0;
    while (state_ == State::open && size < room.size()) {
        std::size_t got = 0;
        ERR_clear_error();
        const int result =
            SSL_read_ex(session_.get(), room.data() + size, room.size() - size, &got);
        size += got;
        if (is_flooded_) {
            fail(Failure::broken,
                 "the peer floods the connection with messages of TLS itself, such as KeyUpdate: " +
                     std::to_string(messages_));
        } else if (result != 1) {
            settle(result);
            break;
        }
    }
    return size;
}

void Engine::send(Bytes plain, OutBuffer& out) {
    if ((state_ != State::open && state_ != State::ended) || plain.empty()) {
        return;
    }
    pipe_->out = &out;
    std::size_t sent = 0;
    ERR_clear_error();
    const int result = SSL_write_ex(session_.get(), plain.data(), plain.size(), &sent);
    if (result != 1) {
        settle(result);
        if (state_ != State::failed) {  // the pipe takes all
            fail(Failure::broken, "what was to be sent could not be encrypted");
        }
    }
    pipe_->out = nullptr;
}

void Engine::close(OutBuffer& out) {
    if (state_ != State::open && state_ != State::ended) {
        return;
    }
    pipe_->out = &out;
    ERR_clear_error();
    SSL_shutdown(session_.get());
    ERR_clear_error();
    pipe_->out = nullptr;
}

/// What a call that did not succeed means.
void Engine::settle(int result) {
    if (pipe_->starved) {
        fail(Failure::broken, "out of memory");
        return;
    }
    switch (SSL_get_error(session_.get(), result)) {
        case SSL_ERROR_WANT_READ:
            break;
        case SSL_ERROR_ZERO_RETURN:
            state_ = State::ended;
            break;
        default:
            fail_by_error();
            break;
    }
}

void Engine::fail_by_error() {
    const int reason = ERR_GET_REASON(ERR_peek_last_error());
    const Failure failure = failure_of(reason);
    std::string why = last_error();
    if (reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) {
        fail(failure, "the peer shows no certificate, and must");
    } else if (failure == Failure::certificate && !objection_.empty()) {
        fail(is_revoked_ ? Failure::revoked : failure, sentence_of(failure) + objection_);
    } else {
        fail(failure, sentence_of(failure) + why);
    }
}

void Engine::fail(Failure failure, std::string why) {
    ERR_clear_error();
    state_ = State::failed;
    failure_ = failure;
    why_ = std::move(why);
}

/// Keeps what is wrong, of which OpenSSL tells no more than a number when all is over.
int Engine::on_verified(int good, X509_STORE_CTX* chain) {
    if (good == 1) {
        return good;
    }
    const auto* const session = static_cast<const SSL*>(
        X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto* const self = static_cast<Engine*>(SSL_get_app_data(session));
    const X509* const certificate = X509_STORE_CTX_get_current_cert(chain);
    const int error = X509_STORE_CTX_get_error(chain);
    try {  // T3
        std::string& text = self->objection_;
        text = X509_verify_cert_error_string(error);
        if (certificate != nullptr) {
            const bool wrong_host =
                error == X509_V_ERR_HOSTNAME_MISMATCH || error == X509_V_ERR_IP_ADDRESS_MISMATCH;
            text += wrong_host ? ", it is for " + hosts_of(*certificate) + " and not for " +
                                     printable(self->host_)
                               : " (" + subject_of(*certificate) + ")";
        }
    } catch (const std::bad_alloc&) {
        self->objection_.clear();
    }
    return good;
}

int Engine::verify(X509_STORE_CTX* chain, void*) {
    const int good = X509_verify_cert(chain);
    if (good != 1) {
        return good;
    }
    const auto* const session = static_cast<const SSL*>(
        X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto* const self = static_cast<Engine*>(SSL_get_app_data(session));
    try {  // T3
        return self->is_taken_back(*chain) ? 0 : 1;
    } catch (const std::bad_alloc&) {
        X509_STORE_CTX_set_error(chain, X509_V_ERR_OUT_OF_MEM);
        return 0;
    }
}

/// Fails closed: who signed a certificate must have said which ones he took back.
bool Engine::is_taken_back(X509_STORE_CTX& chain) {
    const PeerChain shown = chain_of(X509_STORE_CTX_get0_chain(&chain));
    const auto revocations = context_->revocations()->current();
    const std::string who = " (" + subject_of(*X509_STORE_CTX_get0_cert(&chain)) + ")";
    if (revocations->has(shown)) {
        is_revoked_ = true;
        objection_ = "certificate revoked" + who;
        X509_STORE_CTX_set_error(&chain, X509_V_ERR_CERT_REVOKED);
        return true;
    }
    if (!revocations->knows_issuer(shown)) {
        objection_ = "crl has no list of its issuer, which might have revoked it" + who;
        X509_STORE_CTX_set_error(&chain, X509_V_ERR_UNABLE_TO_GET_CRL);
        return true;
    }
    return false;
}

PeerChain Engine::peer_chain() const {
    if (!context_->revocations() || SSL_get_verify_result(session_.get()) != X509_V_OK) {
        return {};
    }
    return chain_of(SSL_get0_verified_chain(session_.get()));
}

security::Protection Engine::protection() const {
    SSL* const session = session_.get();
    security::Protection found{.protocol = SSL_get_version(session),
                               .cipher = SSL_get_cipher_name(session)};
    found.strength = static_cast<unsigned>(std::max(SSL_get_cipher_bits(session, nullptr), 0));
    const CertificatePtr shown{SSL_get1_peer_certificate(session)};
    if (shown && SSL_get_verify_result(session) == X509_V_OK) {
        found.peer_subject = subject_of(*shown);
        found.peer_user = context_->name_of(user_of(*shown, context_->user_format()));
    }
    return found;
}

}  // namespace weft::tls
