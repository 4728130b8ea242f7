#include "router/node/termini.hpp"

#include "common/base/conditions.hpp"
#include "common/wire/reader.hpp"
#include "common/wire/value.hpp"

#include <string>

namespace weft::router {

namespace {

/// Capabilities of a terminus or an open that are looked at; a few bytes can encode many more.
constexpr std::size_t kCapabilitiesMax = 64;

}  // namespace

void each_symbol(Bytes encoded, const std::function<void(const std::string&)>& f) {
    std::size_t values_left = kCapabilitiesMax + 1;
    const auto value = wire::decode(encoded, values_left);
    if (!value) {
        return;
    }
    if (const auto* one = value->as<wire::Symbol>()) {
        f(one->text);
    } else if (const auto* many = value->as<wire::Array>()) {
        for (const wire::Value& element : many->elements) {
            if (const auto* symbol = element.as<wire::Symbol>()) {
                f(symbol->text);
            }
        }
    }
}

namespace {

/// Waypoints, fallback and inter-router links are asked for by such capabilities.
std::optional<Error> unsupported_capability(Bytes capabilities) {
    std::optional<Error> refusal;
    each_symbol(capabilities, [&](const std::string& name) {
        if (name.starts_with("qd.")) {
            refusal = {kNotImplemented,
                       "this router does not support links with the capability " + name};
        }
    });
    return refusal;
}

}  // namespace

Wish read_wish(const amqp::Attach& attach) {
    const std::optional<amqp::Terminus>& terminus = attach.receiver ? attach.source : attach.target;
    Wish wish;
    if (!terminus) {
        return wish;
    }
    wish.address = terminus->address.value_or("");
    wish.dynamic = terminus->dynamic;
    wish.coordinator = terminus->kind == amqp::Terminus::Kind::coordinator;
    if (!terminus->capabilities.empty()) {
        wish.refusal = unsupported_capability(terminus->capabilities);
    }
    return wish;
}

amqp::Attach reply_to(const amqp::Attach& attach,
                      std::string_view address,
                      std::uint64_t max_message_size) {
    amqp::Attach reply;
    reply.sender_settle_mode = attach.sender_settle_mode;
    reply.receiver_settle_mode = attach.receiver_settle_mode;
    reply.source = attach.source;
    reply.target = attach.target;
    reply.max_message_size = max_message_size;
    std::optional<amqp::Terminus>& ours = attach.receiver ? reply.source : reply.target;
    if (!ours) {
        ours.emplace();
        ours->kind = attach.receiver ? amqp::Terminus::Kind::source : amqp::Terminus::Kind::target;
    }
    if (!address.empty()) {
        ours->address = address;
    }
    ours->durable = 0;
    ours->expiry_policy = {};
    ours->timeout_seconds = 0;
    ours->filter = {};
    ours->distribution_mode = {};
    return reply;
}

}  // namespace weft::router
