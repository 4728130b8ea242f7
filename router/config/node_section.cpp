#include "router/config/sections.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>

namespace weft::router {

namespace {

constexpr std::size_t kIdBytesMax = 127;
constexpr int kWorkersDefaultMax = 8;
/// Of what is sent to other routers again and again; less would be a flood.
constexpr Duration kIntervalMin = std::chrono::milliseconds{10};

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

/// A router of a mesh is addressed as "_topo/0/ID/…", all of them as "_topo/0/all/…".
void check_mesh_id(const config::Entity& entity, const std::string& id, config::Faults& faults) {
    if (entity.given("id") == nullptr) {
        key_error(entity, "mode", "\"interior\" needs \"id\", unique in the mesh", faults);
    } else if (id == "all" || id.find('/') != std::string::npos) {
        key_error(entity, "id", "must not be \"all\" nor contain \"/\" with \"mode\": \"interior\"",
                  faults);
    }
}

void check_longer(const config::Entity& entity,
                  std::string_view age,
                  std::string_view interval,
                  config::Faults& faults) {
    if (entity.duration(age) <= entity.duration(interval)) {
        key_error(entity, age, "must be more than " + std::string{interval}, faults);
    }
}

/// Silence must last longer than what is sent regularly takes to come.
void check_intervals(const config::Entity& entity, config::Faults& faults) {
    for (const std::string_view key :
         {"helloIntervalSeconds", "raIntervalSeconds", "raIntervalFluxSeconds"}) {
        if (entity.duration(key) < kIntervalMin) {
            key_error(entity, key, "must be at least 0.01", faults);
        }
    }
    check_longer(entity, "helloMaxAgeSeconds", "helloIntervalSeconds", faults);
    check_longer(entity, "remoteLsMaxAgeSeconds", "raIntervalSeconds", faults);
    check_longer(entity, "remoteLsMaxAgeSeconds", "raIntervalFluxSeconds", faults);
}

/// The default gives way to a shorter helloIntervalSeconds.
Duration fast_hello_of(const config::Entity& entity, config::Faults& faults) {
    const Duration fast = entity.duration("fastHelloSeconds");
    const Duration usual = entity.duration("helloIntervalSeconds");
    if (entity.given("fastHelloSeconds") == nullptr) {
        return std::min(fast, usual);
    }
    if (fast > usual || (fast < kIntervalMin && fast != Duration::zero())) {
        key_error(entity, "fastHelloSeconds",
                  "must be 0, or at least 0.01 and at most helloIntervalSeconds", faults);
    }
    return fast;
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

}  // namespace

Distribution distribution_of(std::string_view name) {
    if (name == "multicast") {
        return Distribution::multicast;
    }
    if (name == "closest") {
        return Distribution::closest;
    }
    return name == "unavailable" ? Distribution::unavailable : Distribution::balanced;
}

NodeConfig read_node(const config::Entity& entity, const Host& host, config::Faults& faults) {
    NodeConfig node;
    node.id = id_of(entity, host);
    check_id(entity, node.id, faults);
    node.mode = entity.text("mode") == "interior" ? RouterMode::interior : RouterMode::standalone;
    if (node.mode == RouterMode::interior) {
        check_mesh_id(entity, node.id, faults);
    }
    node.worker_threads = workers_of(entity, host);
    node.default_distribution = distribution_of(entity.text("defaultDistribution"));
    node.shutdown = entity.duration("shutdownSeconds");
    node.state_dir = entity.text("stateDir");
    node.metadata = entity.text("metadata");
    node.hello_interval = entity.duration("helloIntervalSeconds");
    node.fast_hello = fast_hello_of(entity, faults);
    node.hello_max_age = entity.duration("helloMaxAgeSeconds");
    node.ra_interval = entity.duration("raIntervalSeconds");
    node.ra_interval_flux = entity.duration("raIntervalFluxSeconds");
    node.remote_ls_max_age = entity.duration("remoteLsMaxAgeSeconds");
    check_intervals(entity, faults);
    return node;
}

}  // namespace weft::router
