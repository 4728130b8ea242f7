#include "common/amqp/fitting.hpp"

#include "common/amqp/frame.hpp"
#include "common/wire/reader.hpp"
#include "common/wire/writer.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace weft::amqp {
namespace {

/// Bytes of an end, close or detach besides its error's texts.
constexpr std::size_t kEndingOverhead = 96;
/// Bytes in front of a map's keys and values, as Writer::end writes it.
constexpr std::size_t kMapOverhead = 9;

template <class Body>
std::size_t encoded_frame_size(const Body& body) {
    Buffer encoded;
    wire::Writer out{encoded};
    encode(out, body);
    return kFrameHeaderSize + encoded.size();
}

/// The first keys and values of an encoded map that take at most `room` bytes.
Buffer first_entries(Bytes map, std::size_t room) {
    wire::Reader outer{map};
    std::uint32_t count = 0;
    wire::Reader in = outer.map(count);
    Buffer kept;
    wire::Writer out{kept};
    const auto mark = out.begin_map();
    while (!in.done()) {
        const Bytes key = in.raw();
        const Bytes value = in.raw();
        if (!in.ok() || kMapOverhead + kept.size() + key.size() + value.size() > room) {
            break;
        }
        out.raw(key);
        out.raw(value);
    }
    out.end(mark);
    return kept.size() > kMapOverhead ? kept : Buffer{};
}

std::optional<Terminus>& own_terminus(Attach& attach) {
    return attach.receiver ? attach.target : attach.source;
}
std::optional<Terminus>& peers_terminus(Attach& attach) {
    return attach.receiver ? attach.source : attach.target;
}

void keep_address(std::optional<Terminus>& terminus) {
    if (terminus) {
        terminus = Terminus{
            .kind = terminus->kind, .address = terminus->address, .dynamic = terminus->dynamic};
    }
}

/// In the order in which they are left out.
constexpr std::array<void (*)(Attach&), 6> kOptionalOfAttach{
    [](Attach& attach) { attach.properties = {}; },
    [](Attach& attach) { attach.desired_capabilities = {}; },
    [](Attach& attach) { attach.offered_capabilities = {}; },
    [](Attach& attach) { keep_address(peers_terminus(attach)); },
    [](Attach& attach) {
        if (auto& terminus = peers_terminus(attach)) {
            terminus->address.reset();
        }
    },
    [](Attach& attach) { keep_address(own_terminus(attach)); },
};

std::uint32_t milliseconds(Duration duration) {
    const auto count = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(count, 0, 0xffffffff));
}

}  // namespace

Open open_of(const Options& options) {
    return {.container_id = options.container_id,
            .hostname = options.hostname,
            .max_frame_size = options.max_frame_size,
            .channel_max = options.channel_max,
            .idle_timeout_ms = milliseconds(options.idle_timeout),
            .offered_capabilities = options.offered_capabilities,
            .desired_capabilities = options.desired_capabilities,
            .properties = options.properties};
}

std::size_t frame_size(const Open& open) {
    return encoded_frame_size(open);
}

std::size_t frame_size(const Attach& attach) {
    return encoded_frame_size(attach);
}

Open fitting(Open open, std::size_t frame_max, Buffer& properties) {
    if (frame_size(open) <= frame_max) {
        return open;
    }
    const Bytes all = open.properties;
    open.properties = {};
    const std::size_t rest = frame_size(open);
    if (rest < frame_max) {
        properties = first_entries(all, frame_max - rest);
        open.properties = properties;
        return open;
    }
    for (Bytes* each : {&open.desired_capabilities, &open.offered_capabilities}) {
        if (frame_size(open) > frame_max) {
            *each = {};
        }
    }
    if (frame_size(open) > frame_max) {
        open.hostname = {};
    }
    return open;
}

std::optional<Attach> fitting(Attach attach, std::size_t frame_max) {
    for (const auto leave_out : kOptionalOfAttach) {
        if (frame_size(attach) <= frame_max) {
            return attach;
        }
        leave_out(attach);
    }
    return frame_size(attach) <= frame_max ? std::optional(attach) : std::nullopt;
}

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

}  // namespace weft::amqp
