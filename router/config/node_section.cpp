#include "router/config/intervals.hpp"
#include "router/config/sections.hpp"

#include <algorithm>
#include <string_view>

namespace weft::router_config {

namespace {

constexpr std::size_t kIdBytesMax = 127;
constexpr int kWorkersDefaultMax = 8;

/// Spaces and control characters, those of Unicode included, would break tools that show ids.
bool breaks_id(std::string_view id) {
    constexpr std::string_view kUnicodeSpaces[] = {"\u0085", "\u00a0", "\u1680", "\u2028",
                                                   "\u2029", "\u202f", "\u205f", "\u3000"};
    const bool ascii = std::ranges::any_of(id, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte <= 0x20 || byte == 0x7f;
    });
    return ascii || std::ranges::any_of(kUnicodeSpaces, [id](std::string_view space) {
               return id.find(space) != std::string_view::npos;
           });
}

void check_id(const config::Entity& entity, const std::string& id, config::Faults& faults) {
    if (entity.given("id") != nullptr && id.empty()) {
        key_error(entity, "id", "must not be empty", faults);
    } else if (id.size() > kIdBytesMax || breaks_id(id)) {
        key_error(entity, "id",
                  "must have at most 127 bytes and no space or control character, not " +
                      config::quote(id),
                  faults);
    }
}

/// A router of a mesh is addressed as "_topo/0/ID/…", all of them as "_topo/0/all/…"; an edge
/// router as "_edge/ID/…".
void check_mesh_id(const config::Entity& entity, const std::string& id, config::Faults& faults) {
    const std::string mode = config::quote(entity.text("mode"));
    if (entity.given("id") == nullptr) {
        key_error(entity, "mode", mode + " needs \"id\", unique in the mesh", faults);
    } else if (id == "all" || id.find('/') != std::string::npos) {
        key_error(entity, "id", "must not be \"all\" nor contain \"/\" with \"mode\": " + mode,
                  faults);
    }
}

std::string id_of(const config::Entity& entity, const Host& host) {
    return entity.given("id") == nullptr ? "weft-" + host.name : entity.text("id");
}

int workers_of(const config::Entity& entity, const Host& host) {
    if (entity.given("workerThreads") != nullptr) {
        return static_cast<int>(entity.integer("workerThreads"));
    }
    const int processors = static_cast<int>(std::min(host.processors, 1024U));
    return std::clamp(processors - 1, 1, kWorkersDefaultMax);
}

RouterMode mode_of(std::string_view name) {
    for (const RouterMode mode : {RouterMode::interior, RouterMode::edge}) {
        if (name == name_of(mode)) {
            return mode;
        }
    }
    return RouterMode::standalone;
}

}  // namespace

const char* name_of(RouterMode mode) {
    constexpr const char* kNames[] = {"standalone", "interior", "edge"};
    return kNames[static_cast<int>(mode)];
}

router::Distribution distribution_of(std::string_view name) {
    if (name == "multicast") {
        return router::Distribution::multicast;
    }
    if (name == "closest") {
        return router::Distribution::closest;
    }
    return name == "unavailable" ? router::Distribution::unavailable
                                 : router::Distribution::balanced;
}

NodeConfig read_node(const config::Entity& entity, const Host& host, config::Faults& faults) {
    NodeConfig node;
    node.id = id_of(entity, host);
    check_id(entity, node.id, faults);
    node.mode = mode_of(entity.text("mode"));
    if (node.mode != RouterMode::standalone) {
        check_mesh_id(entity, node.id, faults);
    }
    node.worker_threads = workers_of(entity, host);
    node.default_distribution = distribution_of(entity.text("defaultDistribution"));
    node.resumable_link_routes = entity.boolean("allowResumableLinkRoute");
    node.client_link_routes = entity.boolean("clientLinkRoutes");
    node.listed_tenants_only = entity.boolean("onlyListedTenants");
    node.shutdown = entity.duration("shutdownSeconds");
    node.state_dir = entity.text("stateDir");
    node.metadata = entity.text("metadata");
    const Intervals intervals = read_intervals(entity, faults);
    node.hello_interval = intervals.hello;
    node.fast_hello = intervals.fast_hello;
    node.hello_max_age = intervals.hello_max_age;
    node.ra_interval = intervals.ra;
    node.ra_interval_flux = intervals.ra_flux;
    node.remote_ls_max_age = intervals.remote_ls_max_age;
    return node;
}

}  // namespace weft::router_config
