#pragma once

#include "common/daemon/connections.hpp"
#include "common/daemon/management_links.hpp"
#include "common/endpoint/connection.hpp"

#include <memory>
#include <string_view>

namespace weft::gateway_mgmt {

/// A client of AMQP that manages the gateway; it has no other links. Threading: loop-confined.
class ManagementConnection final : public endpoint::Connection {
public:
    /// Both must outlive it, or `orphan` it before.
    ManagementConnection(io::Transport& transport,
                         std::shared_ptr<const endpoint::ConnectionProfile> profile,
                         daemon::Connections& connections,
                         mgmt::Agent& agent);

private:
    void on_gone(std::string_view) override { connections_.forget(*this); }
    void on_attach(amqp::Link& link, const amqp::Attach& attach) override;
    void on_detach(amqp::Link& link, bool, const amqp::ErrorView*) override {
        management_.on_detach(link);
    }
    void on_transfer(amqp::Link& link,
                     const amqp::IncomingTransfer& transfer,
                     amqp::Context&) override {
        management_.on_transfer(link, transfer);
    }
    void on_credit(amqp::Link& link) override { management_.on_credit(link); }
    void on_writable() override { management_.on_writable(); }

    daemon::Connections& connections_;
    daemon::ManagementLinks management_;
};

}  // namespace weft::gateway_mgmt
