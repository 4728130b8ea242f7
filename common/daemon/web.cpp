#include "common/daemon/web.hpp"

#include "common/base/http.hpp"
#include "common/daemon/console.hpp"
#include "common/daemon/rows.hpp"
#include "common/daemon/stream.hpp"
#include "common/daemon/web_door.hpp"
#include "common/io/descriptors.hpp"
#include "common/io/http_origin.hpp"
#include "common/io/http_server.hpp"
#include "common/io/log.hpp"
#include "common/io/open.hpp"
#include "common/mgmt/http_api.hpp"
#include "common/mgmt/json.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace weft::daemon {
namespace {

constexpr const char* kStrangeOrigin =
    "Pages of this origin may not use this listener: name it in allowedOrigins if they should.";
constexpr std::string_view kNoViewer =
    "Forbidden: that takes a viewer: see \"management\" in the daemon's configuration.";
constexpr std::size_t kOriginShownMax = 200;  // characters in the log

/// True if a Host header names this machine to itself: "localhost:8672", "127.0.0.1", "[::1]:80".
/// A client that sends none is no browser.
bool names_loopback(std::string_view host) {
    const std::size_t colon = host.starts_with('[') ? host.find("]:") : host.find(':');
    if (colon != std::string_view::npos) {
        host = host.substr(0, host.starts_with('[') ? colon + 1 : colon);
    }
    const bool digits = host.find_first_not_of("0123456789.") == std::string_view::npos;
    return host.empty() || host == "localhost" || host == "[::1]" ||
           (digits && host.starts_with("127."));
}

/// True if a browser asks for something that a page of another origin holds, such as an image, and
/// does not say of which. What somebody opens by a link is his own doing. Spec: Fetch Metadata §2
bool is_embedded_elsewhere(const HttpRequest& request) {
    const std::string_view site = request.header("Sec-Fetch-Site");
    return (site == "cross-site" || site == "same-site") &&
           request.header("Sec-Fetch-Dest") != "document";
}

HttpResponse text(unsigned status, std::string body) {
    return {.status = status, .body = std::move(body) + "\n"};
}

bool reads(const HttpRequest& request) {
    return request.method == "GET" || request.method == "HEAD";
}

HttpResponse json(unsigned status, const wire::Value& body) {
    return {
        .status = status, .content_type = "application/json", .body = mgmt::to_json(body) + "\n"};
}

}  // namespace

/// One listener's.
class Web::Site final : public io::HttpService {
public:
    Site(const io::Loop& loop,
         const Pages& pages,
         ApiDesk& desk,
         std::shared_ptr<std::size_t> streams,
         Instant started_at,
         const OpenListener& from)
        : loop_{loop},
          pages_{pages},
          desk_{desk},
          streams_{std::move(streams)},
          started_at_{started_at},
          config_{from.config},
          service_{from.service},
          door_{pages.gate, from.config},
          loopback_{from.listener->is_loopback()} {}

    void on_request(HttpRequest request, io::HttpResponder respond) override {
        WEFT_LOG(io::Module::http, io::Level::debug,
                 request.peer + " " + request.method + " " + request.target);
        const std::string_view path = request.path();
        if (mgmt::is_api_path(path)) {
            manage(request, respond);
        } else if (path == "/metrics" && config_.metrics && reads(request)) {
            measure(request, respond);
        } else {
            respond(answer(request));
        }
    }

    std::variant<io::WebsocketPlace, HttpResponse> on_websocket(
        const HttpRequest& request, std::string_view protocol) override {
        if (request.path() == kStreamPath) {
            return place_stream(request, protocol);
        }
        if (protocol == kStreamProtocol) {
            return text(400, std::string{kStreamProtocol} + " is spoken at " +
                                 std::string{kStreamPath} + ".");
        }
        if (!config_.websockets) {
            return text(404, "There is no WebSocket here.");
        }
        if (!admits(request)) {
            return text(403, kStrangeOrigin);
        }
        if (!io::may_open(io::Claim::client)) {
            return text(503, "There are too many connections already.");
        }
        return service_->place_websocket();
    }

    std::vector<std::string_view> subprotocols() const override {
        std::vector<std::string_view> all = pages_.subprotocols;
        all.push_back(kStreamProtocol);
        return all;
    }

