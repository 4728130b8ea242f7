#include "tools/sim/sim_router.hpp"

#include <algorithm>

namespace weft::sim {

void SimRouter::send(linkstate::PeerLink link, Bytes message) {
    outbox.push_back({link, Buffer(message.begin(), message.end())});
}

void SimRouter::on_path(RouterIndex router, const std::optional<linkstate::Path>& path) {
    if (watcher_ != nullptr) {
        watcher_->on_path(number_, machine.id_of(router), path);
    }
    if (path) {
        paths[router] = *path;
        return;
    }
    if (paths.erase(router) == 0) {
        faults.emplace_back("a path is withdrawn that was never told");
    }
}

void SimRouter::on_remote_address(RouterIndex router,
                                  std::string_view key,
                                  bool has,
                                  linkstate::Hint /*hint*/) {
    if (has && !paths.contains(router)) {
        faults.emplace_back("a key of a router without a path");  // I4
    }
    if (watcher_ != nullptr) {
        watcher_->on_address(number_, has);
    }
    const bool changed =
        has ? keys[router].emplace(key).second : keys[router].erase(std::string(key)) == 1;
    if (!changed) {  // I4
        faults.push_back("key " + std::string(key) + (has ? " told twice" : " taken back twice"));
    }
}

std::size_t SimRouter::count(linkstate::LinkStateEvent::Kind kind) const {
    return static_cast<std::size_t>(
        std::ranges::count(events, kind, &linkstate::LinkStateEvent::kind));
}

}  // namespace weft::sim
