#include "common/amqp/dispositions.hpp"

#include "common/wire/delivery_state.hpp"
#include "common/wire/descriptors.hpp"
#include "common/wire/reader.hpp"

namespace weft::amqp {
namespace {

/// Bytes of a disposition frame besides its state, at most.
constexpr std::size_t kDispositionHeadMax = 48;
/// Bytes of a state that go into a frame as HotWriter writes it.
constexpr std::size_t kStateShortMax = 200;

constexpr std::uint8_t kFields = 5;  // role … state; batchable may follow

/// Bytes of a transaction's name (txn-id), which such a state means nothing without; a longer one
/// is left out.
constexpr std::size_t kTransactionNameMax = 64;

/// Of a state that names a transaction the name, and the outcome without its words. Empty: it is no
/// such state, or the name is too long.
Buffer bare_in_transaction(Bytes state) {
    const wire::Outcome outcome = wire::outcome_of(state);
    Buffer encoded;
    if (outcome != wire::Outcome::declared && outcome != wire::Outcome::transactional) {
        return encoded;
    }
    std::uint64_t descriptor = 0;
    wire::Reader fields = wire::Reader{state}.described_list(descriptor);
    const auto name = fields.binary();
    if (name && name->size() <= kTransactionNameMax) {
        const Bytes told = fields.raw();
        const Buffer shorter = wire::bare(told);
        wire::Writer out{encoded};
        const auto list = out.begin_described_list(descriptor);
        out.binary(*name);
        out.raw(shorter.size() < told.size() ? Bytes{shorter} : told);
        out.end_shortest(list);
    }
    return encoded;
}

/// A state without its words, for a peer that has too much to read as it is, or whose frames do not
/// hold them: the outcome stays.
Buffer terse(Bytes state) {
    Buffer shorter = bare_in_transaction(state);
    if (shorter.empty()) {
        shorter = wire::bare(state);
    }
    const std::uint64_t descriptor = wire::descriptor_of(state);
    if (shorter.empty() && descriptor != wire::kDescriptorUnknown) {
        wire::Writer out{shorter};
        out.end_shortest(out.begin_described_list(descriptor));
    }
    return shorter;
}

/// Of one delivery: a state this large is in no range.
void write_large(FrameOutput& output,
                 std::uint16_t channel,
                 bool receiver,
                 const DeliveryUpdate& update) {
    const bool fits = update.state.size() + kDispositionHeadMax <= output.frame_max();
    const Buffer stripped = fits ? Buffer{} : terse(update.state);
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
