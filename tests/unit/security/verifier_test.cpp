#include "common/security/verifier.hpp"

#include "common/base/base64.hpp"
#include "common/base/text.hpp"

#include <doctest/doctest.h>

using namespace weft;
using namespace weft::security;

TEST_SUITE("verifier") {
    TEST_CASE("digests are those of their standards") {
        CHECK(hex(digest_of(Digest::sha256, as_bytes("abc"))) ==
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        // Spec: RFC 4231 §4.3
        CHECK(hex(hmac_of(Digest::sha256, as_bytes("Jefe"),
                          as_bytes("what do ya want for nothing?"))) ==
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        CHECK(hex(hmac_of(Digest::sha256, {}, {})) ==
              "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
        // Spec: RFC 7914 §11
        CHECK(hex(stretched(Digest::sha256, "passwd", as_bytes("salt"), 1)).substr(0, 32) ==
              "55ac046e56e3089fec1691c22544b605");
        CHECK(size_of(Digest::sha512) == digest_of(Digest::sha512, {}).size());
    }

    TEST_CASE("it knows its password and no other") {
        for (const Digest digest : {Digest::sha256, Digest::sha512}) {
            const auto verifier = Verifier::of(digest, "pencil", Buffer(16, 7), kIterationsMin);
            CHECK(is_password_of(verifier, "pencil"));
            CHECK_FALSE(is_password_of(verifier, "pencils"));
            CHECK_FALSE(is_password_of(verifier, ""));
            CHECK(Verifier::from(verifier.text()) == verifier);
            CHECK(verifier.text().find("pencil") == std::string::npos);
        }
    }

    TEST_CASE("its keys are those of RFC 7677") {
        const auto salt = from_base64("W22ZaJ0SNY7soEsUEjb6gQ==");
        const auto verifier = Verifier::of(Digest::sha256, "pencil", *salt, 4096);
        CHECK(verifier.text() ==
              "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
              "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
              "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=");
    }

    TEST_CASE("a text that is damaged, or beyond the bounds, is none") {
        const std::string good = Verifier::of(Digest::sha256, "x", Buffer(8, 1), 4096).text();
        REQUIRE(Verifier::from(good));
        for (std::size_t size = 0; size < good.size(); ++size) {
            CHECK_FALSE(Verifier::from(good.substr(0, size)));
        }
        const auto with = [&](std::string_view from, std::string_view to) {
            std::string text = good;
            return text.replace(text.find(from), from.size(), to);
        };
        CHECK_FALSE(Verifier::from(with("4096", "4095")));
        CHECK_FALSE(Verifier::from(with("4096", "1000001")));
        CHECK_FALSE(Verifier::from(with("4096", "-4096")));
        CHECK_FALSE(Verifier::from(with("4096", "4294971392")));
        CHECK_FALSE(Verifier::from(with("256", "512")));
        CHECK_FALSE(Verifier::from(with("256", "1")));
        CHECK_FALSE(Verifier::from(with("4096:", "4096:A")));
        CHECK_FALSE(Verifier::from(good + "A"));
    }
}
