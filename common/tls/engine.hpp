#pragma once

#include "common/base/bytes.hpp"
#include "common/base/out_buffer.hpp"
#include "common/security/protection.hpp"
#include "common/tls/context.hpp"
#include "common/tls/revocations.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace weft::tls {

struct Pipe;

/// Why TLS between two peers came to nothing.
enum class Failure : std::uint8_t {
    none,
    plain,        // what the peer sent is no TLS
    versions,     // no version, cipher or protocol within is common to both
    certificate,  // the peer showed none, or one that is not good
    revoked,      // its authority took the peer's certificate back
    refused,      // the peer ended it: by its alert
    broken,       // the peer broke the protocol
};
/// "plain"
std::string_view name_of(Failure failure);

/// TLS of one connection, as a machine: what a peer sends ⇄ what is meant.
///
///   handshake ──both agree──▶ open ──the peer says that it ends──▶ ended
///       └───────────┴── failed, for the reason that `failure` tells
///
/// Invariants:
///   T1  all of `in` is taken by the call; what belongs to a record that is not whole yet is kept
///   T2  what TLS itself has to say (answers, alerts) is in `out` when a call returns
///   T3  OpenSSL is never left by an exception
///
/// Threading: not shared; may go to another thread between calls.
class Engine {
public:
    enum class State : std::uint8_t { handshake, open, ended, failed };

    /// The most of one record that may come out later than its bytes went in.
    static constexpr std::size_t kRecordMax = 17 * 1024;  // bytes
    /// Messages of TLS itself that a peer may say once open (it renews keys, gives tickets): so
    /// many, and one more for each kMessageBytes that it sends. Each costs as much as some KiB.
    static constexpr std::uint64_t kMessagesMax = 64;
    static constexpr std::uint64_t kMessageBytes = 64 * 1024;

    /// `host`: whom a client wants to reach, which it tells the peer, and which the peer's
    /// certificate must name if the context says so. Empty although it must: it has failed.
    explicit Engine(std::shared_ptr<const Context> context, std::string_view host = {});
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    /// A client begins. Once.
    void start(OutBuffer& out);
    /// What came from the peer. What it means is written to `room`, which has at least kRecordMax
    /// bytes more than `in`; returns how much that is.
    std::size_t receive(Bytes in, std::span<std::uint8_t> room, OutBuffer& out);
    /// While open, and when the peer has ended its side alone: `plain` goes to the peer.
    void send(Bytes plain, OutBuffer& out);
    /// Nothing more goes to the peer, and it is told so.
    void close(OutBuffer& out);

    State state() const { return state_; }
    Failure failure() const { return failure_; }
    /// One sentence's end: "the peer's certificate is refused: certificate has expired (CN=a)".
    const std::string& why() const { return why_; }
    /// Once open.
    security::Protection protection() const;
    /// The same; empty where nobody asks for revocations, or the peer showed no certificate.
    PeerChain peer_chain() const;
    /// Null: certificates are not looked at for it.
    const std::shared_ptr<const CurrentRevocations>& revocations() const {
        return context_->revocations();
    }

    /// Of OpenSSL, for each certificate of a chain. Internal to common/tls.
    static int on_verified(int good, X509_STORE_CTX* chain);
    /// Instead of OpenSSL's own, where there are revocations.
    static int verify(X509_STORE_CTX* chain, void* unused);

private:
    static void on_message(int written,
                           int version,
                           int type,
                           const void* bytes,
                           std::size_t size,
                           SSL* session,
                           void* self);
    bool is_taken_back(X509_STORE_CTX& chain);
    void shake();
    std::size_t read(std::span<std::uint8_t> room);
    void settle(int result);
    void fail(Failure failure, std::string why);
    void fail_by_error();

    std::shared_ptr<const Context> context_;
    std::string host_;
    std::unique_ptr<Pipe> pipe_;
    SessionPtr session_;
    State state_ = State::handshake;
    Failure failure_ = Failure::none;
    bool began_ = false;          // the peer's first byte was looked at
    std::uint64_t received_ = 0;  // bytes
    std::uint64_t messages_ = 0;  // of TLS itself, once open
    bool is_flooded_ = false;     // by these
    std::string why_;
    std::string objection_;    // to the peer's certificate
    bool is_revoked_ = false;  // it is
};

}  // namespace weft::tls
