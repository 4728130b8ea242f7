#include "tools/weft/queue/find.hpp"

#include "tools/weft/address/entry.hpp"
#include "tools/weft/failure.hpp"
#include "tools/weft/management/brokers.hpp"

#include <map>
#include <utility>

namespace weft::tools {
namespace {

using Places = std::map<std::string, std::vector<std::string>>;

std::string names_of(const Places& brokers) {
    std::string names;
    for (const auto& [broker, routers] : brokers) {
        names += (names.empty() ? "" : ", ") + broker;
    }
    return names;
}

}  // namespace

std::string broker_of(const std::vector<Entity>& addresses, const std::string& queue) {
    std::vector<Entity> own;
    for (const Entity& address : addresses) {
        if (rule_of(address) == queue) {
            own.push_back(address);
        }
    }
    const Places keepers = brokers_in(own);
    if (keepers.size() == 1) {
        return keepers.begin()->first;
    }
    if (keepers.size() > 1) {
        throw Failure("several brokers keep a part of '" + queue + "' each: name one of " +
                      names_of(keepers) + " by --broker");
    }
    const Places all = brokers_in(addresses);
    if (all.empty()) {
        throw Failure(
            "this router knows no broker: connect to the broker (-b), or to a router "
            "whose addresses name it");
    }
    if (all.size() > 1) {
        throw Failure("the router's addresses do not say which broker has '" + queue +
                      "': name one of " + names_of(all) + " by --broker");
    }
    return all.begin()->first;
}

std::unique_ptr<ManagementClient> find_broker(const ConnectionOptions& options,
                                              const std::string& management,
                                              const std::string& queue) {
    auto client = std::make_unique<ManagementClient>(options, management);
    if (client->knows("queue")) {
        return client;
    }
    const std::string broker = broker_of(client->query("address", {}, 0), queue);
    client->close();
    return std::make_unique<ManagementClient>(options, broker_address(broker));
}

}  // namespace weft::tools
