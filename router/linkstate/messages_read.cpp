#include "common/base/conditions.hpp"
#include "router/linkstate/control_fields.hpp"
#include "router/linkstate/messages.hpp"
#include "router/linkstate/section_walk.hpp"

#include <algorithm>

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

/// A number that the protocol does not know yet counts as the treatment that is the default.
Hint hint_of(std::int64_t number) {
    const bool known = number >= 0 && number <= static_cast<std::int64_t>(Hint::unavailable);
    return known ? static_cast<Hint>(number) : Hint::balanced;
}

/// None if there are not as many as addresses: nobody knows then which is whose.
Result<std::vector<Hint>> hints(const ControlFields& fields, std::size_t addresses) {
    std::vector<Hint> found;
    if (fields.has(Field::hints)) {
        WEFT_TRY(const auto numbers, fields.integers(Field::hints));
        if (numbers.size() == addresses) {
            found.reserve(addresses);
            std::ranges::transform(numbers, std::back_inserter(found), hint_of);
        }
    }
    return found;
}

Result<Message> filled(MobileUpdate message, const ControlFields& fields) {
    WEFT_TRY(message.mobile_seq, fields.integer(Field::mobile_seq));
    if (fields.has(Field::exist)) {
        if (fields.has(Field::add) || fields.has(Field::del)) {
            return fail(kInvalidField,
                        fields.place_of(Field::exist) + " excludes the fields add and del");
        }
        WEFT_TRY(message.exist, fields.keys(Field::exist));
        WEFT_TRY(message.hints, hints(fields, message.exist->size()));
        return message;
    }
    WEFT_TRY(message.add, fields.keys(Field::add));
    WEFT_TRY(message.del, fields.keys(Field::del));
    if (message.add.size() + message.del.size() > kKeysMax) {
        return fail(kInvalidField, "MAU: add and del together have more than " +
                                       std::to_string(kKeysMax) + " elements");
    }
    WEFT_TRY(message.hints, hints(fields, message.add.size()));
    return message;
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
Result<Message> read_as(const ControlFields& fields) {
    Kind message;
    WEFT_TRY(message.from, speaker(fields));
    if (message.from.version > kProtocolVersion) {
        return message;
    }
    return filled(std::move(message), fields);
}

/// In the order of kOpcodes.
constexpr std::array<Result<Message> (*)(const ControlFields&), kOpcodes.size()> kReaders = {
    read_as<Hello>,           read_as<RouterAdvert>,  read_as<LinkStateRequest>,
    read_as<LinkStateUpdate>, read_as<MobileRequest>, read_as<MobileUpdate>,
};

struct Parts {
    Bytes application_properties;
    Bytes body;
};

Result<Parts> parts_of(Bytes content) {
    Parts parts;
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

Result<Message> read_message(Bytes content) {
    if (content.size() > kControlMessageMax) {
        return fail(kInvalidField,
                    "the message has more than " + std::to_string(kControlMessageMax) + " bytes");
    }
    WEFT_TRY(const Parts parts, parts_of(content));
    WEFT_TRY(const ControlFields properties,
             ControlFields::read(parts.application_properties, "application-properties"));
    WEFT_TRY(const std::string_view opcode, properties.text(Field::opcode));
    const auto* const found = std::ranges::find(kOpcodes, opcode);
    if (found == kOpcodes.end()) {
        return fail(kNotImplemented,
                    "application-properties.opcode is none of HELLO, RA, LSR, LSU, MAR, MAU");
    }
    WEFT_TRY(const ControlFields fields, ControlFields::read(parts.body, std::string{*found}));
    return kReaders[static_cast<std::size_t>(found - kOpcodes.begin())](fields);
}

}  // namespace weft::linkstate
