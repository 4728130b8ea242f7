#include "router/config/sections.hpp"

#include <cstdint>
#include <string_view>

namespace weft::router_config {
namespace {

std::uint8_t phase_in(const config::Entity& entity, std::string_view key) {
    return static_cast<std::uint8_t>(entity.integer(key));
}

}  // namespace

ExchangeConfig read_exchange(const config::Entity& entity) {
    const bool mqtt = entity.text("matchMethod") == "mqtt";
    return {.name = entity.text("name"),
            .address = entity.text("address"),
            .phase = phase_in(entity, "phase"),
            .alternate = entity.text("alternateAddress"),
            .alternate_phase = phase_in(entity, "alternatePhase"),
            .method = mqtt ? exchange::MatchMethod::mqtt : exchange::MatchMethod::amqp};
}

BindingConfig read_binding(const config::Entity& entity) {
    return {.name = entity.text("name"),
            .exchange = entity.text("exchangeName"),
            .key = entity.text("bindingKey"),
            .next_hop = entity.text("nextHopAddress"),
            .next_hop_phase = phase_in(entity, "nextHopPhase")};
}

}  // namespace weft::router_config
