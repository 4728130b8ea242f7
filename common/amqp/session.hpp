#pragma once

#include "common/amqp/delivery_ring.hpp"
#include "common/amqp/disposition_batch.hpp"
#include "common/amqp/link.hpp"
#include "common/amqp/number_pool.hpp"
#include "common/amqp/slot_table.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace weft::amqp {

/// A session of a connection. Made by the engine; valid until its on_end, or until the engine was
/// told to end it.
/// Threading: as the engine. Spec: AMQP 1.0 §2.5
class Session {
public:
    /// The handler's own word; the engine never looks at it.
    std::uintptr_t user = 0;

    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    Engine& engine() const { return engine_; }
    std::uint16_t channel() const { return channel_; }                // ours
    std::uint16_t remote_channel() const { return remote_channel_; }  // the peer's, once it began
    /// Transfer frames that the peer is ready to take now.
    std::uint32_t remote_window() const { return remote_window_; }
    /// Transfer frames that the peer may still send by what we told it.
    std::uint32_t incoming_window() const { return incoming_window_; }
    /// Unsettled deliveries, both directions.
    std::size_t unsettled() const { return incoming_.size() + outgoing_.size(); }

private:
    friend class Engine;

    explicit Session(Engine& engine) : engine_{engine} {}

    Engine& engine_;
    Session* next_queued_ = nullptr;
    std::vector<std::unique_ptr<Link>> links_;  // by our handle
    SlotTable<Link> by_remote_handle_;
    NumberPool handles_;
    DeliveryRing incoming_;
    DeliveryRing outgoing_;
    DispositionBatch as_receiver_;
    DispositionBatch as_sender_;
    std::size_t held_ = 0;  // bytes

    std::uint32_t next_incoming_id_ = 0;
    std::uint32_t incoming_window_ = 0;
    std::uint32_t next_outgoing_id_ = 0;
    std::uint32_t remote_window_ = 0;
    std::uint32_t next_incoming_delivery_ = 0;
    std::uint32_t next_outgoing_delivery_ = 0;
    std::uint32_t peer_handle_max_ = 0xffffffff;
    std::uint32_t aborts_due_ = 0;  // links
    std::uint16_t channel_ = 0;
    std::uint16_t remote_channel_ = 0;
    bool live_ : 1 = true;  // the handler knows it
    bool begin_sent_ : 1 = false;
    bool begin_received_ : 1 = false;
    bool end_sent_ : 1 = false;
    bool deliveries_came_ : 1 = false;  // next_incoming_delivery_ is known
    bool queued_ : 1 = false;           // for the next flush
    bool flow_due_ : 1 = false;
};

}  // namespace weft::amqp
