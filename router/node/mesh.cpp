#include "router/node/mesh.hpp"

#include "common/base/assert.hpp"
#include "common/io/log.hpp"
#include "router/config/log_modules.hpp"
#include "router/linkroute/link_route.hpp"
#include "router/linkstate/keys.hpp"
#include "router/node/link_routing.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace weft::node {
namespace {

linkstate::LinkStateOptions options_of(const router_config::NodeConfig& config) {
    linkstate::LinkStateOptions options;
    options.id = config.id;
    options.instance = std::chrono::duration_cast<std::chrono::milliseconds>(
                           std::chrono::system_clock::now().time_since_epoch())
                           .count();
    options.hello_interval = config.hello_interval;
    options.fast_hello = config.fast_hello;
    options.hello_max_age = config.hello_max_age;
    options.ra_interval = config.ra_interval;
    options.ra_interval_flux = config.ra_interval_flux;
    options.remote_ls_max_age = config.remote_ls_max_age;
    return options;
}

linkstate::Hint hint_of(router::Distribution distribution) {
    switch (distribution) {
        case router::Distribution::multicast:
            return linkstate::Hint::multicast;
        case router::Distribution::closest:
            return linkstate::Hint::closest;
        case router::Distribution::balanced:
            return linkstate::Hint::balanced;
        case router::Distribution::unavailable:
            break;
    }
    return linkstate::Hint::unavailable;
}

std::optional<router::Distribution> distribution_of(linkstate::Hint hint) {
    switch (hint) {
        case linkstate::Hint::multicast_flood:
        case linkstate::Hint::multicast:
            return router::Distribution::multicast;
        case linkstate::Hint::closest:
            return router::Distribution::closest;
        case linkstate::Hint::balanced:
        case linkstate::Hint::link_balanced:
            return router::Distribution::balanced;
        case linkstate::Hint::unavailable:
            break;
    }
    return std::nullopt;
}

const char* words_of(linkstate::LinkStateEvent::Kind kind) {
    using Change = linkstate::LinkStateEvent::Kind;
    switch (kind) {
        case Change::neighbour_up:
            return "neighbour up";
        case Change::neighbour_lost:
            return "neighbour lost";
        case Change::duplicate_id:
            return "duplicate router id";
        case Change::router_reachable:
            return "router reachable";
        case Change::router_unreachable:
            return "router unreachable";
        case Change::router_restarted:
            return "router restarted";
        case Change::malformed:
            return "malformed control message";
        case Change::version_mismatch:
            return "protocol version not understood";
        case Change::impostor:
            return "a router claims to be another";
        case Change::limit:
            return "limit reached";
    }
    return "";
}

io::Level level_of(linkstate::LinkStateEvent::Kind kind) {
    using Change = linkstate::LinkStateEvent::Kind;
    switch (kind) {
        case Change::neighbour_up:
        case Change::router_reachable:
        case Change::router_restarted:
            return io::Level::info;
        case Change::neighbour_lost:
        case Change::router_unreachable:
            return io::Level::notice;
        case Change::duplicate_id:
            return io::Level::critical;
        case Change::malformed:
        case Change::version_mismatch:
        case Change::impostor:
        case Change::limit:
            break;
    }
    return io::Level::warning;
}

}  // namespace

Mesh::Mesh(router::Core& core, io::Loop& loop, const router_config::NodeConfig& config)
    : core_{core},
      loop_{loop},
      state_{options_of(config), *this},
      demand_{core, loop, [this](std::string_view router, Bytes content) {
                  return state_.send_extension(router, content);
              }} {
    state_.set_local_address(linkstate::demand_key(config.id), true, linkstate::Hint::closest);
    core_.routes().set_topology(this);
    core_.reach().set_local_demand(this);
    loop_.set_urgent([this] { tick(); });
}

Mesh::~Mesh() {
    loop_.set_urgent({});
    core_.routes().set_topology(nullptr);
    core_.reach().set_local_demand(nullptr);
}

