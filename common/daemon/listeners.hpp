#pragma once

#include "common/base/result.hpp"
#include "common/daemon/connection_config.hpp"
#include "common/daemon/service.hpp"
#include "common/io/listener.hpp"
#include "common/io/loop.hpp"
#include "common/io/proxy_door.hpp"
#include "common/io/security.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace weft::daemon {

/// A listener that is bound.
struct OpenListener {
    ListenerConfig config;
    std::string identity;  // "listener/127.0.0.1:5672:clients", as management names it
    std::shared_ptr<Service> service;
    io::Security security = io::Security::none();  // of connections to come
    std::unique_ptr<io::ProxyDoor> proxy_door;     // null: nobody connects for others
    std::unique_ptr<io::Listener> listener;
};

/// The listeners of a daemon, from its configuration and made at run time.
/// Threading: loop-confined (loop 0).
class Listeners {
public:
    /// Takes what comes in where HTTP is spoken.
    using AcceptHttp = std::function<void(const OpenListener& from, io::Socket socket)>;

    Listeners(io::Loop& loop, AcceptHttp accept_http);

    /// What comes in goes to `service`, or is HTTP. While other connections are served, `names` are
    /// to be refused: looking one up holds up the loop.
    /// Errors: as io::Listener::open; amqp:invalid-field for a name in use, or a TLS profile that
    /// does not do.
    [[nodiscard]] Result<const OpenListener*> open(
        const ListenerConfig& config,
        std::shared_ptr<Service> service,
        io::Listener::Names names = io::Listener::Names::resolved);
    /// Closes it; its connections live on. False if there is none.
    bool close(const std::string& identity);
    void close_all() { open_.clear(); }

    /// Those with the TLS profile of that name have `profile` now, for connections to come. The
    /// log tells of those that can't.
    void renew(const SslProfilePtr& profile, const config::FileReader& reader);

    const std::vector<std::unique_ptr<OpenListener>>& all() const { return open_; }
    /// Null if there is none.
    const OpenListener* find(const std::string& identity) const;

private:
    io::Loop& loop_;
    AcceptHttp accept_http_;
    std::vector<std::unique_ptr<OpenListener>> open_;
};

}  // namespace weft::daemon
