#pragma once

#include "common/io/loop.hpp"
#include "common/mgmt/agent.hpp"
#include "common/mgmt/management_message.hpp"
#include "router/core/core.hpp"
#include "router/mgmt/request_lines.hpp"
#include "router/mgmt/requester.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::node {
class Relay;
class Shard;
}  // namespace weft::node

namespace weft::router_mgmt {

/// The agent as a consumer of `$management`, in process: requests come as deliveries, replies go
/// out as an anonymous sender's presettled messages.
///
/// A request comes in by an inlet, one at a time. While one has begun, others come by inlets that
/// are made for them: nobody waits for a requester who does not end what he has begun. Nor for one
/// who asks much: requesters have turns (RequestLines).
///
/// Threading: loop-confined (loop 0).
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
    /// What requests that wait here for their turns may weigh (RequestLines): beyond it the newest
    /// of who brought most are rejected,
    static constexpr std::size_t kWaitingMax = std::size_t{16} * 1024 * 1024;
    /// so many in one turn; while they weigh this much, further ones wait with their senders.
    static constexpr std::size_t kRejectedAtOnce = 50;
    static constexpr std::size_t kWaitingMost = 2 * kWaitingMax;
    /// Requests of an address that may have begun and not ended.
    static constexpr std::size_t kUnfinishedMax = 32;
    /// How long one may take to come, and how long while there are so many. Then it is rejected.
    static constexpr Duration kArrivalMax = std::chrono::seconds{10};
    static constexpr Duration kCrowdedArrivalMax = std::chrono::seconds{1};

    /// Who asks by a connection, of whatever loop; called while a request is attempted. Nothing:
    /// that is not known yet, and there is another attempt once it is.
    using Introduce =
        std::function<std::optional<mgmt::Requester>(std::uint64_t connection, Asks asks)>;

    /// All must outlive it.
    ManagementEndpoint(node::Shard& home, mgmt::Agent& agent, Introduce introduce);
    ~ManagementEndpoint() override;

    /// What has begun, at `now`, and takes too long is rejected; inlets that are not needed go.
    void tidy(Instant now);

    /// The connection, of whatever loop, that brought the request which is answered; 0: it is not
    /// known, or no message asks.
    std::uint64_t requester() const { return requester_; }

    /// Requests that were rejected.
    struct Counters {
        std::uint64_t late = 0;     // since they did not come whole in time
        std::uint64_t refused = 0;  // for what they are, or because there are too many
    };
    const Counters& counters() const { return counters_; }

private:
    using Request = ManagementRequest;
    /// A link of the core's to this, and what is coming in on it.
    struct Inlet {
        router::Link* link = nullptr;
        std::string_view address;
        Request coming{};
    };

    router::Link& attach_link(router::Direction direction, std::string_view address);
    void add_inlet(std::string_view address);
    void remove_inlet(std::size_t position);
    void make_room();
    std::size_t inlets_of(std::string_view address) const;
    bool is_crowded(std::string_view address) const;
    static Inlet& inlet_of(const router::Link& link);
    void note_bringer(Request& request) const;
    void take_in(Request request);
    void serve_next();
    void reject_excess();
    void await_turn();
    void conclude(const mgmt::Served& served);
    static void log(const Request& request, const std::string& what);
    void settle(const Request& request, const std::optional<Error>& rejection);
    bool may_reply(std::string_view address) const;
    void send(Bytes message);

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
    const node::Relay* relay_;  // null: there is one loop
    mgmt::Agent& agent_;
    Introduce introduce_;
    io::Loop& loop_;
    router::Connection& connection_;
    router::Link* replies_;  // into the core
    std::vector<std::unique_ptr<Inlet>> inlets_;
    RequestLines waiting_;
    std::optional<Request> serving_;
    mgmt::Served served_;  // what became of that, as far as it is known
    wire::DeliveryId next_id_ = 1;
    io::Timer turn_;
    io::Timer room_;
    io::Timer tidier_;
    bool turn_due_ = false;
    bool full_ = false;  // a request was not taken
    std::uint64_t requester_ = 0;
    Counters counters_;
};

}  // namespace weft::router_mgmt
