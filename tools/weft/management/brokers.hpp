#pragma once

#include "tools/weft/connection/options.hpp"
#include "tools/weft/management/entity_source.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// The brokers behind routers.
namespace weft::tools {

/// Which brokers a router's addresses name, and the routers that each is connected to; none: it is
/// not connected. `addresses`: entities of the type router.config.address.
std::map<std::string, std::vector<std::string>> brokers_in(const std::vector<Entity>& addresses);

/// What brokers told. Threading: not shared (a value).
struct BrokersTold {
    std::vector<Entity> entities;     // each with "broker"
    std::vector<std::string> silent;  // "b2: why", of those that did not
    bool heard = false;               // one told, be it nothing
};

/// Asks each broker that is connected to some router, over a connection of its own: one that does
/// not answer breaks none that does. `limit`: rows altogether; 0: all.
BrokersTold ask_brokers(const ConnectionOptions& options,
                        const std::map<std::string, std::vector<std::string>>& brokers,
                        std::string_view type,
                        std::size_t limit);

}  // namespace weft::tools
