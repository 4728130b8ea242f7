#pragma once

#include "common/base/result.hpp"
#include "common/daemon/api_desk.hpp"
#include "common/daemon/gate.hpp"
#include "common/daemon/listeners.hpp"
#include "common/io/loop.hpp"
#include "common/io/socket.hpp"
#include "common/mgmt/agent.hpp"
#include "common/wire/value.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weft::daemon {

/// Takes a page, or why there is none now, at once or later, or is dropped: the client is then told
/// that there is none.
using TakePage = std::function<void(Result<std::string> page)>;

/// What a daemon has to show on the web. All must outlive the connections.
struct Pages {
    mgmt::Agent& agent;
    /// Who people are; may be null: nobody can log in.
    std::weak_ptr<Gate> gate{};
    /// What /healthz tells beside "status" and "uptimeSeconds": {"router", "A"}.
    wire::Map health;
    /// What the daemon is just now, which /healthz tells as "role"; absent: it is always the same.
    std::function<std::string()> role{};
    /// What does not work as it should, though the daemon does; empty: all does. May be absent.
    std::function<std::vector<std::string>()> problems{};
    /// Why the daemon can't do its work now; empty: it can.
    std::function<std::vector<std::string>()> unready{};
    /// What is spoken over WebSocket, for people, and its sub-protocols.
    std::string_view websocket = "AMQP";
    std::vector<std::string_view> subprotocols{"amqp", "binary"};
    /// The page /metrics, as MetricsWriter writes it.
    std::function<void(const TakePage& take)> metrics;
};

/// What a listener with `http: true` serves.
///
///   GET /healthz   200 while the daemon answers; its status is "ok", or "degraded" with problems
///   GET /readyz    200 while it can do its work; 503, with the reasons, while it can't
///   GET /metrics   its numbers; for viewers, if the configuration says who may do what
///   GET /console   the web console, console.hpp: files, which ask /api for the rest
///   /api/...       management, common/mgmt/http_api.hpp. Without authenticatePeer only for this
///                  machine: the listener is bound to a loopback address, and so is the name by
///                  which the client calls it (a page elsewhere can't make its own name mean this
///                  machine). With it for those who are known (WebDoor), and on listeners that
///                  others reach if the configuration says who may do what (Rights)
///   /api/stream    a WebSocket that tells what changes in what /api answers, stream.hpp; for whom
///                  /api is
///   WebSocket      AMQP, sub-protocols "amqp" and "binary", on any other path; of a gateway MQTT
///
/// A browser tells whose page asks. WebSockets and /api are for the listener's allowedOrigins, or
/// without them for pages of the host that is asked; where the listener is bound to a loopback
/// address that must be a loopback name too. Others get 403.
///
/// The listener's healthz (the first two), metrics, console and websockets turn the others than
/// /api off. Threading: loop-confined.
class Web {
public:
    Web(io::Loop& loop, Pages pages);
    ~Web();

    void accept(const OpenListener& from, io::Socket socket);
    /// Requests that were refused because of the page's origin.
    std::uint64_t refused_origins(const OpenListener& of) const;
    /// What all connections hold, whatever their listener.
    const io::Ledger& ledger() const { return *ledger_; }

private:
    class Site;

    io::Loop& loop_;
    Pages pages_;
    ApiDesk desk_;
    std::shared_ptr<std::size_t> streams_ = std::make_shared<std::size_t>(0);
    Instant started_at_;
    std::shared_ptr<io::Ledger> ledger_;
    /// By listener, which its service stands for. Kept when a listener is closed, as its
    /// connections live on (D2).
    std::map<std::shared_ptr<Service>, std::unique_ptr<Site>> sites_;
};

}  // namespace weft::daemon
