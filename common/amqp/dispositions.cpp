#include "common/amqp/dispositions.hpp"

#include "common/wire/delivery_state.hpp"
#include "common/wire/descriptors.hpp"

namespace weft::amqp {
namespace {

/// Bytes of a disposition frame besides its state, at most.
constexpr std::size_t kDispositionHeadMax = 48;
/// Bytes of a state that go into a frame as HotWriter writes it.
constexpr std::size_t kStateShortMax = 200;

struct Range {
    DeliveryId first = 0;
    DeliveryId last = 0;
};

/// A state whose fields are left out, because they don't fit the peer's frames: the outcome stays.
Buffer bare(Bytes state) {
    const std::uint64_t descriptor = wire::descriptor_of(state);
    Buffer encoded;
    if (descriptor != wire::kDescriptorUnknown) {
        wire::Writer out{encoded};
        out.end_shortest(out.begin_described_list(descriptor));
    }
    return encoded;
}

/// A state without its words, for a peer that has too much to read as it is.
Buffer terse(Bytes state) {
    Buffer shorter = wire::bare(state);
    return shorter.empty() ? bare(state) : shorter;
}

/// Of one delivery: a state this large is in no range.
void write_large(FrameOutput& output,
                 std::uint16_t channel,
                 bool receiver,
                 DeliveryId id,
                 Bytes state,
                 bool settled) {
    const bool fits = state.size() + kDispositionHeadMax <= output.frame_max();
    const Buffer stripped = fits ? Buffer{} : bare(state);
    Buffer body;
    wire::Writer out{body};
    const auto list =
        out.begin_described_list(static_cast<std::uint64_t>(Performative::disposition));
    out.boolean(receiver);
    out.uint(id);
    out.null();
    out.boolean(settled);
    out.raw(fits ? state : Bytes{stripped});
    out.end(list);
    output.write(FrameType::amqp, channel, body);
}

void write_range(FrameOutput& output,
                 std::uint16_t channel,
                 bool receiver,
                 Range range,
                 Bytes state,
                 bool settled) {
    if (state.size() > kStateShortMax) {
        write_large(output, channel, receiver, range.first, state, settled);
        return;
    }
    HotWriter frame =
        output.begin(Performative::disposition, channel, kDispositionHeadMax + state.size());
    frame.boolean(receiver);
    frame.uint(range.first);
    if (range.first == range.last) {
        frame.nulls(1);
    } else {
        frame.uint(range.last);
    }
    frame.boolean(settled);
    frame.raw(state);
    frame.end_list(5);
    output.commit(frame);
}

void write_batch(FrameOutput& output,
                 std::uint16_t channel,
                 bool receiver,
                 DispositionBatch& batch) {
    if (!batch.empty()) {
        write_range(output, channel, receiver, {batch.first(), batch.last()}, batch.state(),
                    batch.settled());
        batch.clear();
    }
}

}  // namespace

void Dispositions::add(FrameOutput& output,
                       std::uint16_t channel,
                       bool receiver,
                       DeliveryId id,
                       Bytes state,
                       bool settled) {
    DispositionBatch& batch = receiver ? as_receiver_ : as_sender_;
    if (batch.add(id, state, settled)) {
        return;
    }
    write_batch(output, channel, receiver, batch);
    if (batch.add(id, state, settled)) {
        return;
    }
    const bool crowded = output.is_crowded();
    const Buffer shorter = crowded ? terse(state) : Buffer{};
    write_range(output, channel, receiver, {id, id}, crowded ? Bytes{shorter} : state, settled);
}

void Dispositions::write(FrameOutput& output, std::uint16_t channel) {
    write_batch(output, channel, true, as_receiver_);
    write_batch(output, channel, false, as_sender_);
}

}  // namespace weft::amqp
