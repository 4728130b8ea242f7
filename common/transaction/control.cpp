#include "common/transaction/control.hpp"

#include "common/base/conditions.hpp"
#include "common/wire/codes.hpp"
#include "common/wire/delivery_state.hpp"
#include "common/wire/reader.hpp"
#include "common/wire/sections.hpp"
#include "common/wire/value.hpp"

#include <algorithm>

namespace weft::transaction {
namespace {

constexpr std::uint64_t kDeclare = 0x31;
constexpr std::uint64_t kDischarge = 0x32;

Id id_of(std::optional<Bytes> binary) {
    Id id{};
    if (binary && binary->size() == id.size()) {
        std::ranges::copy(*binary, id.begin());
    }
    return id;
}

/// The value that is the body of a message; empty: it has none.
Bytes body_value(Bytes message) {
    while (!message.empty()) {
        const wire::SectionStart start = wire::section_start(message);
        if (start.kind != wire::SectionStart::Kind::section) {
            return {};
        }
        const std::size_t size = wire::encoded_size(message);
        if (size < start.size) {
            return {};
        }
        if (start.section == wire::MessageSection::amqp_value) {
            return message.subspan(start.size, size - start.size);
        }
        message = message.subspan(size);
    }
    return {};
}

/// The start of a message whose body is the value that follows.
Buffer value_section() {
    return {static_cast<std::uint8_t>(wire::Code::described),
            static_cast<std::uint8_t>(wire::Code::smallulong),
            static_cast<std::uint8_t>(wire::MessageSection::amqp_value)};
}

}  // namespace

Result<Request> read_request(Bytes message) {
    std::uint64_t descriptor = 0;
    wire::Reader fields = wire::Reader{body_value(message)}.described_list(descriptor);
    if (descriptor == kDeclare) {
        if (!fields.raw().empty()) {
            return fail(kNotImplemented,
                        "there is no part in transactions that others coordinate: declare one "
                        "without a global-id");
        }
        return Request{};
    }
    if (descriptor == kDischarge) {
        const auto id = fields.binary();
        const bool failed = fields.boolean().value_or(false);
        if (fields.ok() && id) {
            return Request{.kind = failed ? Request::Kind::rollback : Request::Kind::commit,
                           .id = id_of(id),
                           .name = *id};
        }
    }
    return fail(kDecodeError,
                "a message to the coordinator is a declare or a discharge, as an amqp-value");
}

std::optional<State> read_state(Bytes state) {
    if (wire::outcome_of(state) != wire::Outcome::transactional) {
        return std::nullopt;
    }
    std::uint64_t descriptor = 0;
    wire::Reader fields = wire::Reader{state}.described_list(descriptor);
    const auto name = fields.binary();
    State read{.id = id_of(name), .name = name.value_or(Bytes{})};
    read.outcome = fields.raw();
    return read;
}

Buffer declared(Bytes name) {
    Buffer state;
    wire::Writer out{state};
    const auto list = out.begin_described_list(static_cast<std::uint64_t>(wire::Outcome::declared));
    out.binary(name);
    out.end_shortest(list);
    return state;
}

std::optional<Bytes> read_declared(Bytes state) {
    if (wire::outcome_of(state) != wire::Outcome::declared) {
        return std::nullopt;
    }
    std::uint64_t descriptor = 0;
    return wire::Reader{state}.described_list(descriptor).binary();
}

Buffer state_of(Bytes name, Bytes outcome) {
    Buffer state;
    wire::Writer out{state};
    const auto list =
        out.begin_described_list(static_cast<std::uint64_t>(wire::Outcome::transactional));
    out.binary(name);
    out.raw(outcome);
    out.end_shortest(list);
    return state;
}

Buffer declare() {
    Buffer message = value_section();
    wire::Writer out{message};
    out.end_shortest(out.begin_described_list(kDeclare));
    return message;
}

Buffer discharge(Bytes name, bool fail) {
    Buffer message = value_section();
    wire::Writer out{message};
    const auto list = out.begin_described_list(kDischarge);
    out.binary(name);
    out.boolean(fail);
    out.end_shortest(list);
    return message;
}

bool acquires(Bytes flow_properties) {
    const auto properties = wire::decode(flow_properties);
    const auto* const map = properties ? properties->as<wire::Map>() : nullptr;
    return map != nullptr && wire::find(*map, "txn-id") != nullptr;
}

}  // namespace weft::transaction
