#include "broker/node/arrival.hpp"

#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"
#include "common/wire/reader.hpp"
#include "common/wire/sections.hpp"
#include "common/wire/value_head.hpp"

#include <algorithm>
#include <memory>

namespace weft::broker {
namespace {

constexpr std::string_view kDeliveryTime = "x-opt-delivery-time";
constexpr std::string_view kDeliveryDelay = "x-opt-delivery-delay";
/// [epoch, owner, sequence]
constexpr std::string_view kFence = "x-opt-fence";

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

bool is_ulong(Bytes value) {
    const auto code = static_cast<wire::Code>(value[0]);
    return code == wire::Code::ulong || code == wire::Code::smallulong ||
           code == wire::Code::ulong0;
}

/// Milliseconds, in whatever type of number; nothing: it is none.
std::optional<std::uint64_t> milliseconds_of(Bytes value) {
    if (is_null(value)) {
        return std::nullopt;
    }
    wire::Reader reader{value};
    const auto code = static_cast<wire::Code>(value[0]);
    if (is_ulong(value)) {
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

std::string key_of(const Sections& sections, std::string_view name) {
    if (name.empty()) {
        return {};
    }
    Bytes value = value_of(sections.application_properties, name);
    value = value.empty() ? value_of(sections.annotations, name) : value;
    return value.empty() ? std::string{} : broker::key_of(name, value);
}

/// A whole number from 0 on, in whatever type; nothing: it is none.
std::optional<std::uint64_t> count_of(Bytes value) {
    if (is_null(value)) {
        return std::nullopt;
    }
    wire::Reader reader{value};
    if (is_ulong(value)) {
        return reader.ulong();
    }
    const auto number = reader.integer();
    return number && *number >= 0 ? std::optional{static_cast<std::uint64_t>(*number)}
                                  : std::nullopt;
}

/// Null: the message has none, or what it has is none.
queue::SharedFence fence_of(const Sections& sections) {
    std::uint32_t count = 0;
    const Bytes list = value_of(sections.annotations, kFence);
    wire::Reader fields = list.empty() ? wire::Reader{} : wire::Reader{list}.list(count);
    const auto epoch = count_of(fields.raw());
    const auto owner = fields.text();
    const auto sequence = count_of(fields.raw());
    if (count != 3 || !fields.ok() || !epoch || !owner || owner->size() > kMessageWordMax ||
        !sequence) {
        return nullptr;
    }
    return std::make_shared<const queue::Fence>(
        queue::Fence{.epoch = *epoch, .owner = std::string{*owner}, .sequence = *sequence});
}

/// What a fenced queue asks of a message. Errors: what it lacks.
Result<void> check_fence(const queue::Arrival& arrival, const queue::Settings& settings) {
    if (arrival.key.empty()) {
        return fail(kInvalidField, "the message has no '" + printable(settings.last_value_key) +
                                       "', the lastValueKey of this queue, which is fenced: all "
                                       "that it keeps has one");
    }
    if (!arrival.fence) {
        return fail(kInvalidField,
                    "this queue is fenced, and the message has no annotation x-opt-fence that is a "
                    "list of an epoch (ulong), an owner (string, of at most 256 bytes) and a "
                    "sequence (ulong)");
    }
    return {};
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

/// The name of the key goes before its value, so that a queue with another key has other keys.
std::string key_of(std::string_view last_value_key, Bytes value) {
    return std::string{last_value_key} + '=' + std::string{as_text(value)};
}

Result<queue::Arrival> arrival_of(const Sections& sections,
                                  const queue::Settings& settings,
                                  queue::WallTime now) {
    const std::string& last_value_key = settings.last_value_key;
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
    arrival.fence = arrival.key.empty() ? nullptr : fence_of(sections);
    if (settings.fenced) {
        if (auto fits = check_fence(arrival, settings); !fits) {
            return tl::unexpected(fits.error());
        }
    }
    if (settings.duplicate_window > 0) {
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
        record.fence = record.key.empty() ? nullptr : fence_of(*sections);
    }
}

}  // namespace weft::broker
