#include "tools/sim/sim_mesh.hpp"

#include <algorithm>
#include <utility>

namespace weft::sim {

std::size_t SimMesh::add(std::string id) {
    nodes_.emplace_back();
    nodes_.back().id = std::move(id);
    start(nodes_.size() - 1, 1);
    return nodes_.size() - 1;
}

void SimMesh::start(std::size_t router, std::int64_t instance) {
    Node& node = nodes_[router];
    linkstate::LinkStateOptions options = config_.options;
    options.id = node.id;
    options.instance = instance;
    node.router = std::make_unique<SimRouter>(std::move(options), watcher_, router);
    ++node.life;
    node.frozen = false;
    held_.erase(router);
    node.alarm = kNever;
    node.works = false;
    for (const std::string& key : node.addresses) {
        node.router->machine.set_local_address(key, true, linkstate::Hint::balanced);
    }
    for (std::size_t i = 0; i < wires_.size(); ++i) {
        if (wires_[i].alive && (wires_[i].a == router || wires_[i].b == router)) {
            // It was broken silently, and is made anew now.
            detach(i, wires_[i].a == router ? wires_[i].b : wires_[i].a);
            wires_[i].alive = false;
            restore(i);
        }
    }
    settle(router);
}

std::size_t SimMesh::connect(
    std::size_t a, std::size_t b, std::uint32_t cost, Duration delay, Duration jitter) {
    wires_.push_back({.a = a, .b = b, .cost = cost, .delay = delay, .jitter = jitter});
    restore(wires_.size() - 1);
    return wires_.size() - 1;
}

void SimMesh::restore(std::size_t wire) {
    Wire& it = wires_[wire];
    if (it.alive || !nodes_[it.a].alive() || !nodes_[it.b].alive()) {
        return;
    }
    it.alive = true;
    it.silent = false;
    it.last_to_a = it.last_to_b = now_;
    attach(wire, it.a);
    attach(wire, it.b);
}

void SimMesh::attach(std::size_t wire, std::size_t router) {
    Wire& it = wires_[wire];
    Node& node = nodes_[router];
    const linkstate::PeerLink link = node.next_link++;
    (router == it.a ? it.at_a : it.at_b) = link;
    node.wires[link] = wire;
    node.router->machine.link_up(link, it.cost, now_);
    if (config_.data_after > Duration::zero()) {
        node.router->machine.set_carries(link, false, now_);
        push({.at = now_ + config_.data_after,
              .router = router,
              .life = node.life,
              .link = link,
              .what = Event::What::carries});
    }
    settle(router);
}

void SimMesh::detach(std::size_t wire, std::size_t router) {
    Wire& it = wires_[wire];
    Node& node = nodes_[router];
    const linkstate::PeerLink link = router == it.a ? it.at_a : it.at_b;
    if (node.wires.erase(link) == 0 || node.router == nullptr) {
        return;
    }
    node.router->machine.link_down(link, now_);
    settle(router);
}

void SimMesh::cut(std::size_t wire) {
    Wire& it = wires_[wire];
    if (std::exchange(it.alive, false)) {
        detach(wire, it.a);
        detach(wire, it.b);
    }
}

void SimMesh::set_cost(std::size_t wire, std::uint32_t cost) {
    Wire& it = wires_[wire];
    it.cost = cost;
    if (it.alive && nodes_[it.a].alive() && nodes_[it.b].alive()) {
        router(it.a).machine.change_cost(it.at_a, cost, now_);
        settle(it.a);
        router(it.b).machine.change_cost(it.at_b, cost, now_);
        settle(it.b);
    }
}

void SimMesh::crash(std::size_t router, bool silently) {
    Node& node = nodes_[router];
    node.router.reset();
    node.wires.clear();
    node.frozen = false;
    held_.erase(router);
    for (std::size_t i = 0; i < wires_.size(); ++i) {
        if (wires_[i].alive && (wires_[i].a == router || wires_[i].b == router) && !silently) {
            wires_[i].alive = false;
            detach(i, wires_[i].a == router ? wires_[i].b : wires_[i].a);
        }
    }
}

void SimMesh::freeze(std::size_t router) {
    nodes_[router].frozen = true;
}

void SimMesh::thaw(std::size_t router) {
    nodes_[router].frozen = false;
    for (Event& event : std::exchange(held_[router], {})) {
        event.at = now_;
        push(std::move(event));
    }
    nodes_[router].alarm = kNever;
    if (nodes_[router].alive()) {
        settle(router);
    }
}

void SimMesh::set_address(std::size_t router, const std::string& key, bool has) {
    Node& node = nodes_[router];
    if (has) {
        node.addresses.insert(key);
    } else {
        node.addresses.erase(key);
    }
    if (node.router != nullptr) {
        node.router->machine.set_local_address(key, has, linkstate::Hint::balanced);
        settle(router);
    }
}

void SimMesh::settle(std::size_t router) {
    Node& node = nodes_[router];
    if (node.frozen) {
        return;
    }
    node.router->machine.flush(now_);
    for (SimRouter::Sent& sent : std::exchange(node.router->outbox, {})) {
        dispatch(router, std::move(sent));
    }
    if (node.router->machine.has_work() && !std::exchange(node.works, true)) {
        push({.at = now_ + std::chrono::microseconds(100),
              .router = router,
              .life = node.life,
              .what = Event::What::work});
    }
    const Instant deadline = node.router->machine.deadline();
    if (deadline < node.alarm) {
        node.alarm = std::max(deadline, now_);
        push({.at = node.alarm, .router = router, .life = node.life, .what = Event::What::alarm});
    }
}

void SimMesh::dispatch(std::size_t router, SimRouter::Sent sent) {
    ++messages_;
    bytes_ += sent.bytes.size();
    const auto found = nodes_[router].wires.find(sent.link);
    if (found == nodes_[router].wires.end()) {
        return;
    }
    Wire& wire = wires_[found->second];
    wire.bytes += sent.bytes.size();
    const bool to_b = wire.a == router && wire.at_a == sent.link;
    const std::size_t peer = to_b ? wire.b : wire.a;
    if (!wire.alive || wire.silent || !nodes_[peer].alive()) {
        return;
    }
    const auto jitter = wire.jitter.count() > 0
                            ? Duration(static_cast<std::int64_t>(
                                  random_() % static_cast<std::uint64_t>(wire.jitter.count())))
                            : Duration{};
    Instant& last = to_b ? wire.last_to_b : wire.last_to_a;
    last = std::max(last, now_ + wire.delay + jitter);
    push({.at = last,
          .router = peer,
          .life = nodes_[peer].life,
          .link = to_b ? wire.at_b : wire.at_a,
          .bytes = std::move(sent.bytes)});
}

void SimMesh::push(Event event) {
    event.order = ++order_;
    events_.push(std::move(event));
}

void SimMesh::handle(Event event) {
    Node& node = nodes_[event.router];
    if (node.router == nullptr || node.life != event.life) {
        return;
    }
    if (node.frozen) {
        held_[event.router].push_back(std::move(event));
        return;
    }
    if (event.what == Event::What::work) {
        node.works = false;
        node.router->machine.work(now_);
        settle(event.router);
        return;
    }
    if (event.what != Event::What::alarm) {
        if (node.wires.contains(event.link)) {
            if (event.what == Event::What::message) {
                node.router->machine.receive(event.link, event.bytes, now_);
            } else {
                node.router->machine.set_carries(event.link, true, now_);
            }
            settle(event.router);
        }
        return;
    }
    if (event.at != node.alarm && node.alarm != kNever) {
        return;  // there is an earlier one meanwhile
    }
    node.alarm = kNever;
    if (node.router->machine.deadline() <= now_) {
        node.router->machine.tick(now_);
    }
    settle(event.router);
}

void SimMesh::step(Instant end) {
    if (events_.empty() || events_.top().at > end) {
        now_ = end;
        return;
    }
    Event event = std::move(const_cast<Event&>(events_.top()));
    events_.pop();
    now_ = event.at;
    handle(std::move(event));
}

void SimMesh::run_for(Duration time) {
    const Instant end = now_ + time;
    while (!events_.empty() && events_.top().at <= end) {
        step(end);
    }
    now_ = end;
}

}  // namespace weft::sim
