#include "broker/forwarding/envelope.hpp"

#include "common/wire/sections.hpp"
#include "common/wire/value.hpp"
#include "common/wire/writer.hpp"

#include <limits>
#include <optional>
#include <string_view>

namespace weft::forwarding {
namespace {

constexpr std::string_view kTime = "x-opt-delivery-time";
constexpr std::string_view kDelay = "x-opt-delivery-delay";

void append(Buffer& out, Bytes more) {
    out.insert(out.end(), more.begin(), more.end());
}

/// Its annotations, if they say how long it waits and not until when.
std::optional<wire::Map> delayed_annotations(Bytes message, const wire::Facts& facts) {
    if (facts.message_annotations.empty()) {
        return std::nullopt;
    }
    Bytes section = facts.message_annotations.of(message);
    section = section.subspan(wire::section_start(section).size);
    auto value = wire::decode(section);
    const auto* const map = value ? value->as<wire::Map>() : nullptr;
    if (map == nullptr || wire::find(*map, kDelay) == nullptr ||
        wire::find(*map, kTime) != nullptr) {
        return std::nullopt;
    }
    return *map;
}

void write_header(Buffer& out,
                  const wire::Facts& facts,
                  std::optional<std::uint32_t> ttl,
                  std::uint32_t failures) {
    wire::Writer header{out};
    const auto mark =
        header.begin_described_list(static_cast<std::uint64_t>(wire::MessageSection::header));
    header.boolean(facts.durable);
    header.ubyte(facts.priority);
    header.uint(ttl);
    header.boolean(facts.first_acquirer && failures == 0);
    header.uint(failures);
    header.end_shortest(mark);
}

}  // namespace

Envelope envelope_of(Bytes message, const Standing& standing, std::uint64_t now) {
    Envelope made;
    const wire::Facts facts = wire::scan(message, /*complete=*/true, wire::Until::bare_message);
    if (facts.status != wire::Facts::Status::complete) {
        return made;
    }
    std::optional<std::uint32_t> ttl = facts.ttl;
    if (standing.expires != Standing::kForever) {
        constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
        const std::uint64_t left = standing.expires > now ? standing.expires - now : 1;
        if (left <= kMost) {  // else no ttl says it, and what the message says itself holds
            ttl = static_cast<std::uint32_t>(left);
        }
    }
    auto annotations = delayed_annotations(message, facts);
    if (ttl == facts.ttl && standing.failures == facts.delivery_count && !annotations) {
        return made;
    }
    write_header(made.head, facts, ttl, standing.failures);
    made.skip = facts.header.size;  // it comes first, if there is one
    if (annotations) {
        if (!facts.delivery_annotations.empty()) {
            append(made.head, facts.delivery_annotations.of(message));
        }
        const std::uint64_t due = standing.due > 0 ? standing.due : now;
        annotations->emplace_back(wire::Symbol{std::string{kTime}},
                                  wire::Timestamp{static_cast<std::int64_t>(due)});
        wire::Writer out{made.head};
        out.descriptor(static_cast<std::uint64_t>(wire::MessageSection::message_annotations));
        wire::encode(out, *annotations);
        made.skip = facts.bare_message_at;
    }
    return made;
}

}  // namespace weft::forwarding
