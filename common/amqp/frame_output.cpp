#include "common/amqp/frame_output.hpp"

#include "common/wire/big_endian.hpp"

#include <array>
#include <cstring>

namespace weft::amqp {
namespace {

/// Bytes of an end, close or detach besides its error's texts.
constexpr std::size_t kEndingOverhead = 96;

/// As much of an error as a frame of the peer's size can carry.
std::optional<ErrorView> fitting(std::optional<ErrorView> error, std::size_t frame_max) {
    if (!error) {
        return error;
    }
    const std::size_t room = frame_max - kEndingOverhead;
    if (error->condition.size() + error->description.size() + error->info.size() > room) {
        error->info = {};
    }
    if (error->condition.size() + error->description.size() > room) {
        error->description = {};
    }
    if (error->condition.size() > room) {
        error->condition = error->condition.substr(0, room);
    }
    return error;
}

}  // namespace

void FrameOutput::write_header(ProtocolId protocol) {
    bytes_.append(std::array<std::uint8_t, kProtocolHeaderSize>{
        'A', 'M', 'Q', 'P', static_cast<std::uint8_t>(protocol), 1, 0, 0});
}

void FrameOutput::write(FrameType type, std::uint16_t channel, const Buffer& body) {
    const std::size_t size = kFrameHeaderSize + body.size();
    std::uint8_t* frame = bytes_.reserve(size);
    wire::store_u32(frame, static_cast<std::uint32_t>(size));
    frame[4] = kFrameHeaderSize / 4;
    frame[5] = static_cast<std::uint8_t>(type);
    wire::store_u16(frame + 6, channel);
    if (!body.empty()) {
        std::memcpy(frame + kFrameHeaderSize, body.data(), body.size());
    }
    bytes_.commit(size);
}

void FrameOutput::write_ending(Performative which,
                               std::uint16_t channel,
                               const std::optional<ErrorView>& error) {
    Buffer body;
    wire::Writer out{body};
    encode_ending(out, which, fitting(error, frame_max_));
    write(FrameType::amqp, channel, body);
}

void FrameOutput::write_ending(std::uint16_t channel, Detach detach) {
    detach.error = fitting(detach.error, frame_max_);
    write(channel, detach);
}

}  // namespace weft::amqp
