#include "common/base/keyed_hash.hpp"

#include <bit>
#include <cstring>

namespace weft {
namespace {

struct Key {
    std::uint64_t one = 0;
    std::uint64_t other = 0;
};

constinit Key the_key;

struct SipState {
    void round() {
        v0 += v1;
        v2 += v3;
        v1 = std::rotl(v1, 13) ^ v0;
        v3 = std::rotl(v3, 16) ^ v2;
        v0 = std::rotl(v0, 32);
        v2 += v1;
        v0 += v3;
        v1 = std::rotl(v1, 17) ^ v2;
        v3 = std::rotl(v3, 21) ^ v0;
        v2 = std::rotl(v2, 32);
    }
    void take(std::uint64_t word) {
        v3 ^= word;
        round();
        v0 ^= word;
    }
    std::uint64_t end() {
        v2 ^= 0xff;
        round();
        round();
        round();
        return v0 ^ v1 ^ v2 ^ v3;
    }

    std::uint64_t v0 = the_key.one ^ 0x736f6d6570736575;
    std::uint64_t v1 = the_key.other ^ 0x646f72616e646f6d;
    std::uint64_t v2 = the_key.one ^ 0x6c7967656e657261;
    std::uint64_t v3 = the_key.other ^ 0x7465646279746573;
};

}  // namespace

std::size_t TextHash::operator()(std::string_view text) const {
    SipState state;
    const std::uint64_t size = text.size();
    for (; text.size() >= sizeof(std::uint64_t); text.remove_prefix(sizeof(std::uint64_t))) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data(), sizeof word);
        state.take(word);
    }
    std::uint64_t last = 0;
    if (!text.empty()) {
        std::memcpy(&last, text.data(), text.size());
    }
    state.take(last | size << 56);
    return state.end();
}

std::size_t NumberHash::operator()(std::uint64_t number) const {
    SipState state;
    state.take(number);
    return state.end();
}

void set_hash_key(std::uint64_t one, std::uint64_t other) {
    the_key = {one, other};
}

}  // namespace weft
