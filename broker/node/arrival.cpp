#include "broker/node/arrival.hpp"

#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"
#include "common/wire/reader.hpp"
#include "common/wire/sections.hpp"
#include "common/wire/value_head.hpp"

#include <algorithm>

namespace weft::broker {
namespace {

constexpr std::string_view kDeliveryTime = "x-opt-delivery-time";
constexpr std::string_view kDeliveryDelay = "x-opt-delivery-delay";

/// Takes the next value; empty: there is none, or it is described.
Bytes next_value(Bytes& rest) {
    const std::size_t size = wire::stated_size(rest);
    if (size == wire::kNoValue || size > rest.size()) {
        rest = {};
        return {};
    }
    const Bytes value = rest.first(size);
    rest = rest.subspan(size);
    return value;
}

bool is_null(Bytes value) {
    return value.empty() || static_cast<wire::Code>(value[0]) == wire::Code::null;
}

/// The value of a key of an encoded map; empty: absent.
Bytes value_of(Bytes map, std::string_view key) {
    std::uint32_t stated = 0;
    Bytes rest = map.empty() ? map : wire::Reader{map}.map(stated).rest();
    while (!rest.empty()) {
        const Bytes name = next_value(rest);
        const Bytes value = next_value(rest);
        if (!name.empty() && wire::is_text(static_cast<wire::Code>(name[0])) &&
            wire::Reader{name}.text().value_or("") == key) {
            return is_null(value) ? Bytes{} : value;
        }
    }
    return {};
}

/// Milliseconds, in whatever type of number; nothing: it is none.
std::optional<std::uint64_t> milliseconds_of(Bytes value) {
    if (is_null(value)) {
        return std::nullopt;
    }
    wire::Reader reader{value};
    const auto code = static_cast<wire::Code>(value[0]);
    if (code == wire::Code::ulong || code == wire::Code::smallulong || code == wire::Code::ulong0) {
        return std::min(reader.ulong().value_or(0), std::uint64_t{queue::kForever - 1});
    }
    const auto number = code == wire::Code::timestamp ? reader.timestamp() : reader.integer();
    return number ? std::optional{static_cast<std::uint64_t>(std::max<std::int64_t>(*number, 0))}
                  : std::nullopt;
}

/// Spec: AMQP 1.0 §3.2.4
void read_properties(Bytes list, Sections& sections) {
    constexpr std::size_t kGroup = 10;
    std::uint32_t stated = 0;
    Bytes rest = wire::Reader{list}.list(stated).rest();
    for (std::size_t field = 0; field <= kGroup && !rest.empty(); ++field) {
        const Bytes value = next_value(rest);
        if (is_null(value)) {
            continue;
        }
        wire::Reader reader{value};
        if (field == 0) {
            sections.message_id = value;
        } else if (field == 2) {
            sections.to = reader.string();
        } else if (field == 8) {
            const auto expires = reader.timestamp();
            sections.expires =
                expires ? static_cast<queue::WallTime>(std::max<std::int64_t>(*expires, 0))
                        : queue::kForever;
        } else if (field == kGroup) {
            sections.group = reader.string().value_or("").substr(0, kMessageWordMax);
        }
    }
}

queue::WallTime due_of(const Sections& sections, queue::WallTime now) {
    if (sections.delivery_time) {
        return *sections.delivery_time;
    }
    const auto& delay = sections.delivery_delay;
    return delay ? now + std::min(*delay, queue::kForever - 1 - now) : 0;
}

/// The name of the key goes before its value, so that a queue with another key has other keys.
std::string key_of(const Sections& sections, std::string_view name) {
    if (name.empty()) {
        return {};
    }
    Bytes value = value_of(sections.application_properties, name);
    value = value.empty() ? value_of(sections.annotations, name) : value;
    return value.empty() ? std::string{} : std::string{name} + '=' + std::string{as_text(value)};
}

}  // namespace

Result<Sections> read_sections(Bytes message) {
    const wire::Facts facts = wire::scan(message, /*complete=*/true, wire::Until::bare_message);
    if (facts.status != wire::Facts::Status::complete) {
        return fail(kDecodeError, "this is no message: " + std::string{facts.reason});
    }
    Sections sections{.ttl = facts.ttl.value_or(0),
                      .failures = facts.delivery_count,
                      .priority = std::min(facts.priority, queue::kPriorityMost)};
    if (!facts.message_annotations.empty()) {
        const Bytes section = facts.message_annotations.of(message);
        sections.annotations = section.subspan(wire::section_start(section).size);
        // Once: a topic asks for each of its subscriptions.
        sections.delivery_time = milliseconds_of(value_of(sections.annotations, kDeliveryTime));
        sections.delivery_delay = milliseconds_of(value_of(sections.annotations, kDeliveryDelay));
    }
    Bytes rest = message.subspan(facts.bare_message_at);
    for (wire::SectionOrder order;;) {
        const wire::SectionStart start = wire::section_start(rest);
        if (start.kind != wire::SectionStart::Kind::section ||
            start.section > wire::MessageSection::application_properties ||
            !order.take(start.section)) {
            return sections;
        }
        rest = rest.subspan(start.size);
        const Bytes value = next_value(rest);
        if (value.empty()) {
            return sections;
        }
        if (start.section == wire::MessageSection::properties) {
            read_properties(value, sections);
        } else {
            sections.application_properties = value;
        }
    }
}

Result<queue::Arrival> arrival_of(const Sections& sections,
                                  std::string_view last_value_key,
                                  bool named,
                                  queue::WallTime now) {
    queue::Arrival arrival{.ttl = sections.ttl,
                           .expires = sections.expires,
                           .due = due_of(sections, now),
                           .failures = sections.failures,
                           .priority = sections.priority,
                           .group = std::string{sections.group},
                           .key = key_of(sections, last_value_key)};
    if (arrival.key.size() > last_value_key.size() + 1 + kMessageWordMax) {
        return fail(kInvalidField, "the value of '" + printable(last_value_key) +
                                       "', this queue's lastValueKey, has more than 256 bytes");
    }
    if (named) {
        if (sections.message_id.size() > kMessageWordMax) {
            return fail(kInvalidField,
                        "the message-id has more than 256 bytes, and this queue looks for "
                        "duplicates by it (duplicateWindow)");
        }
        arrival.name = as_text(sections.message_id);
    }
    return arrival;
}

void describe(queue::Record& record, std::string_view last_value_key) {
    if (const auto sections = read_sections(*record.payload)) {
        record.group = sections->group;
        record.key = key_of(*sections, last_value_key);
    }
}

}  // namespace weft::broker
