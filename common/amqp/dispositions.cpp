#include "common/amqp/dispositions.hpp"

#include "common/wire/delivery_state.hpp"
#include "common/wire/descriptors.hpp"

namespace weft::amqp {
namespace {

/// Bytes of a disposition frame besides its state, at most.
constexpr std::size_t kDispositionHeadMax = 48;
/// Bytes of a state that go into a frame as HotWriter writes it.
constexpr std::size_t kStateShortMax = 200;

constexpr std::uint8_t kFields = 5;  // role … state; batchable may follow

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
                 const DeliveryUpdate& update) {
    const bool fits = update.state.size() + kDispositionHeadMax <= output.frame_max();
    const Buffer stripped = fits ? Buffer{} : bare(update.state);
    Buffer body;
    wire::Writer out{body};
    const auto list =
        out.begin_described_list(static_cast<std::uint64_t>(Performative::disposition));
    out.boolean(receiver);
    out.uint(update.id);
    out.null();
    out.boolean(update.settled);
    out.raw(fits ? update.state : Bytes{stripped});
    if (update.batchable) {
        out.boolean(true);
    }
    out.end(list);
    output.write(FrameType::amqp, channel, body);
}

/// Of deliveries from that of the update on.
void write_range(FrameOutput& output,
                 std::uint16_t channel,
                 bool receiver,
                 const DeliveryUpdate& update,
                 DeliveryId last) {
    if (update.state.size() > kStateShortMax) {
        write_large(output, channel, receiver, update);
        return;
    }
    HotWriter frame =
        output.begin(Performative::disposition, channel, kDispositionHeadMax + update.state.size());
    frame.boolean(receiver);
    frame.uint(update.id);
    if (update.id == last) {
        frame.nulls(1);
    } else {
        frame.uint(last);
    }
    frame.boolean(update.settled);
    frame.raw(update.state);
    if (update.batchable) {
        frame.boolean(true);
    }
    frame.end_list(update.batchable ? kFields + 1 : kFields);
    output.commit(frame);
}

void write_batch(FrameOutput& output,
                 std::uint16_t channel,
                 bool receiver,
                 DispositionBatch& batch) {
    if (!batch.empty()) {
        write_range(output, channel, receiver, batch.update(), batch.last());
        batch.clear();
    }
}

}  // namespace

void Dispositions::add(FrameOutput& output,
                       std::uint16_t channel,
                       bool receiver,
                       const DeliveryUpdate& update) {
    DispositionBatch& batch = receiver ? as_receiver_ : as_sender_;
    if (batch.add(update)) {
        return;
    }
    write_batch(output, channel, receiver, batch);
    if (batch.add(update)) {
        return;
    }
    const bool crowded = output.is_crowded();
    const Buffer shorter = crowded ? terse(update.state) : Buffer{};
    DeliveryUpdate whole = update;
    whole.state = crowded ? Bytes{shorter} : update.state;
    write_range(output, channel, receiver, whole, update.id);
}

void Dispositions::write(FrameOutput& output, std::uint16_t channel) {
    write_batch(output, channel, true, as_receiver_);
    write_batch(output, channel, false, as_sender_);
}

}  // namespace weft::amqp
