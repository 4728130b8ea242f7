#include "common/mgmt/management_message.hpp"

#include "common/base/conditions.hpp"
#include "common/wire/message.hpp"

#include <cstdint>
#include <utility>
#include <variant>

namespace weft::mgmt {
namespace {

using wire::Value;

/// Bodies that aren't values become something that the agent refuses where a map is needed.
struct BodyValue {
    Value operator()(Value& value) const { return std::move(value); }
    Value operator()(wire::Data&) const { return wire::Binary{}; }
    Value operator()(wire::Sequence&) const { return wire::List{}; }
};

ReplyMessage reply_to(const wire::Message& request, Reply reply) {
    const bool correlated = !request.correlation_id.is_null();
    wire::Message message;
    message.to = *request.reply_to;
    message.correlation_id = correlated ? request.correlation_id : request.message_id;
    message.application_properties = {{"statusCode", static_cast<std::int32_t>(reply.status)},
                                      {"statusDescription", std::move(reply.description)}};
    message.body = std::move(reply.body);
    ReplyMessage out{.address = *request.reply_to};
    wire::encode_message(out.bytes, message);
    return out;
}

}  // namespace

Served serve_message(Agent& agent,
                     Bytes request,
                     const MayReply& may_reply,
                     const Requester& who) {
    auto message = wire::decode_message(request);
    if (!message) {
        return {.rejection = std::move(message.error())};
    }
    const bool wants_reply = message->reply_to && !message->reply_to->empty();
    if (wants_reply && may_reply && !may_reply(*message->reply_to)) {
        return {.rejection = Error{kResourceLimitExceeded,
                                   "too many replies wait already: give their receiver credit"}};
    }
    Reply reply = agent.handle({.properties = std::move(message->application_properties),
                                .body = std::visit(BodyValue{}, message->body),
                                .who = who});
    if (wants_reply) {
        return {.reply = reply_to(*message, std::move(reply))};
    }
    if (succeeded(reply.status)) {
        return {};
    }
    return {.rejection = Error{condition_of(reply.status), std::move(reply.description)}};
}

}  // namespace weft::mgmt
