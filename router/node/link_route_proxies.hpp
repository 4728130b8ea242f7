#pragma once

#include "common/base/bytes.hpp"
#include "common/base/time.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace weft::node {

class UplinkClient;

/// The link routes of an edge router's containers, as the router at the other end of its uplink
/// has them: made there for the connection, and gone with it.
///
///   wanted ──asked──▶ made ──not wanted──▶ asked ──▶ gone
///
/// Threading: loop-confined (home's loop).
class LinkRouteProxies {
public:
    /// `router_id`: part of the names that they have there. `now`: what time it is.
    LinkRouteProxies(std::string router_id, std::function<Instant()> now)
        : router_id_{std::move(router_id)}, now_{std::move(now)} {}

    /// Containers here take links of that key (linkroute::mesh_key), or none do any more.
    void announce(std::string_view key, bool has);
    /// There is an uplink, over which its router is managed. Null: there is none any more.
    void set_management(UplinkClient* management);

private:
    struct Proxy {
        bool wanted = false;
        bool asked = false;
        bool made = false;
        std::string identity{};
    };
    using Proxies = std::map<std::string, Proxy, std::less<>>;

    void go_on(Proxies::iterator at);
    void answered(const std::string& key, const UplinkClient* by, std::optional<Bytes> message);
    Buffer request(const std::string& key,
                   const Proxy& proxy,
                   std::string_view reply_to,
                   std::uint64_t number) const;

    std::string router_id_;
    std::function<Instant()> now_;
    UplinkClient* management_ = nullptr;
    Proxies proxies_;
};

/// The number of a management reply's question.
std::optional<std::uint64_t> number_of_reply(Bytes message);

}  // namespace weft::node