linkstate::PeerLink Mesh::add(Neighbour& neighbour) {
    neighbours_.emplace(next_, &neighbour);
    return next_++;
}

void Mesh::remove(linkstate::PeerLink number) {
    neighbours_.erase(number);
}

router::Trunk* Mesh::trunk_of(linkstate::PeerLink number) const {
    const auto at = neighbours_.find(number);
    return at == neighbours_.end() ? nullptr : at->second->in_core().trunk;
}

void Mesh::link_up(linkstate::PeerLink number, std::uint32_t cost) {
    state_.link_up(number, cost, loop_.now());
    state_.set_carries(number, trunk_of(number)->carries(), loop_.now());
    after_event();
}

void Mesh::data_up(linkstate::PeerLink number) {
    state_.set_carries(number, true, loop_.now());
    after_event();
}

void Mesh::link_down(linkstate::PeerLink number) {
    state_.link_down(number, loop_.now());
    after_event();
}

void Mesh::change_cost(std::string_view name, bool dialled, std::uint32_t own) {
    for (const auto& [number, neighbour] : neighbours_) {
        if (neighbour->came_by(name, dialled)) {
            neighbour->set_own_cost(own);
            state_.change_cost(number, neighbour->cost(), loop_.now());
        }
    }
    after_event();
}

std::size_t Mesh::receive(linkstate::PeerLink number, Bytes message) {
    steps_ = kMessageSteps + message.size() / kBytesOfStep;
    state_.receive(number, message, loop_.now());
    after_event();
    return steps_;
}

void Mesh::leave() {
    state_.leave(loop_.now());
    after_event();
}

void Mesh::after_event() {
    state_.flush(loop_.now());
    tell_extension();
    for (const auto& [link, why] : std::exchange(given_up_, {})) {
        if (const auto at = neighbours_.find(link); at != neighbours_.end()) {
            at->second->drop(why);
        }
    }
    loop_.urge_at(state_.deadline());
    work_later();
}

/// Behind all others that are ready: a slice of what was put off, and what comes of it.
void Mesh::work_later() {
    if (state_.has_work() && !std::exchange(work_due_, true)) {
        work_timer_ = loop_.after(Duration::zero(), [this] {
            work_due_ = false;
            state_.work(loop_.now());
            after_event();
        });
    }
}

/// Nobody counts as silent for what only this router has not read yet.
void Mesh::tick() {
    for (const auto& [number, neighbour] : neighbours_) {
        state_.note_life(number, neighbour->heard(), neighbour->heard_part());
        if (state_.seems_silent(number, loop_.now())) {
            neighbour->hear();
            state_.note_life(number, neighbour->heard(), neighbour->heard_part());
        }
    }
    state_.tick(loop_.now());
    after_event();
}

// --- the machine's wishes -----------------------------------------------------------------------

void Mesh::send(linkstate::PeerLink link, Bytes message) {
    steps_ += 1 + message.size() / kBytesOfStep;
    const auto at = neighbours_.find(link);
    if (at != neighbours_.end() && !at->second->send(message)) {
        given_up_.push_back({link, "it does not read its control messages"});
    }
}

void Mesh::on_path(RouterIndex router, const std::optional<linkstate::Path>& path) {
    router::Trunk* const trunk = path ? trunk_of(path->link) : nullptr;
    WEFT_CHECK(trunk == nullptr || trunk->carries());
    core_.reach().set_path(router, state_.id_of(router), trunk, path ? path->cost : 0, loop_.now());
    demand_.path_changed(router, trunk != nullptr);
    if (link_routing_ != nullptr) {
        link_routing_->set_cost(router, path ? std::optional{path->cost} : std::nullopt);
    }
}