    std::uint64_t refused_origins() const { return refused_origins_; }

private:
    /// False, counted and logged, if a browser asks for a page that may not.
    bool admits(const HttpRequest& request) {
        const std::string_view origin = request.header("Origin");
        const std::string_view host = request.header("Host");
        // A page elsewhere can make its own name mean this machine, and is then of the same origin.
        const bool own = io::is_same_origin(origin, host) && (!loopback_ || names_loopback(host));
        const bool listed = config_.allowed_origins.empty()
                                ? own
                                : io::is_listed_origin(origin, config_.allowed_origins);
        const bool admitted = origin.empty() ? !is_embedded_elsewhere(request) : listed;
        if (!admitted) {
            ++refused_origins_;
            WEFT_LOG(
                io::Module::http, io::Level::info,
                request.peer + " " + request.method + " refused on " + config_.connection.name +
                    ": the page's origin is " +
                    std::string{origin.empty() ? "another" : origin.substr(0, kOriginShownMax)} +
                    ", see the listener's allowedOrigins");
        }
        return admitted;
    }

    HttpResponse answer(const HttpRequest& request) {
        const std::string_view path = request.path();
        const bool health = path == "/healthz" && config_.healthz;
        const bool readiness = path == "/readyz" && config_.healthz;
        const bool console = is_console_path(path) && config_.console;
        if (!health && !readiness && !console && (path != "/metrics" || !config_.metrics)) {
            return text(404, "Nothing is here; there is " + places() + ".");
        }
        if (!reads(request)) {
            HttpResponse refusal = text(405, "This can only be read.");
            refusal.headers.emplace_back("Allow", "GET, HEAD");
            return refusal;
        }
        if (console) {
            return serve_console(console_files(), request);
        }
        return readiness ? readiness_now() : json(200, health_now());
    }

    HttpResponse readiness_now() const {
        wire::List reasons;
        if (pages_.unready) {
            for (std::string& reason : pages_.unready()) {
                reasons.emplace_back(std::move(reason));
            }
        }
        const bool ready = reasons.empty();
        wire::Map body{{"ready", ready}};
        if (!ready) {
            body.emplace_back("reasons", std::move(reasons));
        }
        return json(ready ? 200 : 503, body);
    }

    wire::Map health_now() const {
        wire::List problems;
        if (pages_.problems) {
            for (std::string& problem : pages_.problems()) {
                problems.emplace_back(std::move(problem));
            }
        }
        wire::Map body{{"status", problems.empty() ? "ok" : "degraded"}};
        body.insert(body.end(), pages_.health.begin(), pages_.health.end());
        if (pages_.role) {
            body.emplace_back("role", pages_.role());
        }
        body.emplace_back("uptimeSeconds", whole_seconds(loop_.now() - started_at_));
        if (!problems.empty()) {
            body.emplace_back("problems", std::move(problems));
        }
        return body;
    }

    /// /metrics, for who may see it.
    void measure(const HttpRequest& request, const io::HttpResponder& respond) {
        const auto show = [this, respond] {
            pages_.metrics([respond](Result<std::string> page) {
                if (!page) {
                    respond(text(503, page.error().text));
                    return;
                }
                respond({.content_type = "text/plain; version=0.0.4; charset=utf-8",
                         .body = *std::move(page)});
            });
        };
        meet(request, respond, [this, show, respond](const mgmt::Requester& who) {
            if (pages_.agent.access_of(who) >= mgmt::Access::viewer) {
                show();
            } else {
                respond(text(403, std::string{kNoViewer}));
            }
        });
    }

    /// Goes on with who asks, if he is known.
    void meet(const HttpRequest& request,
              const io::HttpResponder& respond,
              std::function<void(const mgmt::Requester& who)> go) {
        door_.knock(
            request, [respond] { return respond.is_awaited(); },
            [respond, go = std::move(go)](tl::expected<mgmt::Requester, HttpResponse> who) {
                if (who) {
                    go(*who);
                } else {
                    respond(std::move(who).error());
                }
            });
    }

    void manage(const HttpRequest& request, const io::HttpResponder& respond) {
        if (auto refusal = refused(request)) {
            respond(*std::move(refusal));
            return;
        }
        if (request.path() == kStreamPath) {
            respond(text(
                426, "This is for a WebSocket that speaks " + std::string{kStreamProtocol} + "."));
            return;
        }
        meet(request, respond, [this, request, respond](const mgmt::Requester& who) {
            desk_.answer(
                request, who, [respond] { return respond.is_awaited(); },
                [respond](HttpResponse answer, Duration) { respond(std::move(answer)); });
        });
    }

