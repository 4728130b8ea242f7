#include "common/security/scram.hpp"

#include "common/base/base64.hpp"
#include "common/security/scram_text.hpp"

#include <doctest/doctest.h>

#include <utility>

using namespace weft;
using namespace weft::security;

namespace {

constexpr std::string_view kClientNonce = "rOprNGfwEbeRWgbNEkqO";
constexpr std::string_view kServerNonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
constexpr std::string_view kSalt = "W22ZaJ0SNY7soEsUEjb6gQ==";
const std::string kNonces = std::string{kClientNonce} + std::string{kServerNonce};

Verifier verifier_of(std::string_view password, Digest digest = Digest::sha256) {
    return Verifier::of(digest, password, *from_base64(kSalt), 4096);
}

ScramClient client_of(std::string_view password,
                      Digest digest = Digest::sha256,
                      ChannelBinding binding = {}) {
    return ScramClient{digest, "user", std::string{password}, std::string{kClientNonce},
                       std::move(binding)};
}

ScramServer server_for(const ScramClient& client, Verifier verifier, ChannelBinding binding = {}) {
    return ScramServer{*opening_in(client.first()), std::move(verifier), kServerNonce,
                       std::move(binding)};
}

/// Of a client whose messages the test writes.
auto end_of(const std::string& message, std::string_view opening = "n,,n=user,r=abc") {
    const ScramServer server{*opening_in(opening), verifier_of("pencil"), "def"};
    return server.finish(message);
}

}  // namespace

