#include "router/node/address_expansion.hpp"

#include "common/io/log.hpp"
#include "router/config/log_modules.hpp"
#include "router/node/containers.hpp"

#include <string>

namespace weft::node {
namespace {

void warn(const std::string& name, const Error& why) {
    WEFT_LOG(router_config::LogModule::router_core, io::Level::warning,
             "what an address needs can't be made: " + name + ": " + why.text);
}

}  // namespace

void AddressExpansion::rule_changed(std::uint64_t id, const router::AddressRule* rule) {
    if (rule != nullptr && rule->storage) {
        stored_.insert(id);
    } else {
        stored_.erase(id);
    }
    if (stored_.contains(id) && !rule->storage->brokers.empty()) {
        expansion_.set(id, {.address = rule->pattern.text(), .storage = rule->storage});
    } else {
        expansion_.remove(id);
    }
    containers_.link_routing().expect(!stored_.empty());
    plan();
}

void AddressExpansion::leave_coordinators(bool to_others) {
    expansion_.leave_coordinators(to_others);
    plan();
}

void AddressExpansion::opened(std::uint64_t connection,
                              std::string_view container,
                              std::string_view name) {
    expansion_.container_came(connection, container, name);
    plan();
}

void AddressExpansion::gone(std::uint64_t connection) {
    expansion_.container_gone(connection);
    plan();
}

/// Never at once: what it takes back may be on a connection that is in the middle of something.
void AddressExpansion::plan() {
    if (!planned_ && !expansion_.is_idle()) {
        planned_ = true;
        next_ = loop_.after(Duration::zero(), [this] { work(); });
    }
}

void AddressExpansion::work() {
    planned_ = false;
    expansion_.work(kExpandedAtOnce);
    plan();
}

std::uint64_t AddressExpansion::make(const autolink::AutoLinkConfig& link) {
    const auto made = containers_.add(link);
    if (!made) {
        warn(link.name, made.error());
    }
    return made ? (*made)->id : 0;
}

std::uint64_t AddressExpansion::make(const linkroute::LinkRouteConfig& route) {
    const auto made = containers_.link_routing().add(route);
    if (!made) {
        warn(route.name, made.error());
    }
    return made ? (*made)->id : 0;
}

void AddressExpansion::remove_auto_link(std::uint64_t id) {
    containers_.remove(id);
}

void AddressExpansion::remove_link_route(std::uint64_t id) {
    containers_.link_routing().remove(id);
}

}  // namespace weft::node
