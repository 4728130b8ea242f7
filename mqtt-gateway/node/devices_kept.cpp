#include "common/io/log.hpp"
#include "mqtt-gateway/codec/topic.hpp"
#include "mqtt-gateway/config/log_modules.hpp"
#include "mqtt-gateway/node/devices.hpp"
#include "mqtt-gateway/node/messages.hpp"
#include "mqtt-gateway/session/topic_match.hpp"

#include <algorithm>
#include <memory>
#include <string>

namespace weft::gateway {

// --- queues in the store ------------------------------------------------------------------------

/// Whether one of its subscriptions in `numbers_` gets it with QoS 1 or 2.
bool Devices::gets_qos(const Device& device, const mqtt_mapping::MeshMessage& message) const {
    return message.qos != mqtt::Qos::at_most_once &&
           std::ranges::any_of(numbers_, [&](session::SubscriptionNumber number) {
               const session::SubscriptionEntry* entry =
                   device.session.subscriptions().find(number);
               return entry != nullptr && entry->qos != mqtt::Qos::at_most_once;
           });
}

/// To its queue in the store, and, if nothing is before it there, at once to its device. False: the
/// queue is full.
bool Devices::queue_for(Device& device,
                        const mqtt_mapping::SharedMessage& kept,
                        const session::MessagePtr& message) {
    const bool at_once = device.session.is_connected() && device.queue.is_read();
    const mqtt_store::EntryNumber entry = keeper_.queue(device, kept);
    if (entry == 0) {
        ++own_counters_.queue_full;
        return false;
    }
    if (at_once) {
        device.queue.read = entry;
        deliver(device, {.message = message,
                         .subscriptions = numbers_,
                         .token = device.hold({.entry = entry})});
    }
    return true;
}

/// As much as the device can take.
void Devices::read_queue(Device& device) {
    constexpr std::uint32_t kAtOnce = 100;
    if (device.session.is_connected() && !device.queue.is_read() && keeper_.keeps_for(device)) {
        keeper_.read_on(device, std::min(device.session.credit(), kAtOnce),
                        [this](DeviceId id, const mqtt_store::QueueReading& reading) {
                            on_queue(id, reading);
                        });
    }
}

void Devices::on_queue(DeviceId id, const mqtt_store::QueueReading& reading) {
    Device* device = find(id);
    if (device == nullptr) {
        return;
    }
    const Moment moment = Moment::at(loop_.now());
    for (const mqtt_store::QueuedMessage& queued : reading.messages) {
        if (!take_queued(*device, queued, moment)) {
            break;
        }
    }
    if (reading.messages.empty()) {
        device->queue.read = device->queue.last;  // the last ones are gone
    }
    device->queue.reading = false;
    read_queue(*device);
    finish_turn();
}

/// False: its device is not there, or has no room. It is read again then.
bool Devices::take_queued(Device& device,
                          const mqtt_store::QueuedMessage& queued,
                          const Moment& moment) {
    const bool is_received = queued.stage == mqtt_store::Stage::received;
    if (!is_received && !device.session.is_connected()) {
        return false;
    }
    device.queue.read = queued.number;
    if (is_received) {
        restore_id(device, queued);
    } else if (queued.message != nullptr && !device.holds(queued.number)) {
        find_wanted(device, queued.message->publish().topic);
        deliver(device, {.message = message_of(*queued.message, moment),
                         .subscriptions = numbers_,
                         .token = device.hold({.entry = queued.number}),
                         .id = queued.packet});
    }
    return device.queue.read >= queued.number;  // it was not released
}

/// Its subscriptions that a message of its queue is for, shared ones among them, in `numbers_`.
void Devices::find_wanted(const Device& device, std::string_view topic) {
    numbers_.clear();
    for (const session::SubscriptionEntry& entry : device.session.subscriptions().all()) {
        if (session::matches(mqtt::split(entry.filter).filter, topic)) {
            numbers_.push_back(entry.number);
        }
    }
}

/// A QoS 2 message that the device has.
void Devices::restore_id(Device& device, const mqtt_store::QueuedMessage& queued) {
    if (!device.is_releasing(queued.number)) {
        device.releasing.emplace_back(queued.packet, queued.number);
        deliver(device, {.id = queued.packet});
    }
}

// --- what the store has at the start ------------------------------------------------------------

Result<void> Devices::restore(const mqtt_store::Store::Options& options) {
    if (auto opened = keeper_.open(options); !opened) {
        return opened;
    }
    const Moment moment = Moment::at(loop_.now());
    for (mqtt_mapping::SharedMessage& kept : keeper_.take_retained()) {
        (void)retained_.keep(std::move(kept));
    }
    for (const mqtt_store::KnownSession& known : keeper_.take_sessions()) {
        take_kept(known, moment);
    }
    finish_turn();
    return {};
}

void Devices::take_kept(const mqtt_store::KnownSession& known, const Moment& moment) {
    const DeviceId id = ++last_device_;
    auto device = std::make_unique<Device>(id, known, row_of(known), since(known, moment),
                                           settings_, counters_);
    Device& made = *device;
    devices_.emplace(id, std::move(device));
    by_client_.emplace(made.session.client_id(), &made);
    Subscriptions::Answers answers;
    for (const session::SubscriptionEntry& entry : made.session.subscriptions().all()) {
        const mqtt::TopicFilter parts = mqtt::split(entry.filter);
        const session::Subscribe request{.ticket = {.subscription = entry.number},
                                         .filter = parts.filter,
                                         .group = parts.share,
                                         .qos = entry.qos,
                                         .existing = true};
        subscriptions_.subscribe(made, request, answers);
    }
    settle_answers(answers);
    plan(made);
    constexpr std::size_t kInFlightMax = 100;  // those that its device may have are the first ones
    keeper_.read_on(made, kInFlightMax, [this](DeviceId of, const mqtt_store::QueueReading& read) {
        on_queue(of, read);
    });
}

/// What has expired and nobody came for.
void Devices::sweep() {
    constexpr std::size_t kAtOnce = 1000;
    std::vector<std::string> gone;
    const mqtt_mapping::WallTime wall = Moment::at(loop_.now()).wall;
    retained_.expire(wall, kAtOnce, gone);
    own_counters_.expired += gone.size();
    for (std::string& topic : gone) {
        keeper_.forget_retained(std::move(topic));
    }
    keeper_.sweep(wall, [this](std::size_t swept) { own_counters_.expired += swept; });
}

}  // namespace weft::gateway
