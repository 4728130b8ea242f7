#include "common/base/conditions.hpp"
#include "router/linkstate/control_fields.hpp"
#include "router/linkstate/messages.hpp"
#include "router/linkstate/mobile_reading.hpp"
#include "router/linkstate/section_walk.hpp"

#include <algorithm>
#include <type_traits>

namespace weft::linkstate {
namespace {

Result<Message> filled(Hello message, const ControlFields& fields) {
    WEFT_TRY(message.instance, fields.integer_or_zero(Field::instance));
    WEFT_TRY(message.seen, fields.router_ids(Field::seen));
    if (fields.has(Field::interval_ms)) {
        WEFT_TRY(message.interval_ms, fields.integer(Field::interval_ms));
        if (message.interval_ms < kHelloIntervalMin || message.interval_ms > kHelloIntervalMax) {
            return fail(kInvalidField, fields.place_of(Field::interval_ms) + " is not within " +
                                           std::to_string(kHelloIntervalMin) + " and " +
                                           std::to_string(kHelloIntervalMax));
        }
    }
    return message;
}

Result<Message> filled(RouterAdvert message, const ControlFields& fields) {
    WEFT_TRY(message.instance, fields.integer_or_zero(Field::instance));
    WEFT_TRY(message.ls_seq, fields.integer(Field::ls_seq));
    WEFT_TRY(message.mobile_seq, fields.integer(Field::mobile_seq));
    return message;
}

Result<Message> filled(LinkStateRequest message, const ControlFields& /*fields*/) {
    return message;
}

/// The map `ls` says again who speaks and how new it is; one that says otherwise is not believed.
Result<Message> filled(LinkStateUpdate message, const ControlFields& fields) {
    WEFT_TRY(message.instance, fields.integer_or_zero(Field::instance));
    WEFT_TRY(message.ls_seq, fields.integer(Field::ls_seq));
    WEFT_TRY(const ControlFields links, fields.map(Field::ls));
    WEFT_TRY(const std::string id, links.router_id(Field::id));
    WEFT_TRY(const std::int64_t ls_seq, links.integer(Field::ls_seq));
    if (id != message.from.id || ls_seq != message.ls_seq) {
        return fail(kInvalidField, fields.place_of(Field::ls) +
                                       " is of another router or sequence than the message");
    }
    WEFT_TRY(message.peers, links.costs(Field::peers));
    return message;
}

Result<Message> filled(MobileRequest message, const ControlFields& fields) {
    WEFT_TRY(message.have_seq, fields.integer(Field::have_seq));
    return message;
}

Result<Message> filled(MobileUpdate message, const ControlFields& fields, std::size_t keys_max) {
    WEFT_TRY(MobileReading reading, MobileReading::begin(std::move(message), fields));
    if (reading.size() > keys_max) {
        MobileUpdate head = reading.take();
        head.unread = true;
        return head;
    }
    std::size_t left = SIZE_MAX;
    WEFT_TRY([[maybe_unused]] const bool whole, reading.read(left));
    return reading.take();
}

/// A router that never says its version has version 0, as those before the first did not.
Result<Speaker> speaker(const ControlFields& fields) {
    Speaker from;
    WEFT_TRY(from.id, fields.router_id(Field::id));
    WEFT_TRY(from.version, fields.integer_or_zero(Field::pv));
    if (fields.has(Field::area)) {
        WEFT_TRY(from.area, fields.router_id(Field::area));
    }
    return from;
}

template <class Kind>
Result<Message> read_as(const ControlFields& fields, std::size_t keys_max) {
    Kind message;
    WEFT_TRY(message.from, speaker(fields));
    if (message.from.version > kProtocolVersion) {
        return message;
    }
    if constexpr (std::is_same_v<Kind, MobileUpdate>) {
        return filled(std::move(message), fields, keys_max);
    } else {
        return filled(std::move(message), fields);
    }
}

/// In the order of kOpcodes.
constexpr std::array<Result<Message> (*)(const ControlFields&, std::size_t), kOpcodes.size()>
    kReaders = {
        read_as<Hello>,           read_as<RouterAdvert>,  read_as<LinkStateRequest>,
        read_as<LinkStateUpdate>, read_as<MobileRequest>, read_as<MobileUpdate>,
};

struct Sections {
    Bytes application_properties;
    Bytes body;
};

Result<Sections> parts_of(Bytes content) {
    Sections parts;
    SectionWalk walk(content);
    while (!walk.done()) {
        WEFT_TRY(const SectionWalk::Part part, walk.next());
        switch (part.section) {
            case wire::MessageSection::application_properties:
                parts.application_properties = part.value;
                break;
            case wire::MessageSection::amqp_value:
                parts.body = part.value;
                break;
            case wire::MessageSection::footer:
                break;
            case wire::MessageSection::header:
            case wire::MessageSection::delivery_annotations:
            case wire::MessageSection::message_annotations:
            case wire::MessageSection::properties:
                return fail(kDecodeError,
                            "a section stands behind the properties that "
                            "belongs in front of them");
            case wire::MessageSection::data:
            case wire::MessageSection::amqp_sequence:
                return fail(kInvalidField, "the body is not an amqp-value");
        }
    }
    return parts;
}

}  // namespace

Result<Message> read_message(Bytes content, std::size_t keys_max) {
    if (content.size() > kControlMessageMax) {
        return fail(kInvalidField,
                    "the message has more than " + std::to_string(kControlMessageMax) + " bytes");
    }
    WEFT_TRY(const Sections parts, parts_of(content));
    WEFT_TRY(const ControlFields properties,
             ControlFields::read(parts.application_properties, "application-properties"));
    WEFT_TRY(const std::string_view opcode, properties.text(Field::opcode));
    const auto* const found = std::ranges::find(kOpcodes, opcode);
    if (found == kOpcodes.end()) {
        return fail(kNotImplemented,
                    "application-properties.opcode is none of HELLO, RA, LSR, LSU, MAR, MAU");
    }
    WEFT_TRY(const ControlFields fields, ControlFields::read(parts.body, std::string{*found}));
    return kReaders[static_cast<std::size_t>(found - kOpcodes.begin())](fields, keys_max);
}

Result<MobileReading> read_long(Bytes content) {
    WEFT_TRY(const Sections parts, parts_of(content));
    WEFT_TRY(const ControlFields fields, ControlFields::read(parts.body, "MAU"));
    MobileUpdate update;
    WEFT_TRY(update.from, speaker(fields));
    return MobileReading::begin(std::move(update), fields);
}

}  // namespace weft::linkstate
