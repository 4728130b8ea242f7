#pragma once

#include "common/io/loop.hpp"
#include "mqtt-gateway/mapping/address_space.hpp"
#include "mqtt-gateway/mapping/message_reader.hpp"
#include "mqtt-gateway/node/deadlines.hpp"
#include "mqtt-gateway/node/device.hpp"
#include "mqtt-gateway/node/device_limits.hpp"
#include "mqtt-gateway/node/due.hpp"
#include "mqtt-gateway/node/entrance.hpp"
#include "mqtt-gateway/node/keeper.hpp"
#include "mqtt-gateway/node/permissions.hpp"
#include "mqtt-gateway/node/publisher.hpp"
#include "mqtt-gateway/node/repeats.hpp"
#include "mqtt-gateway/node/retention.hpp"
#include "mqtt-gateway/node/roster.hpp"
#include "mqtt-gateway/node/subscriptions.hpp"
#include "mqtt-gateway/node/uplink.hpp"
#include "mqtt-gateway/session/counters.hpp"
#include "mqtt-gateway/session/settings.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::gateway {

/// All devices of a loop: their connections, their sessions by client identifier, and the mesh on
/// the other side. What sessions ask for is carried out here.
///
/// A session is never called from within its own actions, nor an answer given from within another:
/// what is answered at once waits in `due_` until `finish_turn`, which every event ends with.
///
/// Threading: loop-confined.
class Devices final : public UplinkUser {
public:
    using Limits = DeviceLimits;
    using Counters = DeviceCounters;

    /// `loop` must outlive it.
    Devices(io::Loop& loop,
            session::Settings settings,
            mqtt_mapping::AddressSpace space,
            const Limits& limits);
    ~Devices() override;

    Uplink& uplink() { return uplink_; }
    const Uplink& uplink() const { return uplink_; }
    const Counters& own_counters() const { return own_counters_; }
    const Publisher& publisher() const { return publisher_; }
    Retention& retention() const { return *retention_; }
    const Subscriptions& subscriptions() const { return subscriptions_; }
    const Roster::Connections& connections() const { return roster_.connections(); }
    const Roster::All& all() const { return roster_.devices(); }

    /// Reads what the store has; before the first router and device. Waits for the disk.
    /// Errors: as mqtt_store::Store::open.
    [[nodiscard]] Result<void> restore(const mqtt_store::Store::Options& options);
    Keeper& keeper() { return keeper_; }
    const Keeper& keeper() const { return keeper_; }
    Entrance& entrance() const { return *entrance_; }
    /// Says goodbye to all devices: they may find another gateway.
    void close_all();
    /// The daemon ends first: nothing of it is used when the transports go.
    void orphan_all();
    /// It is to go, and hears why.
    void kick(DeviceConnection& connection, std::string_view why);

    // --- for the connections -------------------------------------------------------------------
    const session::Settings& settings() const { return settings_; }
    session::Counters& counters() { return counters_; }
    const session::Counters& counters() const { return counters_; }
    /// Not used before, by any gateway, and not to be guessed.
    std::uint64_t unique();
    std::uint64_t add(DeviceConnection& connection) { return roster_.add(connection); }
    /// One packet. False: no more can be read now.
    bool read(DeviceConnection& connection, Bytes& in);
    void look_at_congestion(DeviceConnection& connection);
    void on_time(DeviceConnection& connection);
    void on_lost(DeviceConnection& connection, std::string_view why);
    /// Carries out what was put off; each event ends with it.
    void finish_turn();

private:
    class Actions;  // what sessions ask for, carried out
    friend Entrance;

    // UplinkUser
    void on_up() override;
    void on_down() override;
    void on_fate(PublicationId id, Fate fate, Bytes state) override;
    void on_attached(ReceptionId id) override;
    void on_detached(ReceptionId id) override;
    void on_refused(ReceptionId id, const Error& why) override;
    void on_drained(ReceptionId id, bool to_end) override;
    void on_message(const Arrival& arrival, Bytes message) override;
    std::uint64_t steps() const override { return subscriptions_.steps(); }

    void carry_out(DeviceConnection* connection, Device* device, session::Output& out);
    /// `call(session or machine, now, out)`, and what comes of it.
    template <class F>
    void tell(Device& device, F&& call);
    template <class F>
    void tell(DeviceConnection& connection, F&& call);

    void take(const Unsubscribed& due);
    void take(const Stored& due);
    void take(const Unblocked& due);
    void take(const Subscriptions::Answer& due);
    void take(const Publisher::Answer& due);

    void close(DeviceConnection& connection, mqtt::Reason reason, std::string_view why);
    QueueBrowser* browser_at(ReceptionId id) const;
    void deliver_kept(Device& device,
                      const Arrival& arrival,
                      const mqtt_mapping::MeshMessage& message,
                      const Moment& moment);
    void settle_answers(const Subscriptions::Answers& answers);
    bool give_retained(DeviceId id,
                       session::SubscriptionNumber subscription,
                       const mqtt_mapping::SharedMessage& kept);
    void deliver(Device& device, const session::Delivery& delivery);
    void fan_out(const Arrival& arrival,
                 const mqtt_mapping::MeshMessage& message,
                 const Moment& moment,
                 bool others_have_it);
    void leave_out(const Arrival& arrival);
    void fan_out_once(const Arrival& arrival,
                      const std::string& key,
                      const mqtt_mapping::MeshMessage& message,
                      const Moment& moment,
                      bool others_have_it);

    // devices_kept.cpp: what is in the store
    bool queue_for(Device& device,
                   const mqtt_mapping::SharedMessage& kept,
                   mqtt_store::Store::Copies copies,
                   const session::MessagePtr& message);
    void take_kept(const mqtt_store::KnownSession& known, const Moment& moment);
    void read_queue(Device& device);
    void on_queue(const Keeper::Reading& reading);
    bool take_queued(Device& device, const mqtt_store::QueuedMessage& queued, const Moment& moment);
    void sweep();
    void remove_ended();
    void on_time(Device& device);

    io::Loop& loop_;
    session::Settings settings_;
    mqtt_mapping::AddressSpace space_;
    session::Counters counters_;
    Counters own_counters_;
    Permissions permissions_;
    Keeper keeper_;
    Repeats repeats_;
    Uplink uplink_;
    std::unique_ptr<Retention> retention_;
    Publisher publisher_;
    Subscriptions subscriptions_;
    mqtt_mapping::MessageReader reader_;
    Roster roster_;
    std::unique_ptr<Entrance> entrance_;
    std::deque<Due> due_;
    bool in_turn_ = false;  // due_ is being emptied
    std::vector<DeviceId> ended_;
    Deadlines deadlines_;
    io::Timer sweeper_;
    io::Timer patience_;
    session::Output out_;  // of the call under way; there is one at a time
    std::vector<Subscriptions::Wanted> wanted_;
    std::vector<session::SubscriptionNumber> numbers_;
};

template <class F>
void Devices::tell(Device& device, F&& call) {
    out_.clear();
    call(device.session, loop_.now(), out_);
    carry_out(device.connection, &device, out_);
}

template <class F>
void Devices::tell(DeviceConnection& connection, F&& call) {
    out_.clear();
    Device* const device = connection.device;
    call(connection.machine(), loop_.now(), out_);
    carry_out(&connection, device, out_);
}

}  // namespace weft::gateway
