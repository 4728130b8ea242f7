#pragma once

#include "router/core/core.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace weft::router {

/// One end of the connection between two simulated routers: what the AMQP engine would do with the
/// core's wishes. What it sends waits in a queue until it is carried to the other end.
///
/// `faults` collects what would break the protocol.
class WireEnd final : public Port {
public:
    struct Options {
        std::size_t room_bytes = 100'000;  // that may wait in the queue
        std::size_t frame_bytes_max = 16'384;
        bool accepts_streams = true;
        bool expands = true;                   // the neighbour knows subscriptions with wildcards
        std::set<std::uint8_t> priorities{0};  // of the links that it sends on
    };

    WireEnd(Core& core, const Instant& now, Options options);
    WireEnd(const WireEnd&) = delete;
    WireEnd& operator=(const WireEnd&) = delete;
    ~WireEnd() override;  // after down()

    /// Attaches the data links between the two.
    static void join(WireEnd& one, WireEnd& other);
    /// The connection is gone, with all that is in its queue. After the paths were told.
    void down();

    Trunk& trunk() { return trunk_; }
    bool idle() const { return queue_.empty(); }
    std::size_t waiting() const { return queue_.size(); }
    /// Takes the oldest frames of the queue to the other end.
    void carry(std::size_t frames);

    std::vector<std::string> faults;

private:
    struct Frame {
        enum class Kind : std::uint8_t { transfer, update, flow, attach, attached, refused };

        Kind kind = Kind::transfer;
        bool from_sender = true;
        std::uint32_t link = 0;  // its sender's number for it
        DeliveryId id = 0;
        bool first = false;
        bool more = false;
        bool settled = false;
        bool aborted = false;
        bool presettled = false;
        std::uint32_t limit = 0;  // deliveries since the attach
        Buffer bytes{};
    };
    struct Outgoing {
        Link* link = nullptr;
        std::uint32_t limit = 0;
        std::uint32_t sent = 0;
        bool sending = false;
        DeliveryId id = 0;
    };
    struct Incoming {
        Link* link = nullptr;
        std::uint32_t received = 0;
        bool receiving = false;
        bool unwanted = false;  // the rest of what is received
        DeliveryId id = 0;
        std::uint64_t context = 0;
        std::ptrdiff_t held = 0;
    };
    struct Unsettled {
        std::uint32_t link = 0;
        std::uint64_t context = 0;
    };

    void expect(bool condition, const char* what);
    void push(Frame frame);
    void attach_out(std::uint8_t priority);
    void attach_in(std::uint32_t number, std::uint8_t priority);
    void receive(const Frame& frame);
    void receive_transfer(const Frame& frame);
    void receive_update(const Frame& frame);
    void receive_attach(const Frame& frame);
    static std::uint32_t number_of(const Link& link) {
        return static_cast<std::uint32_t>(link.port_link);
    }

    Sent transfer(Link& link, const OutgoingHead& head, Bytes payload, bool more) override;
    void abort(Link& link) override;
    void update(Link& link, DeliveryId id, Bytes state, bool settled) override;
    void grant(Link& link, std::uint32_t credit, bool drain) override;
    void drain(Link& link) override;
    void drained(Link& link) override;
    void hold(Link& link, std::ptrdiff_t bytes) override;
    bool attach(Link& link) override;

    Core& core_;
    const Instant& now_;
    Options options_;
    Connection& connection_;
    Trunk& trunk_;
    WireEnd* other_ = nullptr;
    bool down_ = false;
    std::deque<Frame> queue_;
    std::size_t queued_bytes_ = 0;
    bool awaits_room_ = false;
    std::uint32_t next_link_ = 1;
    DeliveryId next_id_ = 1;
    std::map<std::uint32_t, Outgoing> out_;
    std::map<std::uint32_t, Incoming> in_;
    std::map<DeliveryId, Unsettled> unsettled_out_;
    std::map<DeliveryId, Unsettled> unsettled_in_;
};

}  // namespace weft::router
