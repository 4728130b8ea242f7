#include "router/edge/look_up.hpp"

#include "common/base/conditions.hpp"
#include "common/base/utf8.hpp"
#include "common/wire/message.hpp"

#include <optional>
#include <variant>

namespace weft::edge {
namespace {

using wire::Message;
using wire::Value;
using Status = LookUpReply::Status;

wire::Map look_up_properties() {
    return {{"version", kLookUpVersion}, {"opcode", kLinkRouteLookUp}};
}

std::int64_t number_in(const wire::Map& properties, std::string_view key) {
    const Value* const value = wire::find(properties, key);
    return value == nullptr ? -1 : value->integer().value_or(-1);
}

std::optional<Error> fault_of(const Message& message) {
    if (number_in(message.application_properties, "version") != kLookUpVersion) {
        return Error{kNotImplemented, "address look-up: the property 'version' must be 1"};
    }
    if (number_in(message.application_properties, "opcode") != kLinkRouteLookUp) {
        return Error{kNotImplemented,
                     "address look-up: the property 'opcode' must be 1 (is it a link route?)"};
    }
    return std::nullopt;
}

/// Null: the message's body is no list of two at least.
const wire::List* pair_in(const Message& message) {
    const auto* const value = std::get_if<Value>(&message.body);
    const auto* const list = value == nullptr ? nullptr : value->as<wire::List>();
    return list == nullptr || list->size() < 2 ? nullptr : list;
}

}  // namespace

void write_look_up(Buffer& out, const LookUp& question) {
    Message message;
    message.reply_to = question.reply_to;
    message.correlation_id = question.correlation;
    message.application_properties = look_up_properties();
    message.body = Value{wire::List{question.address, question.in}};
    wire::encode_message(out, message);
}

void write_reply(Buffer& out, const LookUpReply& reply) {
    Message message;
    message.to = reply.to;
    message.correlation_id = reply.correlation;
    message.application_properties = look_up_properties();
    message.application_properties.emplace_back("status", static_cast<std::uint32_t>(reply.status));
    message.body = Value{wire::List{reply.is_link_route, reply.has_destinations}};
    wire::encode_message(out, message);
}

Result<LookUp> read_look_up(Bytes message) {
    WEFT_TRY(const Message whole, wire::decode_message(message));
    if (const auto fault = fault_of(whole)) {
        return fail(fault->condition, fault->text);
    }
    const wire::List* const fields = pair_in(whole);
    const std::string* const address = fields == nullptr ? nullptr : (*fields)[0].text();
    const bool* const in = fields == nullptr ? nullptr : (*fields)[1].as<bool>();
    if (address == nullptr || address->empty() || address->size() > kLookUpAddressMax ||
        !is_utf8(*address) || in == nullptr) {
        return fail(kInvalidField, "address look-up: the body must be a list: an address of 1 to " +
                                       std::to_string(kLookUpAddressMax) + " bytes, and a boolean");
    }
    if (!whole.reply_to || whole.reply_to->empty() || whole.correlation_id.is_null()) {
        return fail(kInvalidField,
                    "address look-up: a question needs the properties reply-to and correlation-id");
    }
    return LookUp{*address, *in, *whole.reply_to, whole.correlation_id};
}

Result<LookUpReply> read_reply(Bytes message) {
    WEFT_TRY(const Message whole, wire::decode_message(message));
    if (const auto fault = fault_of(whole)) {
        return fail(fault->condition, fault->text);
    }
    const std::int64_t status = number_in(whole.application_properties, "status");
    if (status < 0 || status > static_cast<std::int64_t>(Status::invalid_request)) {
        return fail(kInvalidField, "address look-up: an answer of an unknown status");
    }
    LookUpReply reply{whole.to.value_or(""), whole.correlation_id, static_cast<Status>(status)};
    const wire::List* const fields = pair_in(whole);
    const bool* const route = fields == nullptr ? nullptr : (*fields)[0].as<bool>();
    const bool* const reached = fields == nullptr ? nullptr : (*fields)[1].as<bool>();
    if (reply.status == Status::ok && (route == nullptr || reached == nullptr)) {
        return fail(kInvalidField, "address look-up: an answer must be a list of two booleans");
    }
    reply.is_link_route = route != nullptr && *route;
    reply.has_destinations = reached != nullptr && *reached;
    return reply;
}

}  // namespace weft::edge
