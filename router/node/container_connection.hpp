#pragma once

#include "router/autolink/auto_link.hpp"
#include "router/node/client_connection.hpp"
#include "router/node/containers.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace weft::node {

/// A connection to a container, a broker most often: a client's, over which the router attaches
/// links of its own, too. Those are on one session, which it begins with the first of them.
/// Threading: loop-confined (home's loop).
class ContainerConnection final : public ClientConnection {
public:
    /// All must outlive it.
    ContainerConnection(router::Core& core,
                        io::Transport& transport,
                        const std::shared_ptr<const PeerProfile>& profile,
                        PeerObserver& observer,
                        Containers& containers);

    /// Attaches the auto-link's end of that number. `containers` hears what becomes of it, later.
    /// Null: the connection takes no link now.
    amqp::Link* open_link(const autolink::AutoLink& link, std::uint32_t number);
    /// One of those, which is not wanted any more.
    void close_link(amqp::Link& link);

private:
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

    void answered(amqp::Link& link, const amqp::Attach& attach, std::uint64_t auto_link);
    void fail(amqp::Link& link, std::string why);

    Containers& containers_;
    amqp::Session* session_ = nullptr;
    boost::unordered_flat_map<amqp::Link*, std::uint64_t> auto_links_;  // and the id of each
};

}  // namespace weft::node
