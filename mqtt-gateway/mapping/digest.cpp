#include "mqtt-gateway/mapping/digest.hpp"

#include "common/base/assert.hpp"

namespace weft::mqtt_mapping {

Digest::Digest() : context_{EVP_MD_CTX_new()} {
    WEFT_CHECK(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
}

void Digest::add(Bytes part) {
    WEFT_CHECK(EVP_DigestUpdate(context_.get(), part.data(), part.size()) == 1);
}

void Digest::add_field(Bytes field) {
    add_number(field.size());
    add(field);
}

void Digest::add_number(std::uint64_t number) {
    std::array<std::uint8_t, sizeof number> bytes{};
    for (std::uint8_t& byte : bytes) {
        byte = static_cast<std::uint8_t>(number);
        number >>= 8;
    }
    add(bytes);
}

Digest::Value Digest::end() {
    Value value{};
    WEFT_CHECK(EVP_DigestFinal_ex(context_.get(), value.data(), nullptr) == 1);
    return value;
}

}  // namespace weft::mqtt_mapping
