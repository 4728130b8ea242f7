#include "common/daemon/connectors.hpp"

#include "common/daemon/connection_identity.hpp"
#include "common/daemon/connection_protection.hpp"
#include "common/io/log.hpp"

#include <algorithm>
#include <utility>

namespace weft::daemon {

Result<const OpenConnector*> Connectors::open(const ConnectionConfig& config,
                                              std::shared_ptr<Service> service,
                                              io::Redial::Delays delays) {
    if (std::ranges::any_of(open_,
                            [&](const auto& other) { return other->config.name == config.name; })) {
        return name_in_use("connector", config.name);  // D1
    }
    WEFT_TRY(io::Security security, protection_of(config));
    auto entry = std::make_unique<OpenConnector>();
    entry->config = config;
    entry->identity = identity_of("connector", config);
    entry->service = std::move(service);
    OpenConnector* self = entry.get();
    entry->connector = std::make_shared<io::Connector>(
        loop_,
        io::Connector::Options{.name = config.name,
                               .primary = {config.host, std::to_string(config.port)},
                               .security = std::move(security),
                               .delays = delays,
                               .family = config.family},
        [self](io::Transport& transport) {
            return self->service->speak(transport, self->connector);
        });
    open_.push_back(std::move(entry));
    return self;
}

bool Connectors::close(const std::string& identity) {
    return std::erase_if(open_, [&](const auto& entry) { return entry->identity == identity; }) > 0;
}

void Connectors::renew(const SslProfilePtr& profile) {
    for (const auto& entry : open_) {
        const SslProfilePtr& old = entry->config.ssl_profile;
        if (!old || old->name != profile->name) {
            continue;
        }
        ConnectionConfig config = entry->config;
        config.ssl_profile = profile;
        auto security = protection_of(config);
        if (!security) {
            WEFT_LOG(io::Module::server, io::Level::error,
                     security.error().text + "; it goes on with what it had");
            continue;
        }
        entry->config = std::move(config);
        entry->connector->set_security(*std::move(security));
    }
}

const OpenConnector* Connectors::find(const std::string& identity) const {
    const auto found = std::ranges::find(open_, identity, &OpenConnector::identity);
    return found == open_.end() ? nullptr : found->get();
}

}  // namespace weft::daemon
