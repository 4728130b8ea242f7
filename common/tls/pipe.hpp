#pragma once

#include "common/base/bytes.hpp"
#include "common/base/out_buffer.hpp"
#include "common/tls/openssl.hpp"

namespace weft::tls {

/// What OpenSSL reads from and writes to, for the length of one call. Internal to common/tls.
/// Threading: not shared.
struct Pipe {
    Bytes in{};
    OutBuffer* out = nullptr;
    bool starved = false;  // no memory for what was to be written

    /// OpenSSL's end of it, which the caller owns; `pipe` outlives it.
    static BIO* end_of(Pipe& pipe);
};

}  // namespace weft::tls
