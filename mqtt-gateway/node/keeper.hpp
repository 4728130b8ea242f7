#pragma once

#include "common/base/result.hpp"
#include "mqtt-gateway/node/device.hpp"
#include "mqtt-gateway/node/messages.hpp"
#include "mqtt-gateway/node/uplink.hpp"
#include "mqtt-gateway/session/actions.hpp"
#include "mqtt-gateway/store/store.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weft::gateway {

/// A session of the store, as one that is made from it is to have it; and since when its device is
/// away.
session::SessionRow row_of(const mqtt_store::KnownSession& known);
Instant since(const mqtt_store::KnownSession& known, const Moment& moment);

/// What outlives the gateway: sessions with their subscriptions, ids and queues, and retained
/// messages. The store, in the words of sessions.
///
/// Without a store it keeps nothing, and says at once that all is kept: sessions then live as long
/// as the process.
///
/// Threading: loop-confined.
class Keeper {
public:
    struct Events {
        /// All that the session asked for up to the ticket is durable.
        std::function<void(DeviceId device, session::StoreTicket ticket)> stored;
        /// The gateway is responsible for it now.
        std::function<void(const Arrival& arrival)> kept;
        std::function<void(const Error& error)> failed;
    };

    Keeper(io::Loop& loop, Events events) : loop_{loop}, events_{std::move(events)} {}
    Keeper(const Keeper&) = delete;
    Keeper& operator=(const Keeper&) = delete;

    /// Waits for the disk. Before it nothing is kept. Errors: as mqtt_store::Store::open.
    [[nodiscard]] Result<void> open(const mqtt_store::Store::Options& options);
    bool is_open() const { return store_ != nullptr; }
    bool has_failed() const { return store_ && store_->has_failed(); }
    const mqtt_store::Store* store() const { return store_.get(); }
    std::vector<mqtt_store::KnownSession> take_sessions();
    std::vector<mqtt_store::SharedMessage> take_retained();

    // What sessions ask for.
    void perform(Device& device, const session::StoreSession& asked, const Moment& moment);
    void perform(Device& device, const session::StoreSubscription& asked);
    void perform(Device& device, const session::ForgetSubscription& asked);
    void perform(Device& device, const session::StoreIncoming& asked);
    void perform(Device& device, const session::ForgetIncoming& asked);
    void perform(Device& device, const session::StoreSent& asked);
    void perform(Device& device, const session::StoreOutgoing& asked);
    void perform(Device& device, const session::ForgetOutgoing& asked);
    void perform(Device& device, const session::EraseSession& asked);

    // Messages for sessions that outlive their connection.
    /// Whether messages for the device are kept here.
    bool keeps_for(const Device& device) const {
        return is_open() && device.stored != mqtt_store::SessionNumber{} &&
               device.session.expiry_seconds() != 0;
    }
    /// Its number in the device's queue; 0: the queue is full.
    mqtt_store::EntryNumber queue(Device& device, mqtt_store::SharedMessage message);
    void remove(const Device& device, mqtt_store::EntryNumber entry);
    /// `arrival` is told as kept once all that was asked so far is durable.
    void keep(const Arrival& arrival);
    /// Reads on in the device's queue, if something is there and not read, and nothing is being
    /// read. `read` is told of it.
    using Read = std::function<void(DeviceId device, mqtt_store::QueueReading reading)>;
    void read_on(Device& device, std::size_t most, Read read);

    void retain(mqtt_store::SharedMessage message);
    void forget_retained(std::string topic);
    /// Removes messages of queues that have expired.
    void sweep(mqtt_store::WallTime now, std::function<void(std::size_t swept)> done);

    /// `idle` runs when all that was asked is durable.
    void when_idle(std::function<void()> idle);

private:
    struct Waiting {
        mqtt_store::Store::Ticket ticket = 0;
        DeviceId device = 0;  // 0: an arrival
        session::StoreTicket session_ticket = 0;
        Arrival arrival{};
    };

    void answer(const Device& device, session::StoreTicket ticket);
    void on_stored(mqtt_store::Store::Ticket through);

    io::Loop& loop_;
    Events events_;
    std::unique_ptr<mqtt_store::Store> store_;
    std::deque<Waiting> waiting_;
};

}  // namespace weft::gateway
