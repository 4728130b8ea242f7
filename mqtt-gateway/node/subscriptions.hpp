#pragma once

#include "common/base/result.hpp"
#include "common/keys/wildcard_shapes.hpp"
#include "mqtt-gateway/codec/reason.hpp"
#include "mqtt-gateway/mapping/address_space.hpp"
#include "mqtt-gateway/mapping/filter_tree.hpp"
#include "mqtt-gateway/mapping/message_reader.hpp"
#include "mqtt-gateway/node/device.hpp"
#include "mqtt-gateway/node/permissions.hpp"
#include "mqtt-gateway/node/uplink.hpp"
#include "mqtt-gateway/session/actions.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace weft::gateway {

/// Who wants what: the subscriptions of all devices, and the links of the uplink that bring it.
///
///   asked ──all its links attached──▶ granted ──drop, or another grant──▶ gone
///     └──────one refused, or not attached within kPatience──▶ gone (those of a store wait on)
///
/// An address that many may have (multicast, topic) has one link for all devices, and messages are
/// fanned out by the filter tree. One whose messages go to one consumer each (queue, anycast) has a
/// link for each subscription.
///
/// Threading: loop-confined.
class Subscriptions {
public:
    /// What becomes of a request, to be told to the device's session.
    struct Answer {
        DeviceId device = 0;
        session::SubscribeTicket ticket{};
        mqtt::Reason reason{};
        bool send_retained = false;
    };
    using Answers = std::vector<Answer>;

    /// One subscription of a device that gets a message.
    struct Wanted {
        Device* device = nullptr;
        session::SubscriptionNumber number{};
        /// Of the links that bring it the first one, which is not attached; 0: it came by that one.
        ReceptionId instead_of = 0;
    };

    /// Ways in which filters have wildcards before their last level (keys::WildcardShapes), of all
    /// sessions: up to it they bring new ones, and each has what the others leave free. Those that
    /// a store had are kept.
    static constexpr std::size_t kShapesMax = 256;
    /// So many nodes of the tree, looked at for a message, cost a step.
    static constexpr std::uint64_t kNodesOfStep = 8;
    /// A router that has not taken a link by then won't soon.
    static constexpr Duration kPatience = std::chrono::seconds{10};

    /// All must outlive it.
    Subscriptions(Uplink& uplink, const mqtt_mapping::AddressSpace& space, Permissions& permissions)
        : uplink_{uplink}, space_{space}, permissions_{permissions} {}

    /// Of sessions that outlive the gateway brokers keep the subscriptions to topics, under names
    /// that all gateways know; `gateway`: this one's id. Before the first one.
    void keep_at_brokers(std::string gateway) { gateway_ = std::move(gateway); }

    void subscribe(Device& device,
                   const session::Subscribe& request,
                   Instant now,
                   Answers& answers);
    /// Requests for it that wait for a link are answered as if it had come just before.
    void unsubscribe(Device& device, session::SubscriptionNumber number, Answers& answers);
    /// The device's session has ended.
    void drop(Device& device);

    // Events of the uplink.
    void on_attached(ReceptionId id, Answers& answers);
    void on_detached(ReceptionId id);
    void on_refused(ReceptionId id, const Error& why, Answers& answers);
    /// What was asked for and waits for too long is refused.
    void end_waits(Instant now, Answers& answers);

    /// Who gets a message which came by that link, those of one device side by side; `wanted` is
    /// overwritten. Of a group that shares a filter: one that takes messages now goes before one
    /// that does not. If several links of a subscription bring it, the first one that is attached
    /// counts.
    void match(ReceptionId by,
               const mqtt_mapping::MeshMessage& message,
               std::vector<Wanted>& wanted);
    /// Those that a message comes to instead of a link which is not attached, and that got it by
    /// that one before: `came` is asked for its address. True: there are such.
    bool take_out(std::vector<Wanted>& wanted,
                  const std::function<bool(std::string_view address)>& came) const;
    /// The subscription that has the link for itself; no device: others have it, too.
    Wanted owner_of(ReceptionId id) const;
    /// A broker keeps what it brings for the session: all of the address's subscriptions together.
    bool is_kept(ReceptionId id) const {
        const auto link = links_.find(id);
        return link != links_.end() && link->second.kept;
    }
    /// The address that a link receives from; empty: it is gone.
    std::string_view address_of(ReceptionId id) const;

    /// Gives the device's own links credit for what it can take now, if that has changed.
    void allow(Device& device);

    /// Those that are granted.
    std::size_t size() const { return tree_.subscriptions(); }
    std::size_t filters() const { return tree_.filters(); }
    /// What all matches have cost: nodes that were looked at, and who got a message.
    std::uint64_t steps() const { return tree_.steps() / kNodesOfStep + given_; }

private:
    using SlotNumber = std::uint32_t;
    enum class Life : std::uint8_t { asked, granted };
    /// A request that is not answered.
    struct Asked {
        session::SubscribeTicket ticket{};
        mqtt::Qos qos{};
        bool send_retained = false;
    };
    struct Slot {
        Device* device = nullptr;
        session::SubscriptionNumber number{};
        std::string filter;  // as subscribed
        Life life = Life::asked;
        std::vector<ReceptionId> links;
        std::vector<Asked> asked;
    };
    struct Link {
        std::string address;
        mqtt_mapping::AddressType type{};
        bool exclusive = false;
        bool kept = false;  // by a broker, for one session
        bool attached = false;
        std::unordered_set<SlotNumber> slots;
        std::unordered_set<SlotNumber> asked;  // of these: with a request that waits for it
    };

    Slot* find(const Device& device, session::SubscriptionNumber number, SlotNumber& at);
    ReceptionId link_for(const mqtt_mapping::Source& source,
                         SlotNumber slot,
                         Device& device,
                         bool stands);
    ReceptionId kept_link(const Device& device, std::string_view address) const;
    bool is_kept_at_brokers(const Device& device) const {
        return !gateway_.empty() && device.is_kept();
    }
    std::string name_of(const Device& device, std::string_view address);
    void ask(SlotNumber at, Slot& slot, Asked asked, Instant now, Answers& answers);
    void grant_if_ready(SlotNumber at, Slot& slot, Answers& answers);
    void give_up(SlotNumber at, Slot& slot, Answers& answers);
    void leave(SlotNumber at, Slot& slot);
    bool is_brought_by(ReceptionId by,
                       const Slot& slot,
                       std::string_view address,
                       ReceptionId& instead_of) const;

    Uplink& uplink_;
    const mqtt_mapping::AddressSpace& space_;
    Permissions& permissions_;
    std::string gateway_{};  // empty: brokers keep nothing
    std::unordered_map<SlotNumber, Slot> slots_;
    std::map<std::pair<DeviceId, std::uint32_t>, SlotNumber> by_device_;
    std::unordered_map<ReceptionId, Link> links_;
    std::map<std::string, ReceptionId, std::less<>> shared_;  // by address
    mqtt_mapping::FilterTree tree_;
    keys::WildcardShapes shapes_{kShapesMax};  // of the filters of all slots
    mqtt_mapping::Matches matches_;            // of the search under way
    std::uint64_t given_ = 0;
    std::deque<std::pair<Instant, SlotNumber>> waits_;  // since when; some are answered
    SlotNumber last_ = 0;
    std::uint64_t last_kept_ = 0;
};

}  // namespace weft::gateway
