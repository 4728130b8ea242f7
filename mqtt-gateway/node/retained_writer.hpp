#pragma once

#include "mqtt-gateway/node/publications.hpp"
#include "mqtt-gateway/session/actions.hpp"
#include "mqtt-gateway/store/store.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>

namespace weft::gateway {

/// Retained messages on their way to the store, in rounds: while one is written the next is
/// collected, and of each topic it has the last message only. However fast they come, and however
/// slow the disk is, what waits is bounded.
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

    /// Before it nothing is written. `store` must outlive it.
    void use(mqtt_store::Store& store) { store_ = &store; }

    bool has_room(const mqtt_mapping::KeptMessage& message) const;
    /// By its topic; without a payload, what is there is removed.
    void keep(mqtt_store::SharedMessage message);
    void forget(std::string topic);
    /// `written` tells it once all that was kept so far is durable.
    void await(DeviceId device, session::PublishTicket ticket, session::Taken taken);

    void on_stored(mqtt_store::Store::Ticket through);

private:
    struct Publish {
        std::uint64_t round = 0;
        DeviceId device = 0;
        session::PublishTicket ticket{};
        session::Taken taken{};
    };

    void set(std::string topic, mqtt_store::SharedMessage message);
    void write();

    Written written_;
    mqtt_store::Store* store_ = nullptr;
    std::map<std::string, mqtt_store::SharedMessage, std::less<>> waiting_;  // null: none any more
    std::size_t bytes_ = 0;                                                  // of these
    std::uint64_t file_bytes_ = 0;           // what they will take of the store's file
    std::uint64_t round_ = 1;                // in which they will be written
    mqtt_store::Store::Ticket writing_ = 0;  // where the round before ends; 0: it is durable
    std::deque<Publish> publishes_;          // by round
};

}  // namespace weft::gateway
