#pragma once

#include "router/node/peer_connection.hpp"
#include "router/node/pending_attaches.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace weft::policy {
struct GroupConfig;
}

namespace weft::node {

/// A client's connection: its links are attached to addresses. Decides nothing but what an attach
/// asks for. Threading: loop-confined.
class ClientConnection : public PeerConnection {
public:
    ClientConnection(router::Core& core,
                     io::Transport& transport,
                     const std::shared_ptr<const PeerProfile>& profile,
                     PeerObserver& observer);

    /// `attach`: with the whole address, if the connection is a tenant's.
    void attach_plain(amqp::Link& link, const amqp::Attach& attach) override;
    void reconsider() override;
    bool judge(std::size_t& left) override;
    /// All loops know of the core's link `id`: its attach is answered, if it still waits for that.
    void answer(std::uint64_t id);

protected:
    /// Of a derived class, which calls `begin` itself.
    ClientConnection(router::Core& core,
                     io::Transport& transport,
                     const std::shared_ptr<const PeerProfile>& profile,
                     PeerObserver& observer,
                     router::Traits traits);

    std::shared_ptr<const amqp::Options> on_opening(const amqp::Open& open,
                                                    Buffer& properties) override;
    void on_opened(const amqp::Open& open) override;
    void on_closed(bool by_peer, const amqp::ErrorView* error) override;
    void on_gone(std::string_view why) override;
    void on_attach(amqp::Link& link, const amqp::Attach& attach) override;
    void on_detach(amqp::Link& link, bool closed, const amqp::ErrorView* error) override;
    bool on_over(amqp::Session& session) override;
    void on_transfer(amqp::Link& link,
                     const amqp::IncomingTransfer& transfer,
                     amqp::Context& context) override;
    void on_credit(amqp::Link& link) override;
    void on_window(amqp::Session& session) override;
    /// What `attach` asks for is `request`, but for what is this connection's own.
    void attach_as(amqp::Link& link,
                   const amqp::Attach& attach,
                   const router::AttachRequest& request);
    /// The peer knows of the link: credit and deliveries may flow.
    void start(amqp::Link& link, router::Link& ours);

private:
    void on_begin(amqp::Session& session, const amqp::Begin& begin) override;

    void accept(amqp::Link& link, const amqp::Attach& reply);
    void answer_in_order();
    void refuse_part(amqp::Link& link,
                     const amqp::IncomingTransfer& transfer,
                     amqp::Context& context,
                     const Error& why);

    void let_in(const amqp::Open& open);
    void let_in_by_grant();
    void let_out();
    void find_tenant(const amqp::Open& open);
    void take_named(amqp::Link& link, const amqp::Attach& attach);
    void take_attach(amqp::Link& link, const amqp::Attach& attach);
    std::shared_ptr<const amqp::Options> limited() const;
    static void limit(amqp::Options& options, const policy::GroupConfig& group);
    void log_policy(io::Level level, std::string_view what);
    std::uint64_t max_message_size() const;
    void end_oversize();
    void end_astray(amqp::Link& link);

    PendingAttaches pending_;
    std::string denied_;            // why it is not let in; empty: it is
    std::optional<Error> unnamed_;  // it belongs to no tenant, as it would have to
};

}  // namespace weft::node
