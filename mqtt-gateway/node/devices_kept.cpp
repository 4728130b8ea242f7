#include "mqtt-gateway/codec/topic.hpp"
#include "mqtt-gateway/node/devices.hpp"
#include "mqtt-gateway/node/messages.hpp"
#include "mqtt-gateway/node/wanted.hpp"

#include <algorithm>
#include <memory>
#include <string>

namespace weft::gateway {

// --- queues in the store ------------------------------------------------------------------------

/// To its queue in the store, and, if nothing is before it there, at once to its device. False: the
/// queue is full.
bool Devices::queue_for(Device& device,
                        const mqtt_mapping::SharedMessage& kept,
                        mqtt_store::Store::Copies copies,
                        const session::MessagePtr& message) {
    const bool at_once = device.session.is_connected() && device.queue.is_read();
    const mqtt_store::EntryNumber entry = keeper_.queue(device, kept, copies);
    if (entry == 0) {
        ++own_counters_.queue_full;
        return false;
    }
    if (at_once) {
        device.queue.read = entry;
        deliver(device, {.message = message,
                         .subscriptions = numbers_,
                         .token = device.hold({.entry = entry}),
                         .id = Device::packet_of(entry)});
    }
    return true;
}

/// As much as the device can take.
void Devices::read_queue(Device& device) {
    constexpr std::uint32_t kAtOnce = 100;
    if (device.session.is_connected() && !device.queue.is_read() && keeper_.has_queue(device)) {
        keeper_.read_on(device, std::min(device.session.credit(), kAtOnce),
                        [this](const Keeper::Reading& reading) { on_queue(reading); });
    }
}

/// What was read for a session that began anew meanwhile, or from where the queue is not read any
/// more, is nothing.
void Devices::on_queue(const Keeper::Reading& reading) {
    Device* device = roster_.find(reading.device);
    if (device == nullptr || device->stored != reading.session) {
        return;
    }
    device->queue.reading = false;
    if (device->queue.read == reading.after) {
        const Moment moment = Moment::at(loop_.now());
        const bool all = std::ranges::all_of(reading.read.messages,
                                             [&](const mqtt_store::QueuedMessage& queued) {
                                                 return take_queued(*device, queued, moment);
                                             });
        if (all && reading.read.complete) {
            device->queue.read = std::max(device->queue.read, reading.last);  // the others are gone
        }
    }
    read_queue(*device);
    subscriptions_.allow(*device);
    finish_turn();
}

/// False: its device is not there, or has no room. It is read again then.
bool Devices::take_queued(Device& device,
                          const mqtt_store::QueuedMessage& queued,
                          const Moment& moment) {
    if (!device.session.is_connected()) {
        return false;
    }
    device.queue.read = queued.number;
    if (device.holds(queued.number)) {
        return true;  // it is on its way
    }
    find_wanted(device, queued.message->publish().topic, queued.message->client_id(), numbers_);
    const bool again = queued.number <= device.queue.known;
    if (numbers_.empty() && !again) {
        ++own_counters_.unwanted;
        keeper_.remove(device, queued.number);
        return true;
    }
    deliver(device, {.message = message_of(*queued.message, moment),
                     .subscriptions = numbers_,
                     .token = device.hold({.entry = queued.number}),
                     .id = queued.packet != 0 ? queued.packet : Device::packet_of(queued.number),
                     .again = again});
    return device.queue.read >= queued.number;  // it was not released
}

// --- what the store has at the start ------------------------------------------------------------

Result<void> Devices::restore(const mqtt_store::Store::Options& options) {
    WEFT_TRY(mqtt_store::Known known, keeper_.open(options));
    const Moment moment = Moment::at(loop_.now());
    repeats_.use(*keeper_.store(), options.bytes_max, known.seen);
    retention_->load(std::move(known.retained));
    for (const mqtt_store::KnownSession& session : known.sessions) {
        take_kept(session, moment);
    }
    for (const mqtt_store::KnownWill& will : known.wills) {
        publisher_.publish_will(will, moment);
    }
    finish_turn();
    return {};
}

void Devices::take_kept(const mqtt_store::KnownSession& known, const Moment& moment) {
    Device& made = roster_.add(std::make_unique<Device>(
        roster_.next(), known, row_of(known), since(known, moment), settings_, counters_));
    Subscriptions::Answers answers;
    for (const session::SubscriptionEntry& entry : made.session.subscriptions().all()) {
        const mqtt::TopicFilter parts = mqtt::split(entry.filter);
        const session::Subscribe request{.ticket = {.subscription = entry.number},
                                         .filter = parts.filter,
                                         .group = parts.share,
                                         .qos = entry.qos,
                                         .existing = true};
        subscriptions_.subscribe(made, request, moment.now, answers);
    }
    settle_answers(answers);
    deadlines_.plan(made);
}

/// What has expired and nobody came for; if there is much, in more turns.
void Devices::sweep() {
    constexpr std::size_t kAtOnce = 1000;
    const mqtt_mapping::WallTime wall = Moment::at(loop_.now()).wall;
    const std::size_t gone = retention_->expire(wall, kAtOnce);
    own_counters_.expired += gone;
    const bool more = gone == kAtOnce;
    keeper_.sweep(wall, [this, more](std::size_t swept) {
        own_counters_.expired += swept;
        if (more || swept == mqtt_store::Store::kSweptAtOnce) {
            sweep();
        }
    });
}

}  // namespace weft::gateway
