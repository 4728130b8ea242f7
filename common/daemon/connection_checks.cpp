#include "common/daemon/connection_sections.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace weft::daemon {

using config::Entity;
using config::Faults;
using Entities = std::vector<const Entity*>;

std::string where(const Entity& entity, const Faults& faults) {
    std::string text = faults.file_name(entity.place().file);
    if (entity.place().line > 0) {
        text += ":" + std::to_string(entity.place().line);
    }
    return text + " " + entity.pointer();
}

void check_unique(const Entities& entities, std::string_view key, Faults& faults) {
    std::map<std::string, const Entity*> known;
    for (const Entity* entity : entities) {
        const std::string value = entity->text(key);
        if (value.empty()) {
            continue;
        }
        const auto [found, inserted] = known.emplace(value, entity);
        if (!inserted) {
            key_error(*entity, key,
                      config::quote(value) + " is also " + where(*found->second, faults) +
                          "; give them different ones",
                      faults);
        }
    }
}

namespace {

bool any_interface(const std::string& host) {
    return host.empty() || host == "0.0.0.0" || host == "::";
}

bool same_socket(const Entity& a, const Entity& b) {
    const std::string family_a = a.text("socketAddressFamily");
    const std::string family_b = b.text("socketAddressFamily");
    if (!family_a.empty() && !family_b.empty() && family_a != family_b) {
        return false;
    }
    const std::string host_a = a.text("host");
    const std::string host_b = b.text("host");
    return host_a == host_b || any_interface(host_a) || any_interface(host_b);
}

void check_ports(const Entities& listeners, Faults& faults) {
    std::multimap<std::int64_t, const Entity*> known;
    for (const Entity* listener : listeners) {
        const std::int64_t port = listener->integer("port");
        if (port == 0) {
            continue;
        }
        const auto [first, last] = known.equal_range(port);
        const auto found = std::find_if(
            first, last, [&](const auto& other) { return same_socket(*other.second, *listener); });
        if (found != last) {
            key_error(*listener, "port",
                      std::to_string(port) + " is also the port of " +
                          where(*found->second, faults) + "; give them different ones",
                      faults);
        }
        known.emplace(port, listener);
    }
}

}  // namespace

void check_connections(const config::Document& document, Faults& faults) {
    const Entities listeners = document.all("listeners");
    check_unique(listeners, "name", faults);
    check_ports(listeners, faults);
    check_unique(document.all("connectors"), "name", faults);
    check_unique(document.all("log"), "module", faults);
}

}  // namespace weft::daemon
