#pragma once

#include "common/base/result.hpp"
#include "common/io/listener.hpp"
#include "common/io/loop.hpp"
#include "router/config/router_config.hpp"
#include "router/node/listener_options.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace weft::router {

/// A listener that is bound.
struct OpenListener {
    ListenerConfig config;
    std::string identity;  // "listener/127.0.0.1:5672:clients", as management names it
    std::shared_ptr<const ListenerOptions> options;
    std::unique_ptr<io::Listener> listener;
};

/// The listeners of the router, from its configuration and made at run time.
/// Threading: loop-confined.
class Listeners {
public:
    using Accept = std::function<void(const OpenListener& from, io::Socket socket)>;

    Listeners(io::Loop& loop, std::string router_id, Accept accept);

    /// Errors: as io::Listener::open; amqp:invalid-field for a name in use.
    [[nodiscard]] Result<const OpenListener*> open(const ListenerConfig& config);
    /// Closes it; its connections live on. False if there is none.
    bool close(const std::string& identity);
    /// Of connections to come; those that stand are the mesh's. False if there is none.
    bool change_cost(const std::string& identity, int cost);
    void close_all() { open_.clear(); }

    const std::vector<std::unique_ptr<OpenListener>>& all() const { return open_; }

private:
    io::Loop& loop_;
    std::string router_id_;
    Accept accept_;
    std::vector<std::unique_ptr<OpenListener>> open_;
};

}  // namespace weft::router
