#include "broker/store/checksum.hpp"

#include <array>
#include <cstring>

namespace weft::store {
namespace {

constexpr std::size_t kStep = 8;  // bytes at once
constexpr std::uint32_t kPolynomial = 0x82f63b78;

using Tables = std::array<std::array<std::uint32_t, 256>, kStep>;

/// tables[k][b]: what the byte b contributes when k bytes follow it.
constexpr Tables make_tables() {
    Tables tables{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t crc = byte;
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
        }
        tables[0][byte] = crc;
    }
    for (std::size_t k = 1; k < kStep; ++k) {
        for (std::size_t byte = 0; byte < 256; ++byte) {
            const std::uint32_t before = tables[k - 1][byte];
            tables[k][byte] = (before >> 8) ^ tables[0][before & 0xff];
        }
    }
    return tables;
}

constexpr Tables kTables = make_tables();

std::uint64_t load_little_endian(const std::uint8_t* at) noexcept {
    std::uint64_t value = 0;
    std::memcpy(&value, at, sizeof value);
    return value;
}

#ifdef __x86_64__
__attribute__((target("sse4.2"))) std::uint32_t checksum_by_instruction(
    Bytes bytes, std::uint32_t before) noexcept {
    std::uint64_t crc = ~before;
    for (; bytes.size() >= kStep; bytes = bytes.subspan(kStep)) {
        crc = __builtin_ia32_crc32di(crc, load_little_endian(bytes.data()));
    }
    auto rest = static_cast<std::uint32_t>(crc);
    for (const std::uint8_t byte : bytes) {
        rest = __builtin_ia32_crc32qi(rest, byte);
    }
    return ~rest;
}
#endif

}  // namespace

std::uint32_t checksum(Bytes bytes, std::uint32_t before) noexcept {
#ifdef __x86_64__
    static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
    if (has_instruction) {
        return checksum_by_instruction(bytes, before);
    }
#endif
    return checksum_by_tables(bytes, before);
}

std::uint32_t checksum_by_tables(Bytes bytes, std::uint32_t before) noexcept {
    std::uint32_t crc = ~before;
    while (bytes.size() >= kStep) {
        std::uint64_t word = load_little_endian(bytes.data()) ^ crc;
        crc = 0;
        for (std::size_t k = kStep; k-- > 0; word >>= 8) {
            crc ^= kTables[k][word & 0xff];
        }
        bytes = bytes.subspan(kStep);
    }
    for (const std::uint8_t byte : bytes) {
        crc = (crc >> 8) ^ kTables[0][(crc ^ byte) & 0xff];
    }
    return ~crc;
}

}  // namespace weft::store
