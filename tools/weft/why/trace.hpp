#pragma once

#include "tools/weft/values/json.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::tools {

/// One router's answer to EXPLAIN. Threading: not shared (a value).
struct Hop {
    std::string router{};
    Json answer{};          // null: there is none
    std::string failure{};  // why not
    bool refused = false;   // it answers, but can't explain: no Weft router
};

/// Asks a router (by id) what would become of a message that entered the mesh at `origin`.
using Explain = std::function<Hop(const std::string& router, const std::string& origin)>;

/// Where `hop` sends the next message: ids of routers; empty if that ends there.
std::vector<std::string> next_routers(const Hop& hop);

/// Follows a message from `first`, which was asked, to where it ends: the routers in the order in
/// which it gets there, each once, at most `routers_max`.
std::vector<Hop> trace(Hop first, const Explain& explain, std::size_t routers_max);

// Parts of an answer, with what counts as absent where it is not there.
std::string text_at(const Json& answer, std::string_view key);
std::size_t count_at(const Json& answer, std::string_view key);
const Json& list_at(const Json& answer, std::string_view key);
/// What the router decided: "consumer", "route", "wait", …
std::string decision_at(const Hop& hop);
/// Consumers of a standing ("no-credit").
std::size_t consumers_at(const Hop& hop, std::string_view standing);
std::size_t consumers_at(const Hop& hop);
/// What decides about links of that direction if they are routed; null: they are not.
const Json* link_route_at(const Hop& hop, std::string_view direction);
/// Whether it takes them past brokers that keep the messages of the address.
bool goes_past_brokers(const Hop& hop, const Json& link_route);
/// The exchange that the router has at the address; null: none.
const Json* exchange_at(const Hop& hop);

}  // namespace weft::tools
