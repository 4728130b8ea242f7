#include "tests/fuzz/core_bed.hpp"

#include "common/base/assert.hpp"
#include "common/io/log.hpp"
#include "router/config/load.hpp"
#include "tests/simulation/core_audit.hpp"

#include <array>
#include <cstdio>
#include <string>

namespace weft::fuzz {
namespace {

using router::Distribution;

router::CoreOptions options() {
    router::CoreOptions options;
    options.router_id = "A";
    options.names = [next = std::uint8_t{0}]() mutable {
        std::array<std::uint8_t, 16> name{};
        name.back() = next++;
        return name;
    };
    options.limits = {
        .held_bytes_max = 16 * 1024, .deliveries_max = 48, .indexed_from = 3, .slice = 4};
    return options;
}

void add_rule(router::Core& core, const char* text, const router::Treatment& treatment) {
    using router::AddressPattern;
    auto pattern = AddressPattern::parse(AddressPattern::Grammar::address, text);
    WEFT_CHECK(
        core.rules().add({.name = {}, .pattern = *pattern, .treatment = treatment}).has_value());
}

void be_quiet() {
    static const bool quiet =
        io::log().set(io::Module::default_, {.levels = *io::parse_levels("none")}).has_value();
    WEFT_CHECK(quiet);
}

/// Small frames, windows and buffers: a few hundred bytes do what takes megabytes elsewhere.
std::shared_ptr<const node::PeerProfile> small(node::PeerProfile profile) {
    profile.engine.max_frame_size = 1024;
    profile.engine.session_window = 8;
    profile.engine.control_frame_max = 1024;
    profile.engine.output_limit = 4096;
    profile.link_capacity = 6;
    return std::make_shared<node::PeerProfile>(std::move(profile));
}

router_config::RouterConfig loaded() {
    const config::FileReader reader =
        [](const std::string&) -> tl::expected<std::string, std::string> {
        return R"({
            "router": {"id": "A", "mode": "interior"},
            "listeners": [{"name": "clients"},
                          {"name": "mesh", "role": "inter-router", "port": 5673}],
            "connectors": [{"name": "out", "role": "inter-router", "host": "b", "port": 5671}]})";
    };
    config::Faults faults;
    auto config = router_config::load_router_config("fuzz", {}, {"h", 1}, reader, faults);
    for (const std::string& line : faults.lines()) {
        std::fprintf(stderr, "%s\n", line.c_str());
    }
    WEFT_CHECK(config);
    return *std::move(config);
}

const router_config::RouterConfig& config_of_all() {
    static const router_config::RouterConfig config = loaded();
    return config;
}

}  // namespace

std::shared_ptr<const node::PeerProfile> client_profile() {
    static const auto profile = small(node::listener_profile(config_of_all().listeners[0], "A"));
    return profile;
}

std::shared_ptr<const node::PeerProfile> router_profile() {
    static const auto profile = small(node::listener_profile(config_of_all().listeners[1], "A"));
    return profile;
}

std::shared_ptr<const node::PeerProfile> dialling_profile() {
    static const auto profile = small(node::connector_profile(config_of_all().connectors[0], "A"));
    return profile;
}

CoreBed::CoreBed() : core_{options()} {
    be_quiet();
    add_rule(core_, "near", {.distribution = Distribution::closest});
    add_rule(core_, "many", {.distribution = Distribution::multicast});
    add_rule(
        core_, "lossy",
        {.distribution = Distribution::multicast, .slow_consumer = router::SlowConsumer::drop});
    add_rule(core_, "none", {.distribution = Distribution::unavailable});
}

CoreBed::~CoreBed() = default;

std::unique_ptr<io::Protocol> CoreBed::client(io::Transport& transport) {
    return std::make_unique<node::ClientConnection>(core_, transport, client_profile(), *this);
}

void CoreBed::on_made(node::PeerConnection& connection) {
    WEFT_CHECK(connections_.insert(&connection).second);
}

void CoreBed::on_gone(node::PeerConnection& connection) {
    WEFT_CHECK(connections_.erase(&connection) == 1);
    std::erase_if(asked_, [&](const auto& asked) { return asked.first == &connection; });
}

bool CoreBed::others_know(node::ClientConnection& connection, const router::Link& link) {
    if (!at_once_) {
        asked_.emplace_back(&connection, link.id);
    }
    return at_once_;
}

void CoreBed::answer_attaches() {
    for (const auto& [connection, link] : std::exchange(asked_, {})) {
        connection->answer(link);
    }
}

void CoreBed::look() {
    for (node::PeerConnection* connection : connections_) {
        static_cast<io::Protocol*>(connection)->before_write();
    }
    audit();
}

void CoreBed::work() {
    while (core_.work(loop_.now())) {
    }
}

void CoreBed::audit() const {
    const std::vector<std::string> faults = router::audit(core_);
    for (const std::string& fault : faults) {
        std::fprintf(stderr, "audit: %s\n", fault.c_str());
    }
    WEFT_CHECK(faults.empty());
}

void CoreBed::check_empty() {
    work();
    audit();
    WEFT_CHECK(connections_.empty() && asked_.empty());
    WEFT_CHECK(core_.links().size() == 0);
    WEFT_CHECK(core_.deliveries().in_use() == 0);
    WEFT_CHECK(core_.deliveries().held_bytes() == 0);
}

}  // namespace weft::fuzz
