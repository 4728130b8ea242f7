#pragma once

#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/io/loop.hpp"
#include "mqtt-gateway/mapping/message_reader.hpp"
#include "mqtt-gateway/mapping/message_writer.hpp"
#include "mqtt-gateway/mapping/retained_copy.hpp"
#include "mqtt-gateway/node/messages.hpp"
#include "mqtt-gateway/node/queue_browser.hpp"
#include "mqtt-gateway/node/retained_place.hpp"
#include "mqtt-gateway/node/uplink.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace weft::gateway {

/// Retained messages in a queue of the mesh, a row for each topic, which all gateways share that
/// name it. The gateway browses it for as long as it lives, and has a copy of all of it; what its
/// devices retain it writes there.
///
///   a row:      sent ──accepted──▶ done          └─ its fence is passed ──▶ sent with a higher one
///                 └── nobody takes it, or nobody knows ──▶ sent again, the same
///
/// Threading: loop-confined.
class RetainedQueue final : public RetainedPlace {
public:
    struct Options {
        std::string address;  // of the queue
        std::string owner;    // of fences: the gateway
    };
    struct Counters {
        std::uint64_t rows_refused = 0;  // written by devices here; the queue does not have them
        std::uint64_t rows_full = 0;     // read there; there was no room in the copy
        std::uint64_t rows_invalid = 0;  // read there; they are none
        std::uint64_t fenced = 0;        // written once more, for another gateway was first
    };
    struct User {
        /// All that was asked for up to the ticket is done.
        std::function<void(Ticket through)> stored;
        /// What was written for the topic is not in the queue.
        std::function<void(std::string_view topic)> refused;
    };

    /// How long the row of a topic lives of which nothing is retained: what was sent before it and
    /// comes late is older.
    static constexpr mqtt_mapping::WallTime kGoneLife = mqtt_mapping::WallTime{10} * 60 * 1000;

    /// All must outlive it.
    RetainedQueue(io::Loop& loop,
                  Uplink& uplink,
                  const mqtt_mapping::AddressSpace& space,
                  mqtt_mapping::Retained& retained,
                  Options options,
                  User user);

    // RetainedPlace
    bool has_failed() const override { return false; }
    bool has_room(std::uint64_t) const override { return true; }
    bool is_shared() const override { return true; }
    void put(const std::string& topic, mqtt_store::SharedMessage message) override;
    Ticket asked() override;

    QueueBrowser& browser() { return browser_; }
    const QueueBrowser& browser() const { return browser_; }
    const Counters& counters() const { return counters_; }
    std::size_t under_way() const { return writes_.size(); }

    // Events of the uplink that are its own.
    bool writes(PublicationId id) const { return writes_.contains(id); }
    void on_message(const Arrival& arrival, Bytes message);
    void on_fate(PublicationId id, UplinkUser::Fate fate, Bytes state);

private:
    struct Write {
        mqtt_store::SharedMessage message{};
        mqtt_mapping::RetainedCopy::Epoch epoch = 0;
    };

    void send(mqtt_store::SharedMessage message);
    void on_rejected(PublicationId id, const Write& write, Bytes state);
    void refuse(const mqtt_store::SharedMessage& message);
    void end(PublicationId id);
    void tell_soon();

    io::Loop& loop_;
    Uplink& uplink_;
    mqtt_mapping::RetainedCopy copy_;
    Options options_;
    User user_;
    mqtt_mapping::MessageWriter writer_;
    mqtt_mapping::MessageReader reader_;
    QueueBrowser browser_;
    std::unordered_map<PublicationId, Write> writes_;
    Ticket last_ = 0;
    Counters counters_;
    io::Timer telling_;
};

}  // namespace weft::gateway
