#pragma once

#include "common/daemon/connections.hpp"
#include "common/endpoint/connection.hpp"
#include "mqtt-gateway/node/uplink.hpp"

#include <cstddef>
#include <memory>
#include <string_view>

namespace weft::gateway {

/// A connection to a router. One session: a sender without an address for all that devices publish,
/// and the receivers of the uplink. Threading: loop-confined.
class UplinkConnection final : public endpoint::Connection {
public:
    /// Both must outlive it, or `orphan` it before.
    UplinkConnection(io::Transport& transport,
                     std::shared_ptr<const endpoint::ConnectionProfile> profile,
                     daemon::Connections& connections,
                     Uplink& uplink);

    /// It is the one that is used from now on: attaches the sender.
    void begin_publishing();
    /// Nobody waits for the outcome of a publication any more: it is not to take credit.
    void give_up(PublicationId id, wire::DeliveryId delivery);
    /// Attaches a receiver of messages of so many bytes; null if the connection takes no more
    /// links.
    amqp::Link* attach(const Uplink::Reception& reception, std::size_t message_max);

private:
    // endpoint::Connection
    void on_opened(const amqp::Open& open) override;
    void on_cut(std::string_view) override { leave(); }
    bool on_over(amqp::Session&) override;
    void on_gone(std::string_view why) override;
    void on_end(amqp::Session& session, const amqp::ErrorView* error) override;
    void on_attach(amqp::Link& link, const amqp::Attach& attach) override;
    void on_detach(amqp::Link& link, bool closed, const amqp::ErrorView* error) override;
    void on_transfer(amqp::Link& link,
                     const amqp::IncomingTransfer& transfer,
                     amqp::Context& context) override;
    void on_update(amqp::Link& link,
                   const amqp::DeliveryUpdate& update,
                   amqp::Context context) override;
    void on_credit(amqp::Link&) override { wake(); }
    void on_drained(amqp::Link& link) override;
    void on_writable() override { wake(); }
    void before_write() override;

    void leave();
    void publish_waiting();
    bool publish_rest();

    daemon::Connections& connections_;
    Uplink& uplink_;
    amqp::Session* session_ = nullptr;  // null: not begun, or over
    amqp::Link* sender_ = nullptr;      // null: not attached
    PublicationId sending_ = 0;         // its first bytes are sent
    std::size_t sent_ = 0;              // bytes of it
};

}  // namespace weft::gateway
