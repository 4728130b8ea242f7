#pragma once

#include <cstdint>
#include <string_view>

/// Constants of the AMQP type system and of the message format.
/// Spec: AMQP 1.0 §1.6, §3.2
namespace weft::wire {

enum class Code : std::uint8_t {
    described = 0x00,
    null = 0x40,
    boolean_true = 0x41,
    boolean_false = 0x42,
    uint0 = 0x43,
    ulong0 = 0x44,
    list0 = 0x45,
    ubyte = 0x50,
    byte = 0x51,
    smalluint = 0x52,
    smallulong = 0x53,
    smallint = 0x54,
    smalllong = 0x55,
    boolean = 0x56,
    ushort = 0x60,
    short_ = 0x61,
    uint = 0x70,
    int_ = 0x71,
    float_ = 0x72,
    character = 0x73,
    decimal32 = 0x74,
    ulong = 0x80,
    long_ = 0x81,
    double_ = 0x82,
    timestamp = 0x83,
    decimal64 = 0x84,
    decimal128 = 0x94,
    uuid = 0x98,
    vbin8 = 0xa0,
    str8 = 0xa1,
    sym8 = 0xa3,
    vbin32 = 0xb0,
    str32 = 0xb1,
    sym32 = 0xb3,
    list8 = 0xc0,
    map8 = 0xc1,
    list32 = 0xd0,
    map32 = 0xd1,
    array8 = 0xe0,
    array32 = 0xf0,
};

constexpr bool is_symbol(Code code) noexcept {
    return code == Code::sym8 || code == Code::sym32;
}
/// A string or a symbol.
constexpr bool is_text(Code code) noexcept {
    return code == Code::str8 || code == Code::str32 || is_symbol(code);
}

/// Descriptors of the described lists that stand in performatives and delivery states; those of
/// the states themselves are in delivery_state.hpp. Spec: AMQP 1.0 §2.8.14, §3.5, §4.5.1
enum class CompositeCode : std::uint8_t {
    error = 0x1d,
    source = 0x28,
    target = 0x29,
    coordinator = 0x30,
};

/// Descriptors of the sections of a message. Spec: AMQP 1.0 §3.2
enum class MessageSection : std::uint8_t {
    header = 0x70,
    delivery_annotations = 0x71,
    message_annotations = 0x72,
    properties = 0x73,
    application_properties = 0x74,
    data = 0x75,
    amqp_sequence = 0x76,
    amqp_value = 0x77,
    footer = 0x78,
};

/// Nesting allowed in a value from a peer; deeper values are a decode error.
inline constexpr int kValueNestingMax = 32;

}  // namespace weft::wire
