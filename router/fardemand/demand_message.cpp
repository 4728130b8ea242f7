#include "router/fardemand/demand_message.hpp"

#include "common/base/conditions.hpp"
#include "common/base/utf8.hpp"
#include "common/wire/message.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace weft::fardemand {
namespace {

using wire::Value;
using Kind = DemandMessage::Kind;
using Entry = DemandMessage::Entry;

constexpr std::string_view kDemandOpcode = "WEFT-DEMAND";
constexpr std::array<std::string_view, 3> kDemandKinds = {"ask", "tell", "rest"};
/// The opcode stands within so many bytes of the content, and nothing else of a message does.
constexpr std::size_t kOpcodeWithin = 40;

wire::List fields_of(Kind kind, const Entry& entry) {
    switch (kind) {
        case Kind::ask:
            return {entry.key, entry.wanted};
        case Kind::tell:
            return {entry.key, static_cast<std::int64_t>(entry.limit),
                    static_cast<std::int64_t>(entry.taken), static_cast<std::int64_t>(entry.drain)};
        case Kind::rest:
            break;
    }
    return {entry.key, static_cast<std::int64_t>(entry.drain)};
}

/// False if it is not a count up to `most`.
template <class Count>
bool read_count(const Value& value, std::uint64_t most, Count& out) {
    const std::int64_t count = value.integer().value_or(-1);
    if (count < 0 || static_cast<std::uint64_t>(count) > most) {
        return false;
    }
    out = static_cast<Count>(count);
    return true;
}

bool read_rest_of(Kind kind, const wire::List& fields, Entry& entry) {
    switch (kind) {
        case Kind::ask: {
            const bool* const wanted = fields.size() < 2 ? nullptr : fields[1].as<bool>();
            entry.wanted = wanted != nullptr && *wanted;
            return wanted != nullptr;
        }
        case Kind::tell:
            return fields.size() >= 4 && read_count(fields[1], kCountMax, entry.limit) &&
                   read_count(fields[2], kCountMax, entry.taken) &&
                   read_count(fields[3], UINT32_MAX, entry.drain);
        case Kind::rest:
            break;
    }
    return fields.size() >= 2 && read_count(fields[1], UINT32_MAX, entry.drain);
}

Result<Entry> demand_entry_of(Kind kind, const Value& value) {
    const auto* const fields = value.as<wire::List>();
    const std::string* const key =
        fields == nullptr || fields->empty() ? nullptr : (*fields)[0].text();
    Entry entry;
    if (key == nullptr || key->empty() || key->size() > kKeyMax || !is_utf8(*key) ||
        !read_rest_of(kind, *fields, entry)) {
        return fail(kInvalidField,
                    "an entry of 'addresses' must be a list: an address and what belongs to the "
                    "kind of the message");
    }
    entry.key = *key;
    return entry;
}

bool has_demand_opcode(const wire::Map& properties) {
    const Value* const opcode = wire::find(properties, "opcode");
    const std::string* const text = opcode == nullptr ? nullptr : opcode->text();
    return text != nullptr && *text == kDemandOpcode;
}

}  // namespace

std::size_t bytes_of(const Entry& entry) {
    return entry.key.size() + 40;
}

bool is_demand_message(Bytes content) {
    const std::string_view start = as_text(content.first(std::min(content.size(), kOpcodeWithin)));
    return start.find(kDemandOpcode) != std::string_view::npos;
}

void write_demand_message(Buffer& out, const DemandMessage& message) {
    wire::List addresses;
    addresses.reserve(message.entries.size());
    for (const Entry& entry : message.entries) {
        addresses.emplace_back(fields_of(message.kind, entry));
    }
    wire::Map body{{"kind", kDemandKinds[static_cast<std::size_t>(message.kind)]}};
    body.emplace_back("addresses", std::move(addresses));
    wire::Message content;
    content.application_properties = {{"opcode", kDemandOpcode}};
    content.body = Value{std::move(body)};
    wire::encode_message(out, content);
}

Result<DemandMessage> read_demand_message(Bytes content) {
    if (content.size() > kDemandMessageMax) {
        return fail(kInvalidField, "a message between Weft routers has at most " +
                                       std::to_string(kDemandMessageMax) + " bytes");
    }
    WEFT_TRY(const wire::Message whole, wire::decode_message(content));
    const auto* const value = std::get_if<Value>(&whole.body);
    const auto* const body = value == nullptr ? nullptr : value->as<wire::Map>();
    const Value* const kind = body == nullptr ? nullptr : wire::find(*body, "kind");
    const std::string* const name = kind == nullptr ? nullptr : kind->text();
    const auto* const known = name == nullptr
                                  ? kDemandKinds.end()
                                  : std::ranges::find(kDemandKinds, std::string_view(*name));
    if (!has_demand_opcode(whole.application_properties) || known == kDemandKinds.end()) {
        return fail(kNotImplemented, "a message between Weft routers of an unknown kind");
    }
    DemandMessage message;
    message.kind = static_cast<Kind>(known - kDemandKinds.begin());
    const Value* const addresses = wire::find(*body, "addresses");
    const auto* const list = addresses == nullptr ? nullptr : addresses->as<wire::List>();
    if (list == nullptr || list->size() > kEntriesMax) {
        return fail(kInvalidField,
                    "'addresses' must be a list of at most " + std::to_string(kEntriesMax));
    }
    message.entries.reserve(list->size());
    for (const Value& element : *list) {
        WEFT_TRY(Entry entry, demand_entry_of(message.kind, element));
        message.entries.push_back(std::move(entry));
    }
    return message;
}

}  // namespace weft::fardemand
