#include "common/amqp/frame_output.hpp"

#include "common/amqp/fitting.hpp"
#include "common/wire/big_endian.hpp"

#include <array>
#include <cstring>

namespace weft::amqp {
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
    write_body(channel, detach);
}

void FrameOutput::write_open(const Open& open) {
    Buffer properties;
    write_body(0, fitting(open, frame_max_, properties));
}

bool FrameOutput::write_attach(std::uint16_t channel, const Attach& attach) {
    Buffer body;
    wire::Writer out{body};
    encode(out, attach);
    if (kFrameHeaderSize + body.size() > frame_max_) {
        const auto less = fitting(attach, frame_max_);
        if (!less) {
            return false;
        }
        body.clear();
        encode(out, *less);
    }
    write(FrameType::amqp, channel, body);
    return true;
}

}  // namespace weft::amqp
