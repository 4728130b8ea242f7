#include "router/node/containers.hpp"

#include "common/io/log.hpp"
#include "router/config/log_modules.hpp"
#include "router/node/container_connection.hpp"
#include "router/node/tenancy.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace weft::node {
namespace {

void log(io::Level level, const autolink::AutoLink& link, std::string_view what) {
    WEFT_LOG(router_config::LogModule::router_core, level,
             "auto-link " + link.link_name() +
                 (link.config.direction == router::Direction::in ? " from " : " to ") +
                 link.config.container + " " + std::string(what));
}

/// "; tried again in 2 s"
std::string again(Duration after) {
    return "; tried again in " +
           std::to_string(std::chrono::ceil<std::chrono::seconds>(after).count()) + " s";
}

}  // namespace

Containers::Containers(io::Loop& loop) : loop_{loop} {
    link_routing_.tell_of_coordinators(
        [this](bool any) { expansion_.leave_coordinators(/*to_others=*/any); });
}

Result<const autolink::AutoLink*> Containers::add(autolink::AutoLinkConfig config) {
    auto added = auto_links_.add(std::move(config), loop_.now());
    plan();
    return added;
}

void Containers::opened(ContainerConnection& connection, std::string_view container) {
    connections_.emplace(connection.id(), &connection);
    // What is meant for all connections of a listener is not meant for whoever is one's tenant.
    const std::string name =
        connection.tenancy() == nullptr ? connection.profile().name : std::string{};
    auto_links_.opened(connection.id(), container, name, loop_.now());
    link_routing_.opened(connection.id(), container, name);
    expansion_.opened(connection.id(), container, name);
    plan();
}

void Containers::gone(ContainerConnection& connection) {
    if (connections_.erase(connection.id()) > 0) {
        auto_links_.gone(connection.id());
        link_routing_.gone(connection.id());
        expansion_.gone(connection.id());
        plan();
    }
}

void Containers::attached(ContainerConnection& connection,
                          std::uint64_t auto_link,
                          std::uint64_t link) {
    auto_links_.attached(auto_link, connection.id(), link, loop_.now());
    log(io::Level::debug, *auto_links_.find(auto_link), "is active");
}

void Containers::failed(ContainerConnection& connection,
                        std::uint64_t auto_link,
                        const std::string& why) {
    const auto setback = auto_links_.failed(auto_link, connection.id(), why, loop_.now());
    log(setback.is_first ? io::Level::warning : io::Level::debug, *auto_links_.find(auto_link),
        "failed: " + why + again(setback.again));
    plan();
}

void Containers::failed(ContainerConnection& connection,
                        const std::vector<std::uint64_t>& auto_links,
                        const std::string& why) {
    Duration after = Duration::max();
    bool is_first = false;
    for (const std::uint64_t id : auto_links) {
        const auto setback = auto_links_.failed(id, connection.id(), why, loop_.now());
        after = std::min(after, setback.again);
        is_first = is_first || setback.is_first;
    }
    if (!auto_links.empty()) {
        WEFT_LOG(router_config::LogModule::router_core,
                 is_first ? io::Level::warning : io::Level::debug,
                 "[C" + std::to_string(connection.id()) + "] " + why + ": " +
                     std::to_string(auto_links.size()) + " auto-links failed" + again(after));
    }
    plan();
}

std::uintptr_t Containers::attach(const autolink::AutoLink& link,
                                  const autolink::AutoLinkEnd& end) {
    return reinterpret_cast<std::uintptr_t>(
        connections_.at(end.connection)->open_link(link, end.number));
}

void Containers::detach(const autolink::AutoLinkEnd& end) {
    connections_.at(end.connection)->close_link(*reinterpret_cast<amqp::Link*>(end.port_end));
}

void Containers::plan() {
    const Instant due = auto_links_.next_due();
    if (due != planned_) {
        planned_ = due;
        timer_ = due == kNever ? io::Timer{}
                               : loop_.after(std::max(due - loop_.now(), Duration::zero()),
                                             [this] { work(); });
    }
}

void Containers::work() {
    planned_ = kNever;
    auto_links_.work(loop_.now(), kAttachedAtOnce);
    plan();
}

}  // namespace weft::node
