#pragma once

#include "common/io/loop.hpp"
#include "router/core/core.hpp"
#include "router/core/demand.hpp"
#include "router/node/link_route_proxies.hpp"
#include "router/node/linkroute/found.hpp"
#include "router/uplink/proxies.hpp"
#include "router/uplink/uplinks.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace weft::node {

class UplinkConnection;

/// What an edge router has to do with the mesh: its uplinks, of which one is active, and the
/// addresses that have links over that.
/// Threading: loop-confined (home's loop, which has all uplinks).
class Upstream final : public router::Demand, public router::Supply, private uplink::ProxyPort {
public:
    /// Links attached in one turn of the loop, and when another uplink takes over.
    static constexpr std::size_t kAttachedAtOnce = 100;
    static constexpr std::size_t kTakenOverAtOnce = 2'000;
    /// An attach of a client waits so long for what the mesh says of its address.
    static constexpr Duration kLookUpMax = std::chrono::seconds{3};

    /// Both must outlive it. `core` is home's.
    Upstream(router::Core& core, io::Loop& loop);
    ~Upstream() override;

    /// A connector for uplinks is there, or no more.
    void expect(std::string_view name, std::uint32_t cost) { uplinks_.expect(name, cost); }
    void forget(std::string_view name) { uplinks_.forget(name); }

    // What connections tell.
    void opened(UplinkConnection& connection);
    void gone(UplinkConnection& connection);
    void attached(std::string_view key, bool receiver);
    void failed(std::string_view key, bool receiver, std::string_view why);
    void told(std::string_view key, bool wanted);
    /// Another loop has producers of it, or none any more.
    void supplied(std::string_view key, bool produced);

    /// The active uplink's router can be managed, or can't any more.
    void manages(UplinkClient& management) { link_routes_.set_management(&management); }
    void manages_no_more() { link_routes_.set_management(nullptr); }

    /// Asks the mesh whether links to the address are passed on there; it is told in time. False:
    /// there is nobody to ask.
    [[nodiscard]] bool look_up(router::Direction direction,
                               const std::string& address,
                               std::function<void(Found)> hear);
    /// Link routes of containers here, as the mesh has them.
    LinkRouteProxies& link_routes() { return link_routes_; }

    const uplink::Uplinks& uplinks() const { return uplinks_; }
    const uplink::Proxies& proxies() const { return proxies_; }
    /// Null: none is.
    UplinkConnection* active() const;

private:
    // router::Demand, router::Supply
    void demand_changed(const router::Address& address, bool wanted) override;
    void supply_changed(const router::Address& address, bool produced) override;

    // uplink::ProxyPort
    std::uintptr_t attach(const uplink::Proxy& proxy, router::Direction direction) override;
    void detach(std::uintptr_t link) override;
    void lead(std::uintptr_t link, bool upstream) override;

    /// What the core says, within a call of its own: it is seen to after that.
    struct News {
        std::string key;
        bool of_producers;
        bool any;
    };

    void note(const router::Address& address, bool of_producers, bool any);
    void take_news();
    void change_over();
    void work(std::size_t budget);
    void plan();

    router::Core& core_;
    io::Loop& loop_;
    uplink::Uplinks uplinks_;
    uplink::Proxies proxies_{*this};
    std::unordered_map<std::uint64_t, UplinkConnection*> connections_;  // open, by id
    std::vector<News> news_;
    LinkRouteProxies link_routes_;
    io::Timer timer_;
    Instant planned_ = kNever;  // when the timer is due
};

}  // namespace weft::node
