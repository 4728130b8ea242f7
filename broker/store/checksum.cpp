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

}  // namespace

std::uint32_t checksum(Bytes bytes, std::uint32_t before) noexcept {
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
