#include "router/node/linkroute/termini.hpp"

#include "common/wire/value.hpp"
#include "router/core/storage.hpp"
#include "router/linkroute/link_route.hpp"

namespace weft::node {
namespace {

/// The key of the original for which node a dynamic terminus is wanted.
constexpr std::string_view kAddressKey = "x-opt-qd.address";

bool lasts(const std::optional<amqp::Terminus>& terminus) {
    return terminus && (terminus->timeout_seconds > 0 || terminus->expiry_policy == "never");
}

}  // namespace

std::size_t memory_of(const Buffer& attach) {
    constexpr std::size_t kOverhead = 256;
    return kOverhead + 2 * attach.size();  // it is on its way, too
}

namespace detail {

std::optional<std::string> address_in(Bytes properties) {
    const auto decoded = wire::decode(properties);
    const auto* const map = decoded ? decoded->as<wire::Map>() : nullptr;
    const wire::Value* const value = map == nullptr ? nullptr : wire::find(*map, kAddressKey);
    const std::string* const text = value == nullptr ? nullptr : value->text();
    return text == nullptr ? std::nullopt : std::optional(*text);
}

std::string with_address(Bytes properties, std::string_view address) {
    auto decoded = wire::decode(properties);
    Buffer out;
    if (auto* const map = decoded ? decoded->as<wire::Map>() : nullptr) {
        wire::Map changed = *map;
        for (auto& [key, value] : changed) {
            const std::string* const name = key.text();
            if (name != nullptr && *name == kAddressKey) {
                value = wire::Value{std::string(address)};
            }
        }
        wire::encode(out, wire::Value{std::move(changed)});
    }
    return std::string(as_text(out));
}

}  // namespace detail

bool is_coordinator(const amqp::Attach& attach) {
    return !attach.receiver && attach.target &&
           attach.target->kind == amqp::Terminus::Kind::coordinator;
}

bool leads_to_coordinator(std::string_view address) {
    const std::string_view broker = router::broker_of(address);
    return !broker.empty() && address.substr(router::kBrokers.size() + broker.size()) ==
                                  std::string("/").append(linkroute::kCoordinator);
}

void become_coordinator(amqp::Attach& attach) {
    if (!attach.receiver && attach.target) {
        attach.target = amqp::Terminus{.kind = amqp::Terminus::Kind::coordinator,
                                       .capabilities = attach.target->capabilities};
    }
}

std::optional<std::string> wanted_address(const amqp::Attach& attach) {
    const std::optional<amqp::Terminus>& terminus = attach.receiver ? attach.source : attach.target;
    if (!terminus) {
        return std::nullopt;
    }
    if (is_coordinator(attach)) {
        return std::string(linkroute::kCoordinator);
    }
    if (terminus->dynamic) {
        return detail::address_in(terminus->dynamic_node_properties);
    }
    return terminus->address ? std::optional<std::string>(*terminus->address) : std::nullopt;
}

bool survives(const amqp::Attach& attach) {
    return lasts(attach.source) || lasts(attach.target);
}

}  // namespace weft::node
