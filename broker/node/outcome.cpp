#include "broker/node/outcome.hpp"

#include "common/wire/delivery_state.hpp"
#include "common/wire/sections.hpp"
#include "common/wire/value.hpp"
#include "common/wire/writer.hpp"

namespace weft::broker {
namespace {

bool is_true(const wire::List& fields, std::size_t at) {
    const bool* value = at < fields.size() ? fields[at].as<bool>() : nullptr;
    return value != nullptr && *value;
}

queue::Outcome read_modified(Bytes state) {
    queue::Outcome outcome{.kind = queue::Outcome::Kind::modified};
    const auto value = wire::decode(state);
    const auto* described = value ? value->as<wire::Described>() : nullptr;
    const auto* fields =
        described != nullptr && described->value ? described->value->as<wire::List>() : nullptr;
    if (fields != nullptr) {
        outcome.failed = is_true(*fields, 0);
        outcome.elsewhere = is_true(*fields, 1);
    }
    return outcome;
}

}  // namespace

std::optional<queue::Outcome> outcome_of(Bytes state) {
    using Kind = queue::Outcome::Kind;
    switch (wire::outcome_of(state)) {
        case wire::Outcome::accepted:
            return queue::Outcome{.kind = Kind::accepted};
        case wire::Outcome::rejected:
            return queue::Outcome{.kind = Kind::rejected};
        case wire::Outcome::released:
            return queue::Outcome{.kind = Kind::released};
        case wire::Outcome::modified:
            return read_modified(state);
        case wire::Outcome::none:
        case wire::Outcome::received:
        case wire::Outcome::declared:
        case wire::Outcome::transactional:
            return std::nullopt;
    }
    return std::nullopt;
}

Redelivery redelivery(Bytes message, std::uint32_t failures) {
    Redelivery made;
    const wire::Facts facts = wire::scan(message, /*complete=*/true, wire::Until::bare_message);
    if (failures == 0 || facts.status != wire::Facts::Status::complete) {
        return made;
    }
    wire::Writer out{made.header};
    const auto mark =
        out.begin_described_list(static_cast<std::uint64_t>(wire::MessageSection::header));
    out.boolean(facts.durable);
    out.ubyte(facts.priority);
    out.uint(facts.ttl);
    out.boolean(false);  // others had it before
    out.uint(failures);
    out.end_shortest(mark);
    made.skip = facts.header.size;  // it comes first, if there is one
    return made;
}

}  // namespace weft::broker
