#include "mqtt-gateway/node/device_connection.hpp"

#include "common/io/loop.hpp"
#include "mqtt-gateway/node/devices.hpp"

#include <utility>

namespace weft::gateway {

DeviceConnection::DeviceConnection(io::Transport& transport,
                                   Devices& devices,
                                   std::shared_ptr<const Door> listens)
    : door{std::move(listens)},
      transport_{transport},
      devices_{devices},
      id_{devices.add(*this)},
      since_{transport.loop().now()},
      machine_{devices.settings(), devices.counters(), devices.unique(), since_},
      output_{transport.loop().pool()} {}

DeviceConnection::~DeviceConnection() = default;

void DeviceConnection::knock(std::optional<std::string_view> user_name,
                             std::optional<Bytes> password,
                             std::function<bool()> is_wanted,
                             Door::Answered answered) const {
    const std::string_view from = peer();
    door->knock({.user_name = user_name,
                 .password = password,
                 .host = from.substr(0, from.rfind(':')),
                 .protection = transport_.security()},
                std::move(is_wanted), std::move(answered));
}

void DeviceConnection::send(Bytes bytes) {
    if (!bytes.empty()) {
        output_.append(bytes);
        transport_.wake();
    }
}

void DeviceConnection::finish() {
    finished_ = true;
    held_ = {};
    transport_.wake();
}

bool DeviceConnection::look_at_congestion() {
    const bool changed = is_to_be_told();
    congested_ = changed != congested_;
    return changed;
}

void DeviceConnection::on_bytes(Bytes in, Instant) {
    if (finished_) {
        return;
    }
    if (held_.empty()) {
        const std::size_t left = read(in);
        held_.assign(in.end() - static_cast<std::ptrdiff_t>(left), in.end());
        held_read_ = 0;
    } else {
        append(held_, in);
        read_on();
    }
    devices_.finish_turn();
}

/// Up to where it has to wait for an answer; how much is left then. What packets cause is carried
/// out before the next one, and answered when the event ends.
std::size_t DeviceConnection::read(Bytes in) {
    reading_ = true;
    while (!in.empty() && !finished_ && devices_.read(*this, in)) {
    }
    reading_ = false;
    if (finished_) {
        return 0;
    }
    stopped_ = !machine_.is_reading();
    return in.size();
}

void DeviceConnection::read_on() {
    if (finished_ || !machine_.is_reading()) {
        return;
    }
    stopped_ = false;
    Buffer held = std::exchange(held_, {});  // what is carried out has views of it, to its end
    const std::size_t left = read(Bytes{held}.subspan(std::exchange(held_read_, 0)));
    if (left > 0) {
        held_read_ = held.size() - left;
        held_ = std::move(held);
    }
    transport_.wake();
}

bool DeviceConnection::wants_input() const {
    return held_.empty() && machine_.is_reading();
}

void DeviceConnection::on_written() {
    if (!finished_ && congested_) {
        devices_.look_at_congestion(*this);
        devices_.finish_turn();
    }
}

void DeviceConnection::on_lost(std::string_view why) {
    if (orphaned_) {
        return;
    }
    devices_.on_lost(*this, why);
    devices_.finish_turn();
}

void DeviceConnection::on_tick(Instant) {
    if (!finished_) {
        devices_.on_time(*this);
        devices_.finish_turn();
    }
}

bool DeviceConnection::on_revoked(std::string_view why) {
    devices_.kick(*this, why);
    return finished_;
}

void DeviceConnection::orphan() {
    orphaned_ = true;
    finished_ = true;
    transport_.abort("the daemon is gone");
}

}  // namespace weft::gateway
