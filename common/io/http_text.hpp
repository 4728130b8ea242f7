#pragma once

#include "common/io/http_server.hpp"

namespace weft::io {

// What HTTP writes and reads as text beside what Beast's parser does. Internal to common/io.

/// Status line and headers, with the blank line after them. Spec: RFC 9112 §4, §6.3
std::string response_head(const HttpResponse& response, bool keep_alive);

/// The first of the client's comma-separated `offered` that is among `spoken`; empty if none is.
/// Spec: RFC 6455 §4.2.2
std::string_view choose_subprotocol(std::string_view offered,
                                    const std::vector<std::string_view>& spoken);

}  // namespace weft::io
