#pragma once

#include "mqtt-gateway/mapping/message_writer.hpp"
#include "mqtt-gateway/mapping/retained.hpp"
#include "mqtt-gateway/node/device.hpp"
#include "mqtt-gateway/node/keeper.hpp"
#include "mqtt-gateway/node/messages.hpp"
#include "mqtt-gateway/node/permissions.hpp"
#include "mqtt-gateway/node/uplink.hpp"
#include "mqtt-gateway/session/actions.hpp"
#include "mqtt-gateway/session/counters.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weft::gateway {

/// What devices publish, on its way into the mesh: topics become addresses, packets messages, and
/// what the mesh says of them an answer for the device's session.
///
/// A message that is to be kept for its topic is kept once the mesh has it: what is refused is not
/// retained either.
///
/// Threading: loop-confined.
class Publisher {
public:
    struct Counters {
        std::uint64_t dropped_no_address = 0;  // QoS 0: nothing is declared for its topic
        std::uint64_t dropped_no_router = 0;   // QoS 0
        std::uint64_t dropped_full = 0;        // QoS 0: too many bytes wait
        std::uint64_t dropped_invalid = 0;     // QoS 0: it can't be said in AMQP
        std::uint64_t wills = 0;
        std::uint64_t wills_lost = 0;     // the mesh refused them, or nobody took them in time
        std::uint64_t retained_full = 0;  // not kept: the limit is reached
        /// Of clients of AMQP, who retain by themselves where gateways share what is retained.
        std::uint64_t retained_elsewhere = 0;
    };
    /// What is to be told to the session.
    struct Answer {
        DeviceId device = 0;
        session::PublishTicket ticket{};
        session::Taken taken{};
        std::string_view why{};
    };

    /// All must outlive it. `patience`: how long a will that nobody takes is tried. `sessions`:
    /// whose wills they are.
    Publisher(Uplink& uplink,
              const mqtt_mapping::AddressSpace& space,
              Permissions& permissions,
              mqtt_mapping::Retained& retained,
              Keeper& keeper,
              Duration patience,
              session::Counters& sessions)
        : uplink_{uplink},
          space_{space},
          permissions_{permissions},
          retained_{retained},
          keeper_{keeper},
          patience_{patience},
          sessions_{sessions},
          writer_{space} {}

    /// An answer, if it is known at once. One without a ticket has none.
    std::optional<Answer> publish(Device& device,
                                  const session::Publish& publish,
                                  const Moment& moment);
    std::optional<Answer> again(Device& device, session::PublishTicket ticket);
    void abandon(Device& device, session::PublishTicket ticket);
    /// The device has ended: what is under way goes on, and nobody hears of it.
    void leave(Device& device);
    /// Whatever its QoS, it is tried until the mesh has spoken; until then the store has it, and
    /// the next gateway goes on with it, under the same message-id. It must be told before the
    /// store is asked to forget it with its session.
    void publish_will(const Device& device, const session::FireWill& fired, const Moment& moment);
    /// One that an older gateway did not get rid of.
    void publish_will(const mqtt_store::KnownWill& known, const Moment& moment);

    /// As UplinkUser::on_fate. `device` is that of the publication; null: it has ended. An answer,
    /// if somebody waits for it and it need not wait for the store.
    std::optional<Answer> on_fate(
        PublicationId id, UplinkUser::Fate fate, Bytes state, Device* device, Instant now);

    /// Keeps it for its topic; null: nothing. True: the store is asked to, too.
    bool keep(const mqtt_mapping::SharedMessage& message);
    /// What no device of this gateway published, and is to be retained. Where gateways share that,
    /// its device's does it.
    void keep_of_others(const mqtt_mapping::MeshMessage& message);

    const Counters& counters() const { return counters_; }

private:
    /// A will on its way.
    struct Will {
        std::string_view client_id{};
        std::string_view user{};
        std::string_view message_id{};
        mqtt::Publish packet{};
        mqtt_store::WillNumber number{};
    };
    void publish_will(const Will& will, const Moment& moment);
    void lose(const Will& will);
    bool may_wait(const Publication& will, PublicationId id, Instant now) const;
    void settle_alone(PublicationId id, UplinkUser::Fate fate, session::Taken taken, Instant now);
    void forget_will(mqtt_store::WillNumber will, bool is_retained);
    mqtt_mapping::SharedMessage kept_of(const mqtt::Publish& packet,
                                        std::string_view client_id,
                                        const Moment& moment) const;

    Uplink& uplink_;
    const mqtt_mapping::AddressSpace& space_;
    Permissions& permissions_;
    mqtt_mapping::Retained& retained_;
    Keeper& keeper_;
    Duration patience_;
    session::Counters& sessions_;
    mqtt_mapping::MessageWriter writer_;
    Counters counters_;
    std::string path_;        // of the topic under way
    std::string message_id_;  // of the publish under way
};

}  // namespace weft::gateway
