#include "common/io/proxy_header.hpp"

#include "common/base/conditions.hpp"
#include "common/base/ip_address.hpp"

#include <algorithm>
#include <string_view>

namespace weft::io {
namespace {

using namespace std::literals;

constexpr std::string_view kSignature = "\r\n\r\n\0\r\nQUIT\n"sv;
constexpr std::size_t kCommandAt = 12;
constexpr std::size_t kFamilyAt = 13;
constexpr std::size_t kLengthAt = 14;
constexpr std::uint8_t kLocal = 0x20;    // version 2: made for nobody
constexpr std::uint8_t kProxied = 0x21;  // version 2: made for a client
constexpr std::uint8_t kTcp4 = 0x11;
constexpr std::uint8_t kTcp6 = 0x21;

std::uint16_t number_at(Bytes bytes, std::size_t at) {
    return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

tl::unexpected<Error> wrong(std::string_view why) {
    return fail(kDecodeError, "PROXY protocol: " + std::string{why});
}

/// Two addresses and two ports, the client's first.
Result<std::string> peer_of(Bytes rest, std::size_t size) {
    if (rest.size() < 2 * size + 4) {
        return wrong("the addresses are cut off");
    }
    IpAddress address{.is_v4 = size == 4};
    std::ranges::copy(rest.first(size), address.bytes.end() - static_cast<std::ptrdiff_t>(size));
    return endpoint_text(address, number_at(rest, 2 * size));
}

}  // namespace

Result<std::size_t> proxy_rest(Bytes prefix) {
    const std::string_view text = as_text(prefix);
    if (text.starts_with("PROXY ")) {
        return wrong("what came is version 1; let the proxy speak version 2");
    }
    if (prefix.size() < kProxyPrefix || !text.starts_with(kSignature)) {
        return wrong(
            "what came is no header of it; let the proxy speak version 2, or take "
            "it out of proxyAddresses");
    }
    const std::uint8_t command = prefix[kCommandAt];
    if (command != kLocal && command != kProxied) {
        return wrong("the version is not 2, or the command not known");
    }
    const std::size_t rest = number_at(prefix, kLengthAt);
    if (rest > kProxyRestMax) {
        return wrong("the header has " + std::to_string(rest) + " bytes, and may have " +
                     std::to_string(kProxyRestMax));
    }
    return rest;
}

Result<std::string> proxied_peer(Bytes header) {
    WEFT_TRY(const std::size_t size, proxy_rest(header));
    if (header.size() < kProxyPrefix + size) {
        return wrong("the header is cut off");
    }
    if (header[kCommandAt] == kLocal) {
        return std::string{};
    }
    const Bytes rest = header.subspan(kProxyPrefix, size);
    switch (header[kFamilyAt]) {
        case kTcp4:
            return peer_of(rest, 4);
        case kTcp6:
            return peer_of(rest, 16);
        default:
            return std::string{};
    }
}

}  // namespace weft::io
