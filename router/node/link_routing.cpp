#include "router/node/link_routing.hpp"

#include "common/base/printable.hpp"
#include "common/io/log.hpp"
#include "router/config/log_modules.hpp"
#include "router/node/mesh.hpp"

#include <string>
#include <utility>

namespace weft::node {

Result<const linkroute::LinkRoute*> LinkRouting::add(linkroute::LinkRouteConfig config) {
    auto added = routes_.add(std::move(config));
    if (added) {
        note(**added, /*came=*/true);
    }
    announce();
    return added;
}

Result<const linkroute::LinkRoute*> LinkRouting::add_for(std::uint64_t connection,
                                                         std::string_view container,
                                                         linkroute::LinkRouteConfig config) {
    auto added = routes_.add_for(connection, container, std::move(config));
    if (added) {
        note(**added, /*came=*/true);
    }
    announce();
    return added;
}

bool LinkRouting::remove(std::uint64_t id) {
    if (const linkroute::LinkRoute* const route = routes_.find(id)) {
        note(*route, /*came=*/false);
    }
    const bool removed = routes_.remove(id);
    follow();
    return removed;
}

void LinkRouting::note(const linkroute::LinkRoute& route, bool came) {
    if (route.source == linkroute::Source::address ||
        !linkroute::takes(route, router::Direction::in, linkroute::kCoordinator)) {
        return;
    }
    const bool any_before = take_coordinators_ > 0;
    take_coordinators_ += came ? std::size_t{1} : std::size_t(-1);
    if (any_before != (take_coordinators_ > 0) && tell_of_coordinators_) {
        tell_of_coordinators_(!any_before);
    }
}

void LinkRouting::opened(std::uint64_t connection,
                         std::string_view container,
                         std::string_view name) {
    routes_.container_came(connection, container, name);
    follow();
}

void LinkRouting::gone(std::uint64_t connection) {
    for (const linkroute::LinkRoute* const route : routes_.made_by(connection)) {
        note(*route, /*came=*/false);
    }
    routes_.container_gone(connection);
    follow();
}

void LinkRouting::follow() {
    if (more_) {  // it has its turns
        announce();
    } else {
        work();
    }
}

void LinkRouting::work() {
    more_ = false;
    if (routes_.work(kFollowAtOnce)) {
        work_later();
    }
    announce();
}

void LinkRouting::work_later() {
    if (!std::exchange(more_, true)) {
        next_ = loop_.after(Duration::zero(), [this] { work(); });
    }
}

void LinkRouting::set_remote(RouterIndex router, std::string_view key, bool has) {
    if (has) {
        if (const auto refused = routes_.router_has(router, key)) {
            warn(router, key, refused->text);
        }
    } else if (routes_.router_lost(router, key)) {
        work_later();
    }
    tell_if_changed();
}

/// It may make and take back such for ever.
void LinkRouting::warn(RouterIndex router, std::string_view key, std::string_view why) {
    constexpr std::size_t kTextMax = 200;
    const Instant now = loop_.now();
    std::erase_if(warned_, [now](const auto& each) { return each.second <= now; });
    if (!warned_.try_emplace(router, now + kWarningGap).second) {
        return;
    }
    ++warnings_;
    WEFT_LOG(router_config::LogModule::router_core, io::Level::warning,
             "link routes of another router are not taken, the first of them \"" +
                 printable(key.substr(0, kTextMax)) + "\": " + printable(why.substr(0, kTextMax)));
}

void LinkRouting::expect(bool routed) {
    expected_ = routed;
    tell_if_changed();
}

/// While there is work left something may find room: else others would hear of none, and of some a
/// turn later.
void LinkRouting::tell_if_changed() {
    if (any_ != (expected_ || routes_.area_count() > 0 || (any_ && more_))) {
        any_ = !any_;
        if (tell_) {
            tell_(any_);
        }
    }
}

void LinkRouting::announce() {
    tell_if_changed();
    for (const auto& [key, has] : routes_.take_announcements()) {
        WEFT_LOG(router_config::LogModule::router_core, io::Level::debug,
                 "link route " + key + (has ? " has a container" : " has no container any more"));
        if (mesh_ != nullptr) {
            mesh_->announce_link_route(key, has);
        }
        if (announce_) {
            announce_(key, has);
        }
    }
}

}  // namespace weft::node
