#pragma once

#include "common/base/result.hpp"
#include "mqtt-gateway/node/device.hpp"
#include "mqtt-gateway/node/messages.hpp"
#include "mqtt-gateway/node/retained_writer.hpp"
#include "mqtt-gateway/node/session_rows.hpp"
#include "mqtt-gateway/node/uplink.hpp"
#include "mqtt-gateway/session/actions.hpp"
#include "mqtt-gateway/store/store.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::gateway {

/// A session of the store, as one that is made from it is to have it; and since when its device is
/// away.
session::SessionRow row_of(const mqtt_store::KnownSession& known);
Instant since(const mqtt_store::KnownSession& known, const Moment& moment);

/// What the session of a client that connects adds to the store's file; 0: no more than it has.
/// `known` null: it is new. `will`: bytes of that of the connection; 0: none.
std::uint64_t row_bytes(const Device* known, std::string_view client_id, std::size_t will);
/// Likewise a subscription that the mesh grants.
std::uint64_t row_bytes(const Device& device, session::SubscriptionNumber granted);

/// What outlives the gateway: sessions with their subscriptions, ids and queues, retained messages,
/// and wills that were fired. The store, in the words of sessions.
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
        RetainedWriter::Written retained;
        /// The gateway is responsible for it now.
        std::function<void(const Arrival& arrival)> kept;
        /// All of these were told that a commit had to wait for; who asks for what is durable
        /// already is told at once.
        std::function<void()> told;
        std::function<void(const Error& error)> failed;
    };

    Keeper(io::Loop& loop, Events events)
        : loop_{loop}, events_{std::move(events)}, retained_{events_.retained} {}
    Keeper(const Keeper&) = delete;
    Keeper& operator=(const Keeper&) = delete;

    /// Sessions are kept there, and not in a store, of which there is none then. It must outlive
    /// this.
    void use(SessionRows& rows) { rows_ = &rows; }
    /// What the store has. Waits for the disk. Before it nothing is kept.
    /// Errors: as mqtt_store::Store::open.
    [[nodiscard]] Result<mqtt_store::Known> open(const mqtt_store::Store::Options& options);
    bool has_failed() const { return store_ && store_->has_failed(); }
    /// Null: there is none.
    mqtt_store::Store* store() const { return store_.get(); }

    // What sessions ask for.
    void perform(Device& device, const session::StoreSession& asked, const Moment& moment);
    void perform(Device& device, const session::StoreSubscription& asked);
    void perform(Device& device, const session::ForgetSubscription& asked);
    void perform(Device& device, const session::StoreIncoming& asked);
    void perform(Device& device, const session::StoreSerials& asked);
    void perform(Device& device, const session::StoreOutgoing& asked);
    void perform(Device& device, const session::AwaitStore& asked);
    void perform(Device& device, const session::ForgetOutgoing& asked);
    void perform(Device& device, const session::EraseSession& asked);

    // Messages for sessions that outlive their connection.
    /// The device has a queue here.
    bool has_queue(const Device& device) const {
        return store_ && device.stored != mqtt_store::SessionNumber{};
    }
    /// Whether messages for the device go to it: also behind what an older connection left there.
    bool keeps_for(const Device& device) const {
        return has_queue(device) &&
               (device.session.life().expiry_seconds != 0 || !device.queue.is_read());
    }
    /// Whether the store's file has room for what `row_bytes` says.
    bool has_room(std::uint64_t bytes) const {
        return !store_ || bytes == 0 || store_->has_room(mqtt_store::Store::Room::session, bytes);
    }
    /// Its number in the device's queue; 0: the queue is full.
    mqtt_store::EntryNumber queue(Device& device,
                                  mqtt_store::SharedMessage message,
                                  mqtt_store::Store::Copies copies);
    void remove(const Device& device, mqtt_store::EntryNumber entry);
    /// `arrival` is told as kept once all that was asked so far is durable; perhaps it is.
    void keep(const Arrival& arrival);
    /// What was read of the device's queue, as it was asked for.
    struct Reading {
        DeviceId device = 0;
        mqtt_store::SessionNumber session{};
        mqtt_store::EntryNumber after = 0;
        mqtt_store::EntryNumber last = 0;  // the youngest that there was
        mqtt_store::QueueReading read{};
    };
    /// Reads on in the device's queue, if something is there and not read, and nothing is being
    /// read. `read` is told of it.
    using Read = std::function<void(const Reading& reading)>;
    void read_on(Device& device, std::size_t most, Read read);

    /// Told of another place before `open`, it does not use the store.
    RetainedWriter& retained() { return retained_; }
    // Wills that were fired, until the mesh has spoken. 0: it can't be kept.
    mqtt_store::WillNumber keep_will(mqtt_store::FiredWill will);
    void forget_will(mqtt_store::WillNumber will);
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

    bool is_durable() const;
    void await(Waiting waiting);
    /// Its record in the queue of sessions, to be changed; null: it has none.
    mqtt_store::SessionRecord* record_of(const Device& device);
    void answer(const Device& device, session::StoreTicket ticket);
    void on_stored(mqtt_store::Store::Ticket through);

    io::Loop& loop_;
    Events events_;
    SessionRows* rows_ = nullptr;  // null: sessions are not kept in a queue
    std::unique_ptr<mqtt_store::Store> store_;
    std::unique_ptr<StorePlace> store_place_;  // null: retained messages are kept elsewhere
    std::deque<Waiting> waiting_;
    mqtt_store::Store::Ticket stored_ = 0;  // what was asked up to it is durable
    RetainedWriter retained_;
};

}  // namespace weft::gateway
