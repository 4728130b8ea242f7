// A client whose every byte is the input's, on a core that others use: however it is cut into
// reads it means the same, and to the others as well; the core's books are right after each read.
//
// Byte 0: 1 the handshake is done before, 2 each read has a turn of its own, in which the others
// take part too. Byte 1: size of the pieces.
#include "common/base/assert.hpp"
#include "tests/fuzz/core_bed.hpp"
#include "tests/fuzz/messages.hpp"
#include "tests/fuzz/scripted_peer.hpp"
#include "tests/unit/amqp/frames.hpp"

#include <algorithm>

namespace weft::fuzz {
namespace {

/// Input that is moves of the others: a consumer and a producer, of one anycast and one multicast
/// address.
amqp::Attach link_of(bool receiver, std::string_view address) {
    amqp::Attach attach;
    attach.receiver = receiver;
    attach.source.emplace().kind = amqp::Terminus::Kind::source;
    attach.target.emplace().kind = amqp::Terminus::Kind::target;
    (receiver ? attach.source : attach.target)->address = address;
    return attach;
}

class Other {
public:
    explicit Other(CoreBed& bed)
        : peer_{bed.loop(),
                {.server = false, .container_id = "other", .session_window = 16},
                [&bed](io::Transport& transport) { return bed.client(transport); }} {
        static constexpr std::uint8_t kCredit[] = {0, 3};
        peer_.begin();
        for (const std::string_view address : {"any.a", "many"}) {
            for (const bool receiver : {true, false}) {
                Script script{kCredit};
                peer_.attach(script, link_of(receiver, address));
            }
        }
        peer_.exchange();
    }

    ScriptedPeer& peer() { return peer_; }

private:
    ScriptedPeer peer_;
};

Buffer handshake() {
    using namespace amqp::test;
    const auto link = [](std::string_view name, std::uint32_t handle, bool receiver,
                         std::string_view address) {
        amqp::Attach attach = link_of(receiver, address);
        attach.name = name;
        attach.handle = handle;
        attach.initial_delivery_count = 0;
        return amqp::test::attach(0, attach);
    };
    return join({header(0), open(), begin(0), link("in", 0, false, "any.a"),
                 link("out", 1, true, "any.a"), link("many", 2, false, "many"),
                 flow(0, {.incoming_window = 9, .handle = 1, .link_credit = 3})});
}

/// What came of an input.
struct Outcome {
    Buffer answer;
    bool finished = false;
    std::uint64_t deliveries = 0;
    std::uint64_t accepted = 0;
    std::uint64_t released = 0;
    bool operator==(const Outcome&) const = default;
};

class Hostile {
public:
    Hostile(bool shaken, bool turns) : turns_{turns} {
        if (shaken) {
            take(handshake());
            end_turn();
        }
    }

    Outcome run(Bytes stream, std::size_t piece) {
        while (!stream.empty() && alive()) {
            const Bytes some = stream.first(std::min(piece, stream.size()));
            stream = stream.subspan(some.size());
            take(some);
            if (turns_) {
                end_turn();
            }
        }
        end_turn();
        const auto& counters = bed_.core().counters();
        Outcome outcome{std::move(answer_), protocol_->finished(), counters.deliveries,
                        counters.accepted, counters.released};
        protocol_->on_lost("the input is used up");
        protocol_.reset();
        bed_.look();
        other_.peer().exchange();
        other_.peer().drop();
        bed_.check_empty();
        return outcome;
    }

private:
    bool alive() const { return !protocol_->finished() && transport_.aborted().empty(); }
    void take(Bytes bytes) {
        for (; !bytes.empty(); bytes = bytes.subspan(std::min(bytes.size(), kReadSize))) {
            protocol_->on_bytes(bytes.first(std::min(bytes.size(), kReadSize)), bed_.loop().now());
        }
    }
    void end_turn() {
        bed_.look();
        OutBuffer& output = protocol_->output();
        if (!output.empty()) {
            append(answer_, output.pending());
            output.consume(output.size());
            protocol_->on_written();
        }
        other_.peer().exchange();
        bed_.work();
    }

    static constexpr std::size_t kReadSize = io::Loop::kReadSize;

    bool turns_;
    CoreBed bed_;
    Other other_{bed_};
    weft::test::MemoryTransport transport_{bed_.loop()};
    std::unique_ptr<io::Protocol> protocol_ = bed_.client(transport_);
    Buffer answer_;
};

}  // namespace
}  // namespace weft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using weft::fuzz::Hostile;
    if (size < 2) {
        return 0;
    }
    const weft::Bytes stream{data + 2, size - 2};
    const bool shaken = (data[0] & 1) != 0;
    const bool turns = (data[0] & 2) != 0;
    const std::size_t piece = 1U + data[1];
    const auto outcome = Hostile{shaken, turns}.run(stream, piece);
    if (!turns) {
        WEFT_CHECK(outcome == (Hostile{shaken, turns}.run(stream, stream.size())));
    }
    return 0;
}