TEST_SUITE("scram") {
    TEST_CASE("SHA-256: the exchange of RFC 7677") {
        ScramClient client = client_of("pencil");
        CHECK(client.first() == "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
        const ScramServer server = server_for(client, verifier_of("pencil"));
        CHECK(server.challenge() ==
              "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
              "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
        const auto last = client.answer(server.challenge());
        REQUIRE(last);
        CHECK(*last ==
              "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
              "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
        const auto proof = server.finish(*last);
        REQUIRE(proof);
        CHECK(*proof == "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
        CHECK_FALSE(client.confirmed());
        CHECK(client.confirm(*proof));
        CHECK(client.confirmed());
    }

    TEST_CASE("SHA-512: the same, as another program computes it") {
        ScramClient client = client_of("pencil", Digest::sha512);
        const ScramServer server = server_for(client, verifier_of("pencil", Digest::sha512));
        const auto last = client.answer(server.challenge());
        REQUIRE(last);
        CHECK(
            last->ends_with("p=gMGXRcevScNtxZ6/8lQYpGtnsNAc3mGcmNomv+xnoOMw+3R2xNJdMNnzMlTN8PPC"
                            "6wdp6dybEmDYXYTxwnYPJQ=="));
        const auto proof = server.finish(*last);
        REQUIRE(proof);
        CHECK(*proof ==
              "v=ZQnYEgWQMFmmsM8aQMF0nDDCy/AgCzkwk8CmMZYcMg0vSVlKDanekLtifDSeVGT4+5ZxXn"
              "Jq199RVG2rR7N7Zw==");
        CHECK(client.confirm(*proof));
    }

    TEST_CASE("a wrong password, and a server that does not know it, are found out") {
        ScramClient wrong = client_of("pencils");
        const ScramServer server = server_for(wrong, verifier_of("pencil"));
        CHECK(server.finish(*wrong.answer(server.challenge())).error() == ScramFault::proof);

        ScramClient client = client_of("pencil");
        REQUIRE(client.answer(server.challenge()));
        CHECK_FALSE(client.confirm("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G5="));
        CHECK_FALSE(client.confirm("v="));
        CHECK_FALSE(client.confirm("e=other-error"));
        CHECK_FALSE(client.confirm(""));
        CHECK_FALSE(client_of("pencil").confirm("v="));  // before the challenge
    }

    TEST_CASE("what RFC 5802 says of names: a comma and an equals sign are written otherwise") {
        const ScramClient client{Digest::sha256, "a=b,c", "x", "abc"};
        CHECK(client.first() == "n,,n=a=3Db=2Cc,r=abc");
        CHECK(opening_in(client.first())->user == "a=b,c");
        for (const std::string_view bad : {"", "a=", "a=2", "a=2c", "=3E"}) {
            CHECK_FALSE(unescaped_name(bad));
        }
    }

    TEST_CASE("first messages that are some, and how they are read") {
        const auto opening = opening_in("n,a=bob,n=alice,r=abc,x=1");
        REQUIRE(opening);
        CHECK(opening->authorize == "bob");
        CHECK(opening->user == "alice");
        CHECK(opening->nonce == "abc");
        CHECK(opening->header == "n,a=bob,");
        CHECK(opening->bare == "n=alice,r=abc,x=1");
        CHECK(opening_in("y,,n=a,r=b")->binding == ScramOpening::Binding::unoffered);
        const auto bound = opening_in("p=tls-exporter,,n=a,r=b");
        REQUIRE(bound);
        CHECK(bound->binding == ScramOpening::Binding::used);
        CHECK(bound->binding_type == "tls-exporter");
    }

    TEST_CASE("first messages that are none") {
        const std::string long_nonce(kNonceMax + 1, 'x');
        for (const std::string& bad : {std::string{""},
                                       std::string{"n"},
                                       std::string{"n,"},
                                       std::string{"n,,"},
                                       std::string{"n,,n=a"},
                                       std::string{"n,,n=a,r="},
                                       std::string{"n,,n=,r=b"},
                                       std::string{"x,,n=a,r=b"},
                                       std::string{"p=,,n=a,r=b"},
                                       std::string{"n,b,n=a,r=b"},
                                       std::string{"n,a=,n=a,r=b"},
                                       std::string{"n,,m=x,n=a,r=b"},
                                       std::string{"n,,n=a,r=b,m=x"},
                                       std::string{"n,,n=a,r=b,"},
                                       std::string{"n,,n=a,r=b,1=x"},
                                       std::string{"n,,r=b,n=a"},
                                       std::string{"n,,n=a,r=b c"},
                                       std::string{"n,,n=a,r=\x7f"},
                                       "n,,n=a,r=" + long_nonce,
                                       "n,,n=" + std::string(kScramMessageMax, 'a') + ",r=b"}) {
            CHECK_MESSAGE(!opening_in(bad), bad);
        }
    }

    TEST_CASE("last messages that are none, or of another exchange") {
        const std::string proof = base64(Buffer(32, 1));
        for (const std::string& bad :
             {std::string{""}, std::string{"p="}, "c=biws,r=abcdef,p=" + proof + ",x=1",
              "c=biws,r=abcde,p=" + proof, "r=abcdef,c=biws,p=" + proof,
              "c=biws,r=abcdef,m=x,p=" + proof, "c=biws,r=abcdef,p=" + base64(Buffer(31, 1)),
              std::string{"c=biws,r=abcdef,p=!"}, "c=biws,p=" + proof}) {
            const auto end = end_of(bad);
            REQUIRE_FALSE(end);
            CHECK_MESSAGE(end.error() == ScramFault::malformed, bad);
        }
        CHECK(end_of("c=biws,r=abcdef,p=" + proof).error() == ScramFault::proof);
    }

    TEST_CASE("a client answers no challenge that is none, or asks for too little or too much") {
        const std::string salt{kSalt};
        for (const std::string& bad :
             {std::string{""}, "r=" + kNonces, "r=" + kNonces + ",s=" + salt,
              "r=" + std::string{kClientNonce} + ",s=" + salt + ",i=4096",  // nothing of its own
              "r=x" + kNonces + ",s=" + salt + ",i=4096", "r=" + kNonces + ",s=,i=4096",
              "r=" + kNonces + ",s=!,i=4096", "r=" + kNonces + ",s=" + salt + ",i=4095",
              "r=" + kNonces + ",s=" + salt + ",i=1000001",
              "r=" + kNonces + ",s=" + salt + ",i=4096x",
              "r=" + kNonces + ",s=" + salt + ",i=99999999999",
              "m=x,r=" + kNonces + ",s=" + salt + ",i=4096"}) {
            CHECK_MESSAGE(!client_of("pencil").answer(bad), bad);
        }
        ScramClient client = client_of("pencil");
        const std::string good = "r=" + kNonces + ",s=" + salt + ",i=4096,x=1";
        CHECK(client.answer(good));
        CHECK_FALSE(client.answer(good));  // once
    }

    TEST_CASE("a client does as many iterations as it was told, and says what was asked") {
        const std::string asked = "r=" + kNonces + ",s=" + std::string{kSalt} + ",i=";
        const auto client = [](std::uint32_t most) {
            return ScramClient{
                Digest::sha256, "user", "pencil", std::string{kClientNonce}, {}, most};
        };
        CHECK(client(5000).answer(asked + "5000"));
        for (const std::string number : {"5001", "1000000", "99999999999"}) {
            const auto refused = client(5000).answer(asked + number);
            REQUIRE_FALSE(refused);
            CHECK(refused.error().find("asks for " + number + " iterations") != std::string::npos);
            CHECK(refused.error().find("no more than 5000 ") != std::string::npos);
        }
    }

    TEST_CASE("an exchange is tied to its TLS connection, on both sides") {
        const ChannelBinding one{.type = "tls-exporter", .data = Buffer(32, 1)};
        const ChannelBinding other{.type = "tls-exporter", .data = Buffer(32, 2)};
        for (const bool same : {true, false}) {
            ScramClient client = client_of("pencil", Digest::sha256, one);
            CHECK(client.first().starts_with("p=tls-exporter,,n=user,"));
            const ScramServer server =
                server_for(client, verifier_of("pencil"), same ? one : other);
            const auto end = server.finish(*client.answer(server.challenge()));
            CHECK(end.has_value() == same);
            CHECK((same || end.error() == ScramFault::binding));
        }
    }
}
