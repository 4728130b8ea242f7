#pragma once

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"

#include <cstddef>
#include <string>

/// What a proxy says in front of a connection: for whom it was made. Pure.
/// Spec: the PROXY protocol, version 2 (§2.2)
namespace weft::io {

/// A header begins with so many bytes, which tell how long it is.
inline constexpr std::size_t kProxyPrefix = 16;
/// Of the rest; addresses take 216 of them at most, and what else may be there is passed over.
inline constexpr std::size_t kProxyRestMax = 4096;

/// How many bytes follow the prefix.
/// Errors: amqp:decode-error, it is no such header, or one that is too long.
[[nodiscard]] Result<std::size_t> proxy_rest(Bytes prefix);

/// Who connected to the proxy, as peer_text; empty: the proxy itself, or one whose address is of no
/// IP. `header` is whole: its prefix and the rest that this promises.
/// Errors: as proxy_rest; the address is cut off.
[[nodiscard]] Result<std::string> proxied_peer(Bytes header);

}  // namespace weft::io
