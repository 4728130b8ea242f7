#pragma once

#include "common/base/bytes.hpp"
#include "common/wire/codes.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

/// The described types of AMQP, each of which has a number and a symbol: a peer may write either.
/// Threading: any thread (no state). Spec: AMQP 1.0 §1.5
namespace weft::wire {

struct DescribedType {
    std::uint64_t number = 0;
    std::string_view symbol;
};

/// By number.
inline constexpr std::array kDescribedTypes{
    DescribedType{0x10, "amqp:open:list"},
    DescribedType{0x11, "amqp:begin:list"},
    DescribedType{0x12, "amqp:attach:list"},
    DescribedType{0x13, "amqp:flow:list"},
    DescribedType{0x14, "amqp:transfer:list"},
    DescribedType{0x15, "amqp:disposition:list"},
    DescribedType{0x16, "amqp:detach:list"},
    DescribedType{0x17, "amqp:end:list"},
    DescribedType{0x18, "amqp:close:list"},
    DescribedType{0x1d, "amqp:error:list"},
    DescribedType{0x23, "amqp:received:list"},
    DescribedType{0x24, "amqp:accepted:list"},
    DescribedType{0x25, "amqp:rejected:list"},
    DescribedType{0x26, "amqp:released:list"},
    DescribedType{0x27, "amqp:modified:list"},
    DescribedType{0x28, "amqp:source:list"},
    DescribedType{0x29, "amqp:target:list"},
    DescribedType{0x2b, "amqp:delete-on-close:list"},
    DescribedType{0x2c, "amqp:delete-on-no-links:list"},
    DescribedType{0x2d, "amqp:delete-on-no-messages:list"},
    DescribedType{0x2e, "amqp:delete-on-no-links-or-messages:list"},
    DescribedType{0x30, "amqp:coordinator:list"},
    DescribedType{0x31, "amqp:declare:list"},
    DescribedType{0x32, "amqp:discharge:list"},
    DescribedType{0x33, "amqp:declared:list"},
    DescribedType{0x34, "amqp:transactional-state:list"},
    DescribedType{0x40, "amqp:sasl-mechanisms:list"},
    DescribedType{0x41, "amqp:sasl-init:list"},
    DescribedType{0x42, "amqp:sasl-challenge:list"},
    DescribedType{0x43, "amqp:sasl-response:list"},
    DescribedType{0x44, "amqp:sasl-outcome:list"},
    DescribedType{0x70, "amqp:header:list"},
    DescribedType{0x71, "amqp:delivery-annotations:map"},
    DescribedType{0x72, "amqp:message-annotations:map"},
    DescribedType{0x73, "amqp:properties:list"},
    DescribedType{0x74, "amqp:application-properties:map"},
    DescribedType{0x75, "amqp:data:binary"},
    DescribedType{0x76, "amqp:amqp-sequence:list"},
    DescribedType{0x77, "amqp:amqp-value:*"},
    DescribedType{0x78, "amqp:footer:map"},
};

/// What stands for the descriptor of a type that is none of these.
inline constexpr std::uint64_t kDescriptorUnknown = ~std::uint64_t{0};

/// The number of the type that `symbol` names.
std::uint64_t descriptor_number(std::string_view symbol) noexcept;

/// The number that describes the value which starts `in`, written as a number or a symbol;
/// kDescriptorUnknown if it is not described, cut off, or described by something else.
std::uint64_t descriptor_of(Bytes in) noexcept;

/// True if the value which starts `in` is described, and not by a number.
inline bool is_described_by_symbol(Bytes in) noexcept {
    return in.size() > 1 && static_cast<Code>(in[0]) == Code::described &&
           is_symbol(static_cast<Code>(in[1]));
}

/// `value` with numbers for the symbols that describe it and what is in it, as far as they are
/// known: for whoever knows only numbers. What can't be decoded, or holds more than
/// kRenumberedMax values, stays as it is.
inline constexpr std::size_t kRenumberedMax = 1024;
Buffer with_numeric_descriptors(Bytes value);

}  // namespace weft::wire
