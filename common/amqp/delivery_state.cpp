#include "common/amqp/performatives.hpp"
#include "common/amqp/terminus.hpp"
#include "common/wire/reader.hpp"

#include <array>

namespace weft::amqp {

Bytes accepted_state() {
    static constexpr std::array<std::uint8_t, 4> kState{0x00, 0x53, 0x24, 0x45};
    return kState;
}

Bytes released_state() {
    static constexpr std::array<std::uint8_t, 4> kState{0x00, 0x53, 0x26, 0x45};
    return kState;
}

Bytes modified_failed_state() {
    static constexpr std::array<std::uint8_t, 7> kState{0x00, 0x53, 0x27, 0xc0, 0x02, 0x01, 0x41};
    return kState;
}

Buffer rejected_state(const ErrorView& error) {
    Buffer state;
    wire::Writer out{state};
    const auto list = out.begin_described_list(static_cast<std::uint64_t>(Outcome::rejected));
    encode(out, std::optional(error));
    out.end(list);
    return state;
}

std::optional<Outcome> outcome_of(Bytes state) {
    if (wire::encoded_size(state) != state.size()) {
        return std::nullopt;
    }
    wire::Reader in{state};
    std::uint64_t descriptor = 0;
    in.described_list(descriptor);
    if (!in.ok()) {
        return std::nullopt;
    }
    switch (descriptor) {
        case 0x23:
        case 0x24:
        case 0x25:
        case 0x26:
        case 0x27:
        case 0x33:
        case 0x34:
            return static_cast<Outcome>(descriptor);
        default:
            return std::nullopt;
    }
}

}  // namespace weft::amqp
