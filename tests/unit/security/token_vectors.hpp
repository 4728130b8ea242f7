#pragma once

/// Keys, and tokens that PyJWT signed by them: of issuer https://id.example, for "weft" and
/// "other", of dev-7, good from 1000000000 to 2000000000 (seconds since 1970).
namespace weft::security::test {

inline constexpr const char* kJwks =
    "{\"keys\": [{\"kty\": \"RSA\", \"kid\": \"r1\", \"use\": \"sig\", \"alg\": \"RS256\", \"n"
    "\": \"mrWD307vH0Aobkh7BrgoX2F-WlmMQqujviDwe_0EsfhbKGrwrAVRUGVPGVWuJ_AeOOIPoiIC4gsBudZxlwlo"
    "EjkCbvkyiZSS0qY4gvA6kmqoo9g1EthXKUvkdUNZOpNtEpjIFwMSXo8xDJirbzuiPTN7PBTKUbYwVzfaucgNK9gQcQ"
    "Y8O1MleQmwq5qJE_AQQwU72VHmH0MHKMys1Miw3WlRYHnYVMdc5z7yYuAp8guWpsTKeMzFVHZonCxsgMzkEImtUbSv"
    "DyDIp5E7NoN1I2uFYCIhKv-_yy6SZcLVVZTrXs_2iAKqf66QNup7_1SKWuFx0nfs1WAZYPnFqrWvLw\", \"e\": "
    "\"AQAB\"}, {\"kty\": \"EC\", \"kid\": \"e1\", \"crv\": \"P-256\", \"x\": \"YAlqhy1bOGbXZev"
    "s_j2XF_lYQklejushe_8qsbrbJ1s\", \"y\": \"BFEohHu0MG1a39uFzgrcGcNo3pgfR6ZxhUTxeIin5TM\"}, {"
    "\"kty\": \"oct\", \"kid\": \"h1\", \"k\": \"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"}"
    ", {\"kty\": \"RSA\", \"kid\": \"enc\", \"use\": \"enc\", \"n\": \"AQAB\", \"e\": \"AQAB\"}"
    ", {\"kty\": \"OKP\", \"crv\": \"Ed25519\", \"x\": \"AA\"}]}";
inline constexpr const char* kSignedByRsa =
    "eyJhbGciOiJSUzI1NiIsImtpZCI6InIxIiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLC"
    "JhdWQiOlsid2VmdCIsIm90aGVyIl0sInN1YiI6ImRldi03IiwiZXhwIjoyMDAwMDAwMDAwLCJuYmYiOjEwMDAwMDAw"
    "MDB9.f2QMwTbT_G8Z0-0rrFh8tIp8yAqdszFk7QbHS5EGwLvNZ0NZuO_HfV9JeSuM-6E0HuUpjHEZqHIglGf8IRaoz"
    "PwBmUEoVEMEDXPo_4cHfKNSfzVD6wxgCr7zkmt2CZhAtwcczELiwDmSz1PZ-HzxhrtEm0EPA4b_G1dMBu1Y3kolJGf"
    "wUBpLUBrNDbCy1BgQ8PPRR-J6y52VwK4dHQeDg44XHdz52FdmsVvpMoor-qZdvPYZQ2jf_Qipbtis8U3r_FQqWSJuR"
    "PTrSQj9jv3RSTOobWz4lwM1r-UDa4rSVF_ouOB0kmD7jxMVDG7ZCHm9vdhEod1WNE8-5oYdJrzU3Q";
inline constexpr const char* kSignedByEc =
    "eyJhbGciOiJFUzI1NiIsImtpZCI6ImUxIiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLC"
    "JhdWQiOlsid2VmdCIsIm90aGVyIl0sInN1YiI6ImRldi03IiwiZXhwIjoyMDAwMDAwMDAwLCJuYmYiOjEwMDAwMDAw"
    "MDB9.yjrncsdTaJaL0vE0LnBHiQxQhAk43omy8Z57iAe4mkCps93uki2GqtnRjw4Z5lKPwkfh_8DLnQv6WIA8K2dPv"
    "g";
inline constexpr const char* kSignedBySecret =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOlsid2Vmd"
    "CIsIm90aGVyIl0sInN1YiI6ImRldi03IiwiZXhwIjoyMDAwMDAwMDAwLCJuYmYiOjEwMDAwMDAwMDB9.XNnQ1IAYmo"
    "FyCMUDBcnmciZjel8yWcQ5F_gBW2BC__0";
/// By the bytes of the RSA key's text as a secret, as who confuses keys would have it.
inline constexpr const char* kConfused =
    "eyJhbGciOiJIUzI1NiIsImtpZCI6InIxIiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLC"
    "JhdWQiOlsid2VmdCIsIm90aGVyIl0sInN1YiI6ImRldi03IiwiZXhwIjoyMDAwMDAwMDAwLCJuYmYiOjEwMDAwMDAw"
    "MDB9.mDBBH1Gk_TW0efjwXaM5f4jfWFaalvS0zhOwxufPjZQ";
inline constexpr const char* kUnsigned =
    "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOlsid2VmdC"
    "IsIm90aGVyIl0sInN1YiI6ImRldi03IiwiZXhwIjoyMDAwMDAwMDAwLCJuYmYiOjEwMDAwMDAwMDB9.";

}  // namespace weft::security::test
