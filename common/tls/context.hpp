#pragma once

#include "common/tls/openssl.hpp"
#include "common/tls/profile.hpp"

#include <memory>
#include <string>
#include <vector>

namespace weft::tls {

/// A profile as one listener or connector uses it: what all its connections share.
///
/// Versions 1.2 and 1.3 alone; no compression, no renegotiation; buffers are given back when a
/// connection is idle. Sessions are resumed by tickets, but not where clients show certificates:
/// those are looked at each time. Threading: immutable once made, for any thread.
class Context {
public:
    /// Certificates between one that is shown and its root.
    static constexpr int kDepthMax = 8;

    static OrFault<std::shared_ptr<const Context>> make(const Profile& profile, const Use& use);

    const Use& use() const { return use_; }
    const std::string& user_format() const { return user_format_; }
    /// What that makes of a certificate, as other people call it.
    const std::string& name_of(const std::string& user) const;
    /// Null: none.
    const std::shared_ptr<const CurrentRevocations>& revocations() const { return revocations_; }
    /// OpenSSL counts its references, so it may be asked for more than a const would allow.
    SSL_CTX* native() const { return context_.get(); }

private:
    Context(ContextPtr context, const Profile& profile, const Use& use);

    static int choose_spoken(SSL* session,
                             const unsigned char** chosen,
                             unsigned char* size,
                             const unsigned char* offered,
                             unsigned offered_size,
                             void* self);
    void set_spoken();

    ContextPtr context_;
    Use use_;
    std::string user_format_;
    std::shared_ptr<const UserNames> user_names_;
    std::shared_ptr<const CurrentRevocations> revocations_;
    std::vector<unsigned char> spoken_;  // in ALPN's form
};

}  // namespace weft::tls
