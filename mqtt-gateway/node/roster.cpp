#include "mqtt-gateway/node/roster.hpp"

namespace weft::gateway {

bool Roster::admits(Instant now) {
    return connections_.size() < limits_.connections_max + limits_.refused_max &&
           accepts_.take(now);
}

std::optional<Roster::Refusal> Roster::refusal(Instant now) {
    if (!connects_.take(now)) {
        return Refusal{mqtt::Reason::connection_rate_exceeded, "too many devices connect at once"};
    }
    if (connections_.size() > limits_.connections_max) {
        return Refusal{mqtt::Reason::quota_exceeded, "too many devices are connected"};
    }
    return std::nullopt;
}

std::uint64_t Roster::add(DeviceConnection& connection) {
    connections_.emplace(++last_connection_, &connection);
    return last_connection_;
}

DeviceConnection* Roster::find_connection(std::uint64_t id) const {
    const auto found = connections_.find(id);
    return found == connections_.end() ? nullptr : found->second;
}

Device& Roster::add(std::unique_ptr<Device> device) {
    Device& added = *device;
    devices_.emplace(added.id, std::move(device));
    by_client_.emplace(added.session.client_id(), &added);
    return added;
}

Device* Roster::open(const std::string& client_id,
                     std::uint64_t birth,
                     const session::Settings& settings,
                     session::Counters& counters) {
    Device* const known = find(client_id);
    if (known != nullptr || devices_.size() >= limits_.sessions_max) {
        return known;
    }
    return &add(std::make_unique<Device>(next(), client_id, birth, settings, counters));
}

void Roster::remove(const Device& device) {
    by_client_.erase(device.session.client_id());
    devices_.erase(device.id);
}

Device* Roster::find(DeviceId id) const {
    const auto found = devices_.find(id);
    return found == devices_.end() ? nullptr : found->second.get();
}

Device* Roster::find(std::string_view client_id) const {
    const auto found = by_client_.find(client_id);
    return found == by_client_.end() ? nullptr : found->second;
}

}  // namespace weft::gateway
