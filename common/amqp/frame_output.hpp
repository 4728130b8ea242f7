#pragma once

#include "common/amqp/frame.hpp"
#include "common/amqp/hot_writer.hpp"
#include "common/amqp/performatives.hpp"
#include "common/base/out_buffer.hpp"

#include <cstdint>
#include <optional>

namespace weft::amqp {

/// Frames on their way to the peer, none of them larger than it takes.
/// Threading: loop-confined. Spec: AMQP 1.0 §2.3
class FrameOutput {
public:
    /// `pool` must outlive the output.
    explicit FrameOutput(BlockPool& pool) : bytes_{pool} {}

    OutBuffer& bytes() { return bytes_; }
    const OutBuffer& bytes() const { return bytes_; }
    std::size_t size() const { return bytes_.size(); }
    /// Bytes written since it was made; tells whether anything was written meanwhile.
    std::uint64_t written() const { return bytes_.consumed() + bytes_.size(); }

    /// The peer has so much to read that what it need not know is kept from it.
    bool is_crowded() const { return bytes_.size() >= limit_; }
    std::size_t limit() const { return limit_; }
    void set_limit(std::size_t bytes) { limit_ = bytes; }

    /// Bytes of a frame that the peer takes, known from its open.
    std::uint32_t frame_max() const { return frame_max_; }
    void set_frame_max(std::uint32_t size) { frame_max_ = size; }

    void write_header(ProtocolId protocol);
    /// `body` is empty, or a performative.
    void write(FrameType type, std::uint16_t channel, const Buffer& body);
    /// As much of it as fits the peer's frames; see fitting.hpp.
    void write_open(const Open& open);
    /// The same; false: what can't be left out does not fit, nothing was written.
    [[nodiscard]] bool write_attach(std::uint16_t channel, const Attach& attach);
    void write(std::uint16_t channel, const Begin& begin) { write_body(channel, begin); }
    /// Whoever fills them in sees to their size.
    void write(std::uint16_t channel, const Transfer& transfer) { write_body(channel, transfer); }
    void write(std::uint16_t channel, const Flow& flow) { write_body(channel, flow); }
    /// An end or a close, with as much of `error` as fits the peer's frames.
    void write_ending(Performative which,
                      std::uint16_t channel,
                      const std::optional<ErrorView>& error);
    /// The same for a detach.
    void write_ending(std::uint16_t channel, Detach detach);

    /// A frame of the hot path, of at most `size_max` bytes; `commit` makes it part of the output.
    HotWriter begin(Performative which, std::uint16_t channel, std::size_t size_max) {
        return HotWriter{bytes_.reserve(size_max), channel, which};
    }
    void commit(HotWriter& frame) { bytes_.commit(frame.end_frame()); }

private:
    template <class Body>
    void write_body(std::uint16_t channel, const Body& body) {
        Buffer encoded;
        wire::Writer out{encoded};
        encode(out, body);
        write(FrameType::amqp, channel, encoded);
    }

    OutBuffer bytes_;
    std::size_t limit_ = SIZE_MAX;
    std::uint32_t frame_max_ = kFrameSizeMin;
};

}  // namespace weft::amqp
