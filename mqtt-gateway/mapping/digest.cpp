#include "mqtt-gateway/mapping/digest.hpp"

#include <algorithm>
#include <bit>

namespace weft::mqtt_mapping {
namespace {

/// The first bits behind the point of the cube roots of the first primes. Spec: FIPS 180-4 §4.2.2
constexpr std::array<std::uint32_t, 64> kRoots{
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

template <class Number>
void spell_number(Number number, std::uint8_t* to) {
    for (std::size_t i = sizeof number; i-- > 0; number >>= 8) {
        to[i] = static_cast<std::uint8_t>(number);
    }
}

std::uint32_t word_at(const std::uint8_t* at) {
    return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 |
           std::uint32_t{at[3]};
}

std::uint32_t mixed(std::uint32_t word, int one, int other, int third) {
    return std::rotr(word, one) ^ std::rotr(word, other) ^ std::rotr(word, third);
}

}  // namespace

void Digest::add(Bytes part) {
    bytes_ += part.size();
    while (!part.empty()) {
        if (filled_ == 0 && part.size() >= kBlockBytes) {
            take(part.data());
            part = part.subspan(kBlockBytes);
            continue;
        }
        const std::size_t some = std::min(part.size(), kBlockBytes - filled_);
        std::ranges::copy(part.first(some), block_.data() + filled_);
        part = part.subspan(some);
        filled_ += some;
        if (filled_ == kBlockBytes) {
            take(block_.data());
            filled_ = 0;
        }
    }
}

void Digest::add_field(Bytes field) {
    add_number(field.size());
    add(field);
}

void Digest::add_number(std::uint64_t number) {
    std::array<std::uint8_t, sizeof number> spelled;
    spell_number(number, spelled.data());
    add(spelled);
}

/// Spec: FIPS 180-4 §5.1.1
Digest::Value Digest::end() {
    const std::uint64_t bits = bytes_ * 8;
    constexpr std::array<std::uint8_t, kBlockBytes> kPadding{0x80};
    const std::size_t room = kBlockBytes - sizeof bits;
    add(Bytes{kPadding}.first((filled_ < room ? room : room + kBlockBytes) - filled_));
    add_number(bits);
    Value value;
    for (std::size_t i = 0; i < state_.size(); ++i) {
        spell_number(state_[i], value.data() + i * sizeof state_[i]);
    }
    return value;
}

/// Spec: FIPS 180-4 §6.2.2
void Digest::take(const std::uint8_t* block) {
    std::array<std::uint32_t, 64> words;
    for (std::size_t i = 0; i < 16; ++i) {
        words[i] = word_at(block + 4 * i);
    }
    for (std::size_t i = 16; i < words.size(); ++i) {
        const std::uint32_t near = words[i - 2];
        const std::uint32_t far = words[i - 15];
        words[i] = words[i - 16] + words[i - 7] +
                   (std::rotr(near, 17) ^ std::rotr(near, 19) ^ near >> 10) +
                   (std::rotr(far, 7) ^ std::rotr(far, 18) ^ far >> 3);
    }
    auto [a, b, c, d, e, f, g, h] = state_;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::uint32_t one =
            h + mixed(e, 6, 11, 25) + ((e & f) ^ (~e & g)) + kRoots[i] + words[i];
        const std::uint32_t other = mixed(a, 2, 13, 22) + ((a & b) ^ (a & c) ^ (b & c));
        h = g;
        g = f;
        f = e;
        e = d + one;
        d = c;
        c = b;
        b = a;
        a = one + other;
    }
    const std::array<std::uint32_t, 8> more{a, b, c, d, e, f, g, h};
    for (std::size_t i = 0; i < state_.size(); ++i) {
        state_[i] += more[i];
    }
}

}  // namespace weft::mqtt_mapping
