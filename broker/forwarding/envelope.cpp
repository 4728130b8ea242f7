#include "broker/forwarding/envelope.hpp"

#include "common/wire/sections.hpp"
#include "common/wire/value.hpp"
#include "common/wire/writer.hpp"

#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace weft::forwarding {
namespace {

constexpr std::string_view kTime = "x-opt-delivery-time";
constexpr std::string_view kDelay = "x-opt-delivery-delay";

void append(Buffer& out, Bytes more) {
    out.insert(out.end(), more.begin(), more.end());
}

/// Those that the message has.
wire::Map annotations_of(Bytes message, const wire::Facts& facts) {
    if (facts.message_annotations.empty()) {
        return {};
    }
    Bytes section = facts.message_annotations.of(message);
    section = section.subspan(wire::section_start(section).size);
    auto value = wire::decode(section);
    const auto* const map = value ? value->as<wire::Map>() : nullptr;
    return map == nullptr ? wire::Map{} : *map;
}

void add_to_trail(wire::Map& annotations, const std::string& from) {
    wire::List trail;
    std::erase_if(annotations, [&trail](auto& each) {
        const bool is_it = each.first.text() != nullptr && *each.first.text() == kTrail;
        if (const auto* const known = is_it ? each.second.template as<wire::List>() : nullptr) {
            trail = *known;
        }
        return is_it;
    });
    trail.emplace_back(from);
    annotations.emplace_back(wire::Symbol{std::string{kTrail}}, std::move(trail));
}

/// None: they stay as they are.
std::optional<wire::Map> new_annotations(Bytes message,
                                         const wire::Facts& facts,
                                         const Standing& standing,
                                         std::uint64_t now) {
    wire::Map annotations = annotations_of(message, facts);
    // They say how long it waits and not until when.
    const bool delayed =
        wire::find(annotations, kDelay) != nullptr && wire::find(annotations, kTime) == nullptr;
    if (delayed) {
        const std::uint64_t due = standing.due > 0 ? standing.due : now;
        annotations.emplace_back(wire::Symbol{std::string{kTime}},
                                 wire::Timestamp{static_cast<std::int64_t>(due)});
    }
    if (!standing.from.empty()) {
        add_to_trail(annotations, standing.from);
    }
    return delayed || !standing.from.empty() ? std::optional{std::move(annotations)} : std::nullopt;
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
    const auto annotations = new_annotations(message, facts, standing, now);
    if (ttl == facts.ttl && standing.failures == facts.delivery_count && !annotations) {
        return made;
    }
    write_header(made.head, facts, ttl, standing.failures);
    made.skip = facts.header.size;  // it comes first, if there is one
    if (annotations) {
        if (!facts.delivery_annotations.empty()) {
            append(made.head, facts.delivery_annotations.of(message));
        }
        wire::Writer out{made.head};
        out.descriptor(static_cast<std::uint64_t>(wire::MessageSection::message_annotations));
        wire::encode(out, *annotations);
        made.skip = facts.bare_message_at;
    }
    return made;
}

}  // namespace weft::forwarding
