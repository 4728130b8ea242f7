#include "common/io/proxy_header.hpp"

#include <doctest/doctest.h>

#include <string_view>

namespace weft::io {
namespace {

using namespace std::literals;

constexpr std::string_view kSignature = "\r\n\r\n\0\r\nQUIT\n"sv;

Buffer header(std::uint8_t command, std::uint8_t family, const Buffer& rest) {
    Buffer bytes;
    append(bytes, as_bytes(kSignature));
    append(bytes, Buffer{command, family, static_cast<std::uint8_t>(rest.size() >> 8),
                         static_cast<std::uint8_t>(rest.size())});
    append(bytes, rest);
    return bytes;
}

const Buffer kV4{192, 0, 2, 7, 10, 0, 0, 1, 0x12, 0x67, 0x16, 0x28};

std::string why(const Buffer& bytes) {
    const auto peer = proxied_peer(bytes);
    REQUIRE_FALSE(peer);
    CHECK(peer.error().condition == "amqp:decode-error");
    return peer.error().text;
}

}  // namespace

TEST_SUITE_BEGIN("proxy_header");

TEST_CASE("the client is the first of two addresses, what follows them is passed over") {
    Buffer more = kV4;
    append(more, Buffer{0x04, 0x00, 0x01, 0xff});
    for (const Buffer& rest : {kV4, more}) {
        const Buffer bytes = header(0x21, 0x11, rest);
        CHECK(proxy_rest(Bytes(bytes).first(kProxyPrefix)) == rest.size());
        CHECK(proxied_peer(bytes) == "192.0.2.7:4711");
    }
    Buffer v6{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7};
    append(v6, Buffer(16, 0));
    append(v6, Buffer{0x00, 0x50, 0x16, 0x28});
    CHECK(proxied_peer(header(0x21, 0x21, v6)) == "[2001:db8::7]:80");
}

TEST_CASE("a connection of the proxy's own, or of no IP, has the address that it has") {
    CHECK(proxied_peer(header(0x20, 0x00, {})) == "");
    CHECK(proxied_peer(header(0x20, 0x11, kV4)) == "");
    CHECK(proxied_peer(header(0x21, 0x00, {})) == "");
    CHECK(proxied_peer(header(0x21, 0x31, Buffer(216, 1))) == "");
}

TEST_CASE("what is no header is refused, with the remedy") {
    CHECK(why(Buffer{}).find("version 2") != std::string::npos);
    const std::string_view first = "PROXY TCP4 192.0.2.7 10.0.0.1 4711 5672\r\n";
    CHECK(why(Buffer(first.begin(), first.end())).find("is version 1") != std::string::npos);
    CHECK(why(Buffer(40, 'x')).find("no header") != std::string::npos);
    CHECK(why(header(0x11, 0x11, kV4)).find("version is not 2") != std::string::npos);
    CHECK(why(header(0x22, 0x11, kV4)).find("command") != std::string::npos);
    CHECK(why(header(0x21, 0x11, Buffer(11))).find("cut off") != std::string::npos);
    CHECK(why(header(0x21, 0x21, Buffer(35))).find("cut off") != std::string::npos);
    Buffer cut = header(0x21, 0x11, kV4);
    cut.pop_back();
    CHECK(why(cut).find("cut off") != std::string::npos);
    CHECK(proxied_peer(header(0x20, 0x00, Buffer(kProxyRestMax))) == "");
    CHECK(why(header(0x20, 0x00, Buffer(kProxyRestMax + 1))).find("4096") != std::string::npos);
}

TEST_SUITE_END();

}  // namespace weft::io
