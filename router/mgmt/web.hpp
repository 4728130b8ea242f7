#pragma once

#include "common/io/socket.hpp"
#include "common/mgmt/agent.hpp"
#include "router/node/listeners.hpp"

#include <cstdint>
#include <map>
#include <memory>

namespace weft::router {

class Router;

/// What a listener with `http: true` serves.
///
///   GET /healthz   200 while the router answers
///   GET /metrics   the numbers of metrics.hpp
///   /api/...       management, common/mgmt/http_api.hpp; only for this machine: the listener is
///                  bound to a loopback address, and so is the name by which the client calls it
///                  (a page elsewhere can't make its own name mean this machine)
///   WebSocket      AMQP, sub-protocols "amqp" and "binary", on any path
///
/// A browser tells whose page asks. WebSockets, and changes by /api, are for the listener's
/// allowedOrigins, or without them for pages of the host that is asked; where the listener is bound
/// to a loopback address that must be a loopback name too. Others get 403.
///
/// The listener's healthz, metrics and websockets turn the first, second and last off.
/// Threading: loop-confined.
class Web {
public:
    /// Both must outlive it.
    Web(Router& router, mgmt::Agent& agent);
    ~Web();

    void accept(const OpenListener& from, io::Socket socket);
    /// Requests that were refused because of the page's origin.
    std::uint64_t refused_origins(const OpenListener& of) const;

private:
    class Site;

    Router& router_;
    mgmt::Agent& agent_;
    /// By listener, which its options stand for. Kept when a listener is closed: its connections
    /// live on.
    std::map<std::shared_ptr<const ListenerOptions>, std::unique_ptr<Site>> sites_;
};

}  // namespace weft::router