void Mesh::on_remote_address(RouterIndex router,
                             std::string_view key,
                             bool has,
                             linkstate::Hint hint) {
    ++steps_;
    if (linkroute::is_link_route_key(key)) {
        if (link_routing_ != nullptr) {
            link_routing_->set_remote(router, key, has);
        }
        return;
    }
    if (!key.starts_with(linkstate::kWeftKeys)) {
        core_.reach().set_remote(router, key, has, distribution_of(hint), loop_.now());
        demand_.remote_changed(key);
        return;
    }
    // Tells what the router can do: no address of anybody's. Nobody says so of another.
    const std::string_view id = key.substr(linkstate::kWeftKeys.size());
    const std::string_view its = state_.id_of(router);
    if (id == its) {
        told_.push_back({.what = has ? Told::What::up : Told::What::down,
                         .router = std::string(its),
                         .index = router});
    } else if (key == linkstate::demand_key(its)) {
        told_.push_back({.what = has ? Told::What::hears : Told::What::hears_not,
                         .router = std::string(its),
                         .index = router});
    }
}

void Mesh::on_silent(linkstate::PeerLink link, std::string_view why) {
    given_up_.push_back({link, "its router is not heard: " + std::string(why)});
}

void Mesh::on_event(const linkstate::LinkStateEvent& event) {
    std::string line = words_of(event.kind);
    if (const auto at = neighbours_.find(event.link); at != neighbours_.end()) {
        line = "[C" + std::to_string(at->second->in_core().id) + "] " + line;
    }
    for (const std::string& part : {event.router, event.text}) {
        line += part.empty() ? "" : ": " + part;
    }
    WEFT_LOG(router_config::LogModule::router_ls, level_of(event.kind), line);
}

void Mesh::on_extension(std::string_view router, Bytes content) {
    steps_ += kExtensionSteps;
    told_.push_back({.what = Told::What::message,
                     .router = std::string(router),
                     .index = state_.index_of(router),
                     .content = {content.begin(), content.end()}});
}

/// May send: what comes of that, comes with the next event.
void Mesh::tell_extension() {
    for (const Told& told : std::exchange(told_, {})) {
        tell(told);
    }
    demand_.review();
}

void Mesh::tell(const Told& told) {
    const bool is_demand =
        told.what == Told::What::message && fardemand::is_demand_message(told.content);
    if (is_demand) {
        demand_.receive(told.index, told.router, told.content);
    } else if (told.what == Told::What::hears) {
        demand_.router_up(told.index, told.router);
    } else if (told.what == Told::What::hears_not) {
        demand_.router_down(told.index);
    } else if (extension_ != nullptr) {
        if (told.what == Told::What::message) {
            extension_->receive(told.router, told.content);
        } else if (told.what == Told::What::up) {
            extension_->router_up(told.router);
        } else {
            extension_->router_down(told.router);
        }
    }
}

// --- the core's ---------------------------------------------------------------------------------

void Mesh::demand_changed(const router::Address& address, bool wanted) {
    if (address.key.address_class() != 'M' && address.key.address_class() != 'H') {
        return;
    }
    state_.set_local_address(address.key.text, wanted, hint_of(address.treatment.distribution),
                             wanted ? router::asker_of(address, router::Scope::all) : 0);
    flush_later();
}

void Mesh::announce_link_route(std::string_view key, bool has) {
    state_.set_local_address(key, has, linkstate::Hint::link_balanced);
    flush_later();
}

/// Not from within a call of the core; and what one turn brings goes out together.
void Mesh::flush_later() {
    if (!std::exchange(flush_due_, true)) {
        flush_timer_ = loop_.after(Duration::zero(), [this] {
            flush_due_ = false;
            after_event();
        });
    }
}

RouterIndex Mesh::index_of(std::string_view router_id) const {
    return state_.index_of(router_id);
}

const router::Destinations& Mesh::valid_destinations(RouterIndex origin) {
    return state_.valid_destinations(origin);
}

bool Mesh::leads_here(RouterIndex origin, const router::Trunk& trunk) {
    const std::string_view expected = state_.id_of(state_.previous_hop(origin));
    return expected.empty() ||  // nobody knows better
           std::ranges::any_of(neighbours_, [&](const auto& entry) {
               const auto& [link, neighbour] = entry;
               return neighbour->in_core().trunk == &trunk && state_.neighbour_on(link) == expected;
           });
}

}  // namespace weft::node
