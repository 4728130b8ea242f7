#pragma once

#include "common/io/loop.hpp"
#include "common/mgmt/agent.hpp"
#include "router/core/core.hpp"

#include <cstdint>
#include <vector>

namespace weft::router {

/// The agent as a consumer of `$management`, in process: requests come as deliveries, replies go
/// out as an anonymous sender's presettled messages. Threading: loop-confined (loop 0).
class ManagementEndpoint final : private Port {
public:
    /// Bytes of a request; a larger one is rejected.
    static constexpr std::size_t kRequestMax = 1024 * 1024;
    /// Replies to one address that may wait here for its receiver, and all that may be on their
    /// way; requests that come then are rejected.
    static constexpr std::size_t kRepliesWaitingMax = 100;
    static constexpr std::uint32_t kRepliesMax = 10'000;

    /// All must outlive it.
    ManagementEndpoint(Core& core, mgmt::Agent& agent, io::Loop& loop);
    ~ManagementEndpoint() override;

private:
    struct Request {
        Link* link = nullptr;
        DeliveryId id = 0;
        std::uint64_t context = 0;
        bool settled = false;
        bool too_large = false;
        Buffer bytes;
    };

    Link& attach(Direction direction, std::string_view address);
    void serve_pending();
    void serve(Request& request);
    bool may_reply(std::string_view address) const;
    void send(const std::string& address, Bytes message);

    Sent transfer(Link& link, const OutgoingHead& head, Bytes payload, bool more) override;
    void abort(Link& link) override;
    void update(Link& link, DeliveryId id, Bytes state, bool settled) override;
    void grant(Link&, std::uint32_t, bool) override {}
    void drained(Link&) override {}
    void hold(Link&, std::ptrdiff_t) override {}

    Core& core_;
    mgmt::Agent& agent_;
    io::Loop& loop_;
    Connection& connection_;
    Link* replies_;                 // into the core
    std::vector<Request> partial_;  // one a link, by Link::port_link
    std::vector<Request> pending_;
    DeliveryId next_id_ = 1;
    bool posted_ = false;
};

}  // namespace weft::router
