#pragma once

#include "common/base/keyed_hash.hpp"
#include "common/io/loop.hpp"
#include "router/core/core.hpp"
#include "router/fardemand/demand_message.hpp"
#include "router/node/far_containers.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace weft::node {

/// Messages between Weft routers about what consumers want of containers.
struct MeshDemandCounters {
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
    std::uint64_t malformed = 0;
    std::uint64_t unknown = 0;  // of a router that has not announced that it speaks so
    std::uint64_t refused = 0;  // addresses of which a router asked, beyond a limit
};

/// What consumers want of containers, from router to router: those with containers ask those with
/// consumers, who tell it. Only routers that announce that they understand it are asked; while an
/// address has consumers at others, containers get their links' capacity for it.
///
/// What one turn brings goes out together, so many messages at a time; all is asked again each
/// kAskedEach, and answered, so that what was lost on the way is made up for.
/// Threading: loop-confined (home's).
class MeshDemand final : private router::FarDemandObserver {
public:
    static constexpr Duration kAskedEach = std::chrono::seconds{10};
    /// A router that has not told for so long after it was asked is taken for one that never does.
    static constexpr Duration kPatience = std::chrono::seconds{5};
    /// Messages that go out in one turn, and steps of looking who is to be asked: an address, or a
    /// router with consumers of it, each.
    static constexpr int kMessagesAtOnce = 4;
    static constexpr std::size_t kLookedAtOnce = 500;

    /// False: there is no path now.
    using Send = std::function<bool(std::string_view router, Bytes content)>;

    /// Both must outlive it.
    MeshDemand(router::Core& core,
               io::Loop& loop,
               Send send,
               const FarContainers::Limits& limits = {});
    ~MeshDemand() override;
    MeshDemand(const MeshDemand&) = delete;
    MeshDemand& operator=(const MeshDemand&) = delete;

    // What the mesh tells. Calls to the core follow for these three alone with `review`.
    /// Another router has consumers of an address, or has none any more.
    void remote_changed(std::string_view key);
    /// There is a way to a router, or there is none.
    void path_changed(RouterIndex router, bool has);
    void review();

    /// A router announces that it can be asked, or does so no more.
    void router_up(RouterIndex router, std::string_view id);
    void router_down(RouterIndex router);
    void receive(RouterIndex router, std::string_view id, Bytes content);

    const MeshDemandCounters& counters() const { return counters_; }

private:
    using Message = fardemand::DemandMessage;

    struct Peer {
        RouterIndex router = kNoRouter;
        std::string id;
        std::uint64_t number = 0;  // no other had it
        bool due = false;          // something is to be sent
        bool reachable = false;
        std::map<std::string, bool> asks;  // to be sent
        std::map<std::string, std::uint32_t> rests;
    };
    /// A router that was asked about an address.
    struct Asked {
        std::uint64_t peer = 0;  // its number
        Instant since{};
        Instant last{};
        bool told = false;
        std::uint32_t review = 0;  // the last one that found it with consumers
    };
    /// An address that this router has containers for.
    struct Own {
        boost::unordered_flat_map<RouterIndex, Asked> asked;
        std::uint32_t reviews = 0;
        bool due = false;    // to be reviewed
        bool again = false;  // and all are to be asked again
    };
    using OwnByKey = std::map<std::string, Own, std::less<>>;

    // FarDemandObserver
    void on_containers(router::Address& address, bool any) override;
    void on_rest(const router::Address& address) override;
    bool has_others() const override { return !peers_.empty(); }

    Peer* peer_of(RouterIndex router) const;
    router::Address* own_address(const std::string& key) const;
    void review_later(const std::string& key, Own& own);
    void review_all();
    void review_some();
    void review(const std::string& key, Own& own, router::Address& address);
    bool ask(const std::string& key, Own& own, Peer& peer, router::FarDemand& far);
    void forget(const std::string& key, Own& own, router::FarDemand& far);
    void tick();
    void take(Peer& peer, const Message& message);
    void take_tell(const Peer& peer, const Message::Entry& entry);
    void flush_later(Peer& peer);
    void flush();
    bool flush(Peer& peer, int& left);
    Message next_message(Peer& peer);
    bool send(const Peer& peer, const Message& message);

    router::Core& core_;
    io::Loop& loop_;
    Send send_;
    FarContainers containers_;
    boost::unordered_flat_map<RouterIndex, std::unique_ptr<Peer>> peers_;
    std::uint64_t last_peer_ = 0;
    std::vector<RouterIndex> lost_;  // to which there is no way any more
    OwnByKey own_;
    std::set<std::string> untold_;    // of those, which somebody is yet to tell of
    std::string asked_up_to_;         // all of those again, in this round
    std::deque<std::string> review_;  // the own that are due
    bool review_due_ = false;
    io::Timer review_timer_;
    MeshDemandCounters counters_;
    Buffer content_;
    std::vector<RouterIndex> due_;  // peers
    bool flush_due_ = false;
    io::Timer flush_timer_;
    io::Timer ticker_;
};

}  // namespace weft::node
