#include "common/daemon/listeners.hpp"

#include "common/daemon/connection_identity.hpp"
#include "common/io/log.hpp"

#include <algorithm>
#include <utility>

namespace weft::daemon {
namespace {

std::string_view spoken_at(const OpenListener& listener) {
    return listener.config.http ? kSpeaksHttp : listener.service->spoken();
}

std::vector<IpRange> ranges_of(const std::vector<std::string>& addresses) {
    std::vector<IpRange> ranges;
    for (const std::string& address : addresses) {
        ranges.push_back(*IpRange::parse(address));  // looked at when it was read
    }
    return ranges;
}

}  // namespace

Listeners::Listeners(io::Loop& loop, AcceptHttp accept_http)
    : loop_{loop}, accept_http_{std::move(accept_http)} {}

Result<const OpenListener*> Listeners::open(const ListenerConfig& config,
                                            std::shared_ptr<Service> service,
                                            io::Listener::Names names) {
    const ConnectionConfig& connection = config.connection;
    if (std::ranges::any_of(open_, [&](const auto& other) {
            return other->config.connection.name == connection.name;
        })) {
        return name_in_use("listener", connection.name);  // D1
    }
    auto entry = std::make_unique<OpenListener>();
    entry->config = config;
    entry->identity = identity_of("listener", connection);
    entry->service = std::move(service);
    WEFT_TRY(entry->security, protection_of(config, spoken_at(*entry)));
    const io::Claim claim = config.http ? io::Claim::management : entry->service->claim();
    const OpenListener* from = entry.get();
    io::Listener::Accept accept = [this, from](io::Socket socket) {
        if (from->config.http) {
            accept_http_(*from, std::move(socket));
        } else {
            from->service->accept(std::move(socket), from->security);
        }
    };
    if (!config.proxy_addresses.empty()) {
        entry->proxy_door = std::make_unique<io::ProxyDoor>(
            loop_,
            io::ProxyDoor::Options{.where = "listener " + connection.name,
                                   .proxies = ranges_of(config.proxy_addresses)},
            std::move(accept));
        accept = [door = entry->proxy_door.get()](io::Socket socket) {
            door->take(std::move(socket));
        };
    }
    WEFT_TRY(entry->listener, io::Listener::open(loop_,
                                                 {.name = connection.name,
                                                  .host = connection.host,
                                                  .port = connection.port,
                                                  .family = connection.family,
                                                  .claim = claim,
                                                  .names = names},
                                                 std::move(accept)));
    WEFT_LOG(io::Module::server, io::Level::notice,
             "listener " + connection.name + " on " + connection.host + ":" +
                 std::to_string(entry->listener->bound_port()) + (config.http ? " (http)" : "") +
                 (!entry->security.context()                      ? ""
                  : entry->security.plain() == io::Plain::refused ? " (TLS)"
                                                                  : " (TLS, and without)") +
                 (entry->proxy_door ? " (behind proxies)" : ""));
    open_.push_back(std::move(entry));
    return from;
}

bool Listeners::close(const std::string& identity) {
    return std::erase_if(open_, [&](const auto& entry) { return entry->identity == identity; }) > 0;
}

void Listeners::renew(const SslProfilePtr& profile, const config::FileReader& reader) {
    for (const auto& entry : open_) {
        const SslProfilePtr& old = entry->config.connection.ssl_profile;
        if (!old || old->name != profile->name) {
            continue;
        }
        ListenerConfig config = entry->config;
        config.connection.ssl_profile = profile;
        auto security = read_trusted(config, reader).and_then([&] {
            return protection_of(config, spoken_at(*entry));
        });
        if (!security) {
            WEFT_LOG(io::Module::server, io::Level::error,
                     security.error().text + "; it goes on with what it had");
            continue;
        }
        entry->config = std::move(config);
        entry->security = security->after(entry->security);
    }
}

const OpenListener* Listeners::find(const std::string& identity) const {
    const auto found = std::ranges::find(open_, identity, &OpenListener::identity);
    return found == open_.end() ? nullptr : found->get();
}

}  // namespace weft::daemon
