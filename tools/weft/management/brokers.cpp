#include "tools/weft/management/brokers.hpp"

#include "tools/weft/failure.hpp"
#include "tools/weft/management/client.hpp"

#include <algorithm>
#include <utility>

namespace weft::tools {

std::map<std::string, std::vector<std::string>> brokers_in(const std::vector<Entity>& addresses) {
    std::map<std::string, std::vector<std::string>> brokers;
    for (const Entity& address : addresses) {
        const auto places = address.find("attachedAt");
        if (places == address.end() || !places->is_object()) {
            continue;
        }
        for (const auto& [broker, routers] : places->items()) {
            std::vector<std::string>& known = brokers[broker];
            for (const Json& router : routers) {
                auto id = router.get<std::string>();
                if (std::ranges::find(known, id) == known.end()) {
                    known.push_back(std::move(id));
                }
            }
        }
    }
    return brokers;
}

BrokersTold ask_brokers(const ConnectionOptions& options,
                        const std::map<std::string, std::vector<std::string>>& brokers,
                        std::string_view type,
                        std::size_t limit) {
    BrokersTold told;
    for (const auto& [broker, routers] : brokers) {
        if (routers.empty()) {
            told.silent.push_back(broker + ": it is connected to no router");
            continue;
        }
        const std::size_t left = limit == 0 ? 0 : limit - told.entities.size();
        if (limit != 0 && left == 0) {
            break;
        }
        try {
            ManagementClient client(options, broker_address(broker));
            for (const Entity& row : client.query(type, {}, left)) {
                Entity entity{{"broker", broker}};
                entity.update(row);
                told.entities.push_back(std::move(entity));
            }
            told.heard = true;
            client.close();
        } catch (const Failure& failure) {
            told.silent.push_back(broker + ": " + failure.what());
        }
    }
    return told;
}

}  // namespace weft::tools
