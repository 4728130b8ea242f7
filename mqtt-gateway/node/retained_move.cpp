#include "mqtt-gateway/node/retained_move.hpp"

#include <utility>

namespace weft::gateway {

RetainedMove::RetainedMove(const std::vector<mqtt_mapping::SharedMessage>& known) {
    for (const mqtt_mapping::SharedMessage& message : known) {
        rows_.insert_or_assign(std::string{message->publish().topic}, Row{.message = message});
    }
}

void RetainedMove::overtake(std::string_view topic) {
    if (const auto found = rows_.find(topic); found != rows_.end()) {
        found->second = {.life = Life::over};
    }
}

std::vector<mqtt_mapping::SharedMessage> RetainedMove::take(const mqtt_mapping::Retained& queue) {
    std::vector<mqtt_mapping::SharedMessage> sent;
    for (auto& [topic, row] : rows_) {
        if (row.life != Life::in_store) {
            continue;
        }
        const bool is_there = queue.find(topic) != nullptr;
        row.life = is_there ? Life::over : Life::sent;
        if (auto message = std::exchange(row.message, nullptr); !is_there) {
            sent.push_back(std::move(message));
        }
    }
    return sent;
}

void RetainedMove::refuse(std::string_view topic) {
    if (const auto found = rows_.find(topic);
        found != rows_.end() && found->second.life == Life::sent) {
        found->second.life = Life::refused;
    }
}

std::vector<std::string> RetainedMove::over() const {
    std::vector<std::string> topics;
    for (const auto& [topic, row] : rows_) {
        if (row.life == Life::sent || row.life == Life::over) {
            topics.push_back(topic);
        }
    }
    return topics;
}

}  // namespace weft::gateway
