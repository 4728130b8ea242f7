#pragma once

#include "common/base/bytes.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace weft::mqtt_mapping {

/// SHA-256 of bytes that come in parts: what two messages have in common only if they are equal,
/// whoever made them, and whenever the gateway was started.
///
/// Threading: not shared. Spec: FIPS 180-4
class Digest {
public:
    using Value = std::array<std::uint8_t, 32>;

    Digest();

    void add(Bytes part);
    /// How many bytes, and these: so that no two rows of fields are one text.
    void add_field(Bytes field);
    void add_number(std::uint64_t number);
    /// Of all that was added; nothing more may be.
    Value end();

private:
    struct Free {
        void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    };

    std::unique_ptr<EVP_MD_CTX, Free> context_;
};

}  // namespace weft::mqtt_mapping