    /// Where a stream of changes goes on; it is for whom /api is.
    std::variant<io::WebsocketPlace, HttpResponse> place_stream(const HttpRequest& request,
                                                                std::string_view protocol) {
        if (protocol != kStreamProtocol) {
            return text(400, std::string{kStreamPath} + " speaks " + std::string{kStreamProtocol} +
                                 " alone.");
        }
        if (auto refusal = refused(request)) {
            return *std::move(refusal);
        }
        if (*streams_ >= kStreamsMax || !io::may_open(io::Claim::client)) {
            return text(503, "Too many watch already: ask for lists by GET.");
        }
        ++*streams_;
        const std::shared_ptr<void> place{nullptr,
                                          [streams = streams_](std::nullptr_t) { --*streams; }};
        return io::WebsocketPlace{.factory = [this, request, place](io::Transport& transport) {
            return std::make_unique<Stream>(transport, desk_, door_, request, place);
        }};
    }

    /// The answer to a request for the management API that may not be made.
    std::optional<HttpResponse> refused(const HttpRequest& request) {
        const auto gate = pages_.gate.lock();
        const bool known = config_.authenticate_peer;
        if (!loopback_ && known && (!gate || !gate->rights().configured)) {
            return json(403, wire::Map{{"error",
                                        "the configuration does not say who may manage this "
                                        "daemon: add \"management\": {\"admins\": […]}"},
                                       {"status", std::int64_t{403}}});
        }
        if (!loopback_ && !known) {
            return json(403, wire::Map{{"error",
                                        "the management API without authentication is served on "
                                        "loopback listeners only"},
                                       {"status", std::int64_t{403}}});
        }
        if (!known && !names_loopback(request.header("Host"))) {
            return json(403, wire::Map{{"error",
                                        "the management API without authentication is served "
                                        "under the names localhost, 127.0.0.1 and [::1] only"},
                                       {"status", std::int64_t{403}}});
        }
        // Answers can't be read by pages of other origins, but what they ask would have been done,
        // and costs what it costs.
        if (!admits(request)) {
            return json(403, wire::Map{{"error", kStrangeOrigin}, {"status", std::int64_t{403}}});
        }
        return std::nullopt;
    }

    std::string places() const {
        std::string text = loopback_ ? "/api" : "";
        const auto add = [&](bool there, std::string_view place) {
            if (there) {
                text.append(text.empty() ? "" : ", ").append(place);
            }
        };
        add(config_.healthz, "/healthz");
        add(config_.healthz, "/readyz");
        add(config_.metrics, "/metrics");
        add(config_.console, "/console");
        add(config_.websockets, std::string{pages_.websocket} + " over WebSocket");
        return text.empty() ? "nothing elsewhere" : text;
    }

    const io::Loop& loop_;
    const Pages& pages_;
    ApiDesk& desk_;
    std::shared_ptr<std::size_t> streams_;  // how many are open, of all listeners
    Instant started_at_;
    ListenerConfig config_;
    std::shared_ptr<Service> service_;
    WebDoor door_;
    bool loopback_;
    std::uint64_t refused_origins_ = 0;
};

Web::Web(io::Loop& loop, Pages pages)
    : loop_{loop},
      pages_{std::move(pages)},
      desk_{loop, pages_.agent},
      started_at_{loop.now()},
      ledger_{std::make_shared<io::Ledger>(
          io::Ledger::Limits{.connections = io::http_connections_max()})} {}

Web::~Web() = default;

void Web::accept(const OpenListener& from, io::Socket socket) {
    std::unique_ptr<Site>& site = sites_[from.service];
    if (!site) {
        site = std::make_unique<Site>(loop_, pages_, desk_, streams_, started_at_, from);
    }
    io::open(loop_, std::move(socket), from.security,
             io::speak_http(*site, ledger_, from.config.initial_handshake_timeout));
}

std::uint64_t Web::refused_origins(const OpenListener& of) const {
    const auto found = sites_.find(of.service);
    return found == sites_.end() ? 0 : found->second->refused_origins();
}

}  // namespace weft::daemon
