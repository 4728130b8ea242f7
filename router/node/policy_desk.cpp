#include "router/node/policy_desk.hpp"

#include "common/io/log.hpp"
#include "router/config/log_modules.hpp"

#include <netdb.h>

#include <memory>
#include <utility>

namespace weft::node {

using policy::Policy;

namespace {

std::vector<IpAddress> addresses_of(const std::string& name) {
    std::vector<IpAddress> addresses;
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* first = nullptr;
    if (getaddrinfo(name.c_str(), nullptr, &hints, &first) != 0) {
        return addresses;
    }
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> found{first, &freeaddrinfo};
    for (const addrinfo* each = found.get(); each != nullptr; each = each->ai_next) {
        std::string text(NI_MAXHOST, '\0');
        if (getnameinfo(each->ai_addr, each->ai_addrlen, text.data(),
                        static_cast<socklen_t>(text.size()), nullptr, 0, NI_NUMERICHOST) == 0) {
            if (const auto address = IpAddress::parse(text.c_str())) {
                addresses.push_back(*address);
            }
        }
    }
    return addresses;
}

}  // namespace

Result<void> PolicyDesk::put(policy::VhostConfig vhost, const policy::HostAddresses& addresses) {
    return policy_.with([&](Policy& policy) { return policy.put(std::move(vhost), addresses); });
}

bool PolicyDesk::remove(std::string_view hostname) {
    return policy_.with([&](Policy& policy) { return policy.remove(hostname); });
}

Result<std::shared_ptr<const policy::Rules>> PolicyDesk::connect(policy::Caller caller) {
    return policy_.with([&](Policy& policy) { return policy.connect(std::move(caller)); });
}

Result<std::shared_ptr<const policy::Rules>> PolicyDesk::reconsider(std::uint64_t connection) {
    return policy_.with([&](Policy& policy) { return policy.reconsider(connection); });
}

void PolicyDesk::disconnect(std::uint64_t connection) {
    policy_.with([&](Policy& policy) {
        policy.disconnect(connection);
        return 0;
    });
}

std::shared_ptr<const policy::Rules> PolicyDesk::of_connector(std::string_view vhost) {
    return policy_.with([&](const Policy& policy) { return policy.of_connector(vhost); });
}

void PolicyDesk::count(policy::Denial what, std::string_view vhost) {
    policy_.with([&](Policy& policy) {
        policy.count(what, vhost);
        return 0;
    });
}

void PolicyDesk::count_surplus() {
    policy_.with([](Policy& policy) {
        policy.count_surplus();
        return 0;
    });
}

policy::HostAddresses resolve_hosts(const std::vector<std::string>& names) {
    policy::HostAddresses known;
    for (const std::string& name : names) {
        if (known.contains(name)) {
            continue;
        }
        std::vector<IpAddress> addresses = addresses_of(name);
        if (addresses.empty()) {
            WEFT_LOG(router_config::LogModule::policy, io::Level::warning,
                     "remoteHosts: nobody is let in from \"" + name +
                         "\", a name that does not resolve: give an address, or mend the name and "
                         "start the router again");
        }
        known.emplace(name, std::move(addresses));
    }
    return known;
}

}  // namespace weft::node
