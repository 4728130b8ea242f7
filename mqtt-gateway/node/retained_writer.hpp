#pragma once

#include "mqtt-gateway/node/publications.hpp"
#include "mqtt-gateway/node/retained_place.hpp"
#include "mqtt-gateway/session/actions.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace weft::gateway {

/// Retained messages on their way to where they are kept, in rounds: while one is written the next
/// is collected, and of each topic it has the last message only. However fast they come, and
/// however slow the disk is, what waits is bounded. A topic is in one round at a time: its messages
/// become durable in their order.
///
///   collected (round n) ──round n - 1 is durable──▶ written ──▶ durable: who awaits it is told
///
/// Threading: loop-confined.
class RetainedWriter {
public:
    /// A publish that was accepted, and whose retained message is durable now.
    using Written =
        std::function<void(DeviceId device, session::PublishTicket ticket, session::Taken taken)>;
    /// Bytes that wait; beyond them nothing more is retained.
    static constexpr std::size_t kWaitingMax = std::size_t{64} * 1024 * 1024;

    explicit RetainedWriter(Written written) : written_{std::move(written)} {}

    /// Before it nothing is written. `place` must outlive it.
    void use(RetainedPlace& place) { place_ = &place; }
    /// `published` hears the topic of whatever is kept or forgotten.
    void watch(std::function<void(std::string_view topic)> published) {
        published_ = std::move(published);
    }
    /// They are kept by a place that other gateways have, too.
    bool is_shared() const { return place_ != nullptr && place_->is_shared(); }

    bool has_room(const mqtt_mapping::KeptMessage& message) const;
    /// By its topic; without a payload, what is there is removed.
    void keep(mqtt_store::SharedMessage message);
    /// One from before the gateway began, which nobody hears of.
    void keep_older(mqtt_store::SharedMessage message);
    void forget(std::string topic);
    /// A publish that waits.
    struct Publish {
        DeviceId device = 0;
        session::PublishTicket ticket{};
        session::Taken taken{};  // what its device is to hear
        bool is_once = false;    // QoS 2
        Instant since{};
        std::uint64_t round = 0;  // for `await` to say
    };
    /// `written` tells it once all that was kept so far is durable.
    void await(Publish publish);
    /// `then` runs once all that was kept so far is durable; perhaps it is.
    void when_durable(std::function<void()> then);
    /// Those that wait since that time are told that it takes too long: of QoS 1 for good.
    void give_up(Instant since);

    void on_stored(RetainedPlace::Ticket through);

private:
    void publish(std::string topic, mqtt_store::SharedMessage message);
    void set(std::string topic, mqtt_store::SharedMessage message);
    void write();
    /// In which all is that was kept so far.
    std::uint64_t round_of_all() const { return waiting_.empty() ? round_ - 1 : round_; }

    Written written_;
    std::function<void(std::string_view topic)> published_{};  // empty: nobody asks
    RetainedPlace* place_ = nullptr;
    std::map<std::string, mqtt_store::SharedMessage, std::less<>> waiting_;  // null: none any more
    std::size_t bytes_ = 0;                                                  // of these
    std::uint64_t file_bytes_ = 0;       // what they will take of the store's file
    std::uint64_t round_ = 1;            // in which they will be written
    RetainedPlace::Ticket writing_ = 0;  // where the round before ends; 0: it is durable
    std::deque<Publish> publishes_;      // by round
    std::deque<std::pair<std::uint64_t, std::function<void()>>> thens_;  // likewise
};

}  // namespace weft::gateway
