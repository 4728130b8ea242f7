#pragma once

#include "common/io/loop.hpp"
#include "common/mgmt/agent.hpp"
#include "router/core/core.hpp"

#include <cstdint>
#include <deque>
#include <vector>

namespace weft::router_mgmt {

/// The agent as a consumer of `$management`, in process: requests come as deliveries, replies go
/// out as an anonymous sender's presettled messages. Threading: loop-confined (loop 0).
class ManagementEndpoint final : private router::Port {
public:
    /// Bytes of a request; a larger one is rejected.
    static constexpr std::size_t kRequestMax = 1024 * 1024;
    /// Replies to one address that may wait here for its receiver, and all that may be on their
    /// way; requests that come then are rejected.
    static constexpr std::size_t kRepliesWaitingMax = 100;
    static constexpr std::uint32_t kRepliesMax = 10'000;
    /// Bytes of them.
    static constexpr std::size_t kReplyBytesWaitingMax = std::size_t{8} * 1024 * 1024;
    static constexpr std::size_t kReplyBytesMax = std::size_t{64} * 1024 * 1024;
    /// Requests that wait here, each for its turn of the loop; those that come then wait with their
    /// senders.
    static constexpr std::size_t kRequestsMax = 50;

    /// All must outlive it.
    ManagementEndpoint(router::Core& core, mgmt::Agent& agent, io::Loop& loop);
    ~ManagementEndpoint() override;

private:
    struct Request {
        router::Link* link = nullptr;
        wire::DeliveryId id = 0;
        std::uint64_t context = 0;
        bool settled = false;
        bool too_large = false;
        Buffer bytes;
    };

    router::Link& attach_link(router::Direction direction, std::string_view address);
    void serve_next();
    void await_turn();
    void serve(Request& request);
    bool may_reply(std::string_view address) const;
    void send(const std::string& address, Bytes message);

    wire::Sent transfer(router::Link& link,
                        const router::OutgoingHead& head,
                        Bytes payload,
                        bool more) override;
    void abort(router::Link& link) override;
    void update(router::Link& link, wire::DeliveryId id, Bytes state, bool settled) override;
    void grant(router::Link&, std::uint32_t, bool) override {}
    void drain(router::Link&) override {}
    void drained(router::Link&) override {}
    void hold(router::Link&, std::ptrdiff_t) override {}

    router::Core& core_;
    mgmt::Agent& agent_;
    io::Loop& loop_;
    router::Connection& connection_;
    router::Link* replies_;         // into the core
    std::vector<Request> partial_;  // one a link, by Link::port_link
    std::deque<Request> pending_;
    wire::DeliveryId next_id_ = 1;
    io::Timer turn_;
    bool full_ = false;  // a request was not taken
};

}  // namespace weft::router_mgmt
