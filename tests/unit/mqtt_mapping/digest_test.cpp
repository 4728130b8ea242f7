#include "mqtt-gateway/mapping/digest.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace weft::mqtt_mapping {

TEST_SUITE_BEGIN("mqtt digest");

namespace {

std::string in_hex(const Digest::Value& value) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t byte : value) {
        text += {kDigits[byte >> 4], kDigits[byte & 15]};
    }
    return text;
}

}  // namespace

// The texts that the standard's authors publish.
TEST_CASE("bytes are digested as SHA-256 does") {
    struct Row {
        std::string text;
        std::string_view digest;
    };
    const Row rows[]{{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
                     {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
                     {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
                     {std::string(1'000'000, 'a'),
                      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"}};
    for (const Row& row : rows) {
        for (const std::size_t part : {1U, 63U, 64U, 65U, 1'000'000U}) {
            Digest digest;
            for (std::size_t at = 0; at < row.text.size(); at += part) {
                digest.add(as_bytes(std::string_view{row.text}.substr(at, part)));
            }
            CHECK(in_hex(digest.end()) == row.digest);
        }
    }
}

TEST_CASE("where a field ends is a part of what is digested") {
    Digest one;
    one.add_field(as_bytes("ab"));
    one.add_field(as_bytes("c"));
    Digest other;
    other.add_field(as_bytes("a"));
    other.add_field(as_bytes("bc"));
    CHECK(one.end() != other.end());
}

TEST_SUITE_END();

}  // namespace weft::mqtt_mapping
