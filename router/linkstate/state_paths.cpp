#include "router/linkstate/state.hpp"

#include <algorithm>
#include <utility>

namespace weft::linkstate {

std::optional<Path> LinkState::State::current_path(RouterIndex router) const {
    const RouterIndex hop = paths_.next_hop(router);
    if (router == kThisRouter || hop == kNoRouter || !database_.at(hop).link) {
        return std::nullopt;
    }
    return Path{*database_.at(hop).link, paths_.cost(router)};
}

void LinkState::State::publish_if_due() {
    if (now_ >= paths_due_) {
        publish();
    }
}

/// Computes the paths again if something may have changed, and tells what did.
void LinkState::State::publish() {
    if (!std::exchange(paths_dirty_, false)) {
        return;
    }
    if (paths_.update()) {
        ++counters_.recomputed;
        paths_due_ = now_ + kPathsGap * static_cast<std::int64_t>(database_.size());
    }
    bool changed = false;
    std::vector<RouterIndex> appeared;
    std::vector<std::pair<RouterIndex, Path>> found;
    reachable_ = 1;
    for (RouterIndex router = 1; router < database_.end(); ++router) {
        if (!database_.knows(router)) {
            continue;
        }
        const std::optional<Path> path = current_path(router);
        reachable_ += path ? 1U : 0U;
        if (path) {
            database_.at(router).next_hop = paths_.next_hop(router);
        }
        if (path == database_.at(router).path) {
            continue;
        }
        changed = true;
        if (path) {
            found.emplace_back(router, *path);
        } else {
            withdraw(router);
        }
    }
    for (const auto& [router, path] : found) {
        RouterRecord& record = database_.at(router);
        const bool is_new = !std::exchange(record.path, path);
        output_->on_path(router, path);
        if (is_new) {
            record.reachable_since = appeared_ = now_;
            appeared.push_back(router);
            report(Kind::router_reachable, record.id, {});
            for (const auto& [key, hint] : record.keys) {
                output_->on_remote_address(router, key, true, hint);
            }
        }
    }
    topology_version_ += changed ? 1U : 0U;
    greet(appeared);
}

void LinkState::State::withdraw(RouterIndex router) {
    RouterRecord& record = database_.at(router);
    take_back_keys(router);
    record.path.reset();
    record.next_hop = kNoRouter;
    output_->on_path(router, std::nullopt);
    report(Kind::router_unreachable, record.id, {});
}

/// Routers that appeared may have missed what was said while they were away, as may we; not all of
/// them need have noticed that they were away.
void LinkState::State::greet(const std::vector<RouterIndex>& appeared) {
    for (const RouterIndex router : appeared) {
        ask(router, database_.at(router).links, kAskLater);
        ask_now_.push_back(router);  // what waited for a path
    }
    const bool announces = links_changed_ || announcement_due_;
    if (appeared.empty() || (announces && now_ - advertised_ >= kAdvertGap)) {
        return;  // all will get an advert with the announcement
    }
    if (appeared.size() > kGreetedMax) {
        advert_due_ = std::min(advert_due_, std::max(now_, advertised_ + kAdvertGap));
        return;
    }
    for (const RouterIndex router : appeared) {
        static_cast<void>(send_to(database_.at(router).id, own_advert(), nullptr));
    }
}

}  // namespace weft::linkstate
