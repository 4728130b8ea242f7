#pragma once

#include <span>
#include <string>
#include <string_view>

/// Whose page makes a browser ask: what its Origin header says. Spec: RFC 6454 §7
///
/// All functions are total on any text and look at neither case nor default ports.
namespace weft::io {

/// Whether `text` is an origin as browsers write it: "https://shop.example", "http://[::1]:8080",
/// or "null" for a page that has none.
bool is_origin(std::string_view text);

/// Whether a page of `origin` came from where `host`, a Host header, says that it now asks.
bool is_same_origin(std::string_view origin, std::string_view host);

/// Whether `allowed` names `origin`; "*" names all.
bool is_listed_origin(std::string_view origin, std::span<const std::string> allowed);

}  // namespace weft::io
