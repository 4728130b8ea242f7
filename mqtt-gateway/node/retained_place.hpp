#pragma once

#include "mqtt-gateway/store/records.hpp"
#include "mqtt-gateway/store/store.hpp"

#include <cstdint>
#include <string>

namespace weft::gateway {

/// Where retained messages are kept: they are asked for, and durable later. Threading:
/// loop-confined.
class RetainedPlace {
public:
    using Ticket = mqtt_store::Store::Ticket;

    virtual ~RetainedPlace() = default;

    virtual bool has_failed() const = 0;
    /// Whether there is room for so many bytes of a file.
    virtual bool has_room(std::uint64_t file_bytes) const = 0;
    /// Other gateways have it, too, and it is what they say: it forgets by itself what has expired.
    virtual bool is_shared() const = 0;
    /// `message` without a payload, or null: nothing is retained for the topic.
    virtual void put(const std::string& topic, mqtt_store::SharedMessage message) = 0;
    /// Of all that was asked for so far; whoever has the place tells when it is durable.
    virtual Ticket asked() = 0;
};

/// The gateway's own store.
class StorePlace final : public RetainedPlace {
public:
    /// `store` must outlive it.
    explicit StorePlace(mqtt_store::Store& store) : store_{store} {}

    bool has_failed() const override { return store_.has_failed(); }
    bool has_room(std::uint64_t file_bytes) const override {
        return store_.has_room(mqtt_store::Store::Room::retained, file_bytes);
    }
    bool is_shared() const override { return false; }
    void put(const std::string& topic, mqtt_store::SharedMessage message) override {
        if (message) {
            store_.retain(std::move(message));
        } else {
            store_.remove_retained(topic);
        }
    }
    Ticket asked() override { return store_.asked(); }

private:
    mqtt_store::Store& store_;
};

}  // namespace weft::gateway
