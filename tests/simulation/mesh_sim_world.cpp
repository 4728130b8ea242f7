#include "tests/simulation/mesh_sim_world.hpp"

#include "tests/simulation/core_audit.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace weft::router {
namespace {

void rule(Core& core, const char* address, Distribution distribution) {
    auto pattern = AddressPattern::parse(AddressPattern::Grammar::address, address);
    Treatment treatment;
    treatment.distribution = distribution;
    static_cast<void>(core.rules().add({.name = {}, .pattern = *pattern, .treatment = treatment}));
}

}  // namespace

MeshWorld::MeshWorld(Dice& dice, MeshLedger& ledger, const Instant& now)
    : dice_{dice}, ledger_{ledger}, now_{now} {
    truth_.size = 3 + dice_.below(6);
    for (std::size_t i = 0; i < truth_.size; ++i) {
        nodes_.push_back(std::make_unique<Node>(i, truth_.size, now_));
        rule(nodes_[i]->core, "near", Distribution::closest);
        rule(nodes_[i]->core, "many/#", Distribution::multicast);
        rule(nodes_[i]->core, "+/x", Distribution::multicast);
    }
    for (std::size_t i = 1; i < truth_.size; ++i) {
        connect(dice_.below(i), i);
    }
    for (std::size_t more = dice_.below(truth_.size); more > 0; --more) {
        const std::size_t one = dice_.below(truth_.size);
        connect(one, dice_.below(truth_.size));
    }
}

// --- what they believe --------------------------------------------------------------------------

bool MeshWorld::at_rest() const {
    return std::ranges::all_of(nodes_,
                               [this](const auto& node) { return node->knows(truth_, nodes_); });
}

void MeshWorld::come_to_rest() {
    for (const auto& node : nodes_) {
        node->learn(truth_, nodes_);
    }
}

void MeshWorld::let_one_learn() {
    nodes_[dice_.below(nodes_.size())]->learn(truth_, nodes_);
}

// --- wires --------------------------------------------------------------------------------------

void MeshWorld::connect(std::size_t one, std::size_t other) {
    const std::pair ends = std::minmax(one, other);
    if (one == other || truth_.links.contains(ends)) {
        return;
    }
    WireEnd::Options options;
    options.room_bytes = dice_.chance(50) ? 300 + dice_.below(3000) : 100'000;
    options.frame_bytes_max = dice_.chance(50) ? 64 + dice_.below(500) : 16'384;
    options.accepts_streams = dice_.chance(80);
    options.expands = dice_.chance(60);
    for (std::size_t more = dice_.below(4); more > 0; --more) {
        options.priorities.insert(static_cast<std::uint8_t>(dice_.below(kPriorities)));
    }
    Node& first = *nodes_[ends.first];
    Node& second = *nodes_[ends.second];
    first.ends[ends.second] = std::make_unique<WireEnd>(first.core, now_, options);
    second.ends[ends.first] = std::make_unique<WireEnd>(second.core, now_, options);
    WireEnd::join(*first.ends[ends.second], *second.ends[ends.first]);
    truth_.links[ends] = static_cast<std::uint32_t>(1 + dice_.below(3));
    first.learn(truth_, nodes_);
    second.learn(truth_, nodes_);
    ledger_.disturb();
}

void MeshWorld::disconnect() {
    auto at = truth_.links.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(dice_.below(truth_.links.size())));
    const auto [one, other] = at->first;
    truth_.links.erase(at);
    ledger_.disturb();
    nodes_[one]->lose(other, truth_);
    nodes_[other]->lose(one, truth_);
    forget(one, other);
    forget(other, one);
}

void MeshWorld::forget(std::size_t node, std::size_t neighbour) {
    keep_faults(*nodes_[node]->ends.at(neighbour));
    nodes_[node]->ends.erase(neighbour);
}

void MeshWorld::change() {
    if (dice_.mood() != Mood::broken) {
        return;
    }
    if (dice_.chance(50) && !truth_.links.empty()) {
        disconnect();
    } else if (dice_.chance(20) && !truth_.links.empty()) {
        auto at = truth_.links.begin();
        std::advance(at, static_cast<std::ptrdiff_t>(dice_.below(truth_.links.size())));
        at->second = static_cast<std::uint32_t>(1 + dice_.below(5));
        ledger_.disturb();
    } else {
        connect(dice_.below(truth_.size), dice_.below(truth_.size));
    }
}

WireEnd* MeshWorld::some_end() {
    Node& node = *nodes_[dice_.below(nodes_.size())];
    if (node.ends.empty()) {
        return nullptr;
    }
    auto at = node.ends.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(dice_.below(node.ends.size())));
    return at->second.get();
}

void MeshWorld::carry_all() {
    for (bool moved = true; moved && ledger_.fault.empty();) {
        moved = false;
        for (const auto& node : nodes_) {
            for (const auto& entry : node->ends) {
                moved = moved || !entry.second->idle();
                entry.second->carry(entry.second->waiting());
            }
        }
    }
}

// --- what goes on in it ------------------------------------------------------------------------

void MeshWorld::change_room() {
    FakePort& port = nodes_[dice_.below(nodes_.size())]->clients;
    if (dice_.chance(40)) {
        port.room = dice_.below(300);
    } else {
        port.make_room(dice_.chance(50) ? FakePort::kEndless : dice_.below(3000));
    }
}

void MeshWorld::make_all_room() {
    for (const auto& node : nodes_) {
        node->clients.make_room(FakePort::kEndless);
    }
}

void MeshWorld::tick() {
    for (const auto& node : nodes_) {
        node->core.tick(now_);
    }
}

bool MeshWorld::work() {
    bool more = false;
    for (const auto& node : nodes_) {
        more |= node->core.work(now_);
    }
    return more;
}

void MeshWorld::keep_faults(const WireEnd& end) {
    if (!end.faults.empty()) {
        ledger_.expect(false, end.faults.front());
    }
}

void MeshWorld::look(bool closely) {
    for (const auto& node : nodes_) {
        for (const auto& entry : node->ends) {
            keep_faults(*entry.second);
        }
        if (closely) {
            node->clients.check_contexts();
            for (const std::string& fault : audit(node->core)) {
                ledger_.expect(false, fault);
            }
        }
        if (!node->clients.faults.empty()) {
            ledger_.expect(false, node->clients.faults.front());
        }
        for (const auto& peer : node->clients.peers()) {
            ledger_.look_at_arrivals(*peer);
        }
    }
    for (const auto& node : nodes_) {
        for (const auto& peer : node->clients.peers()) {
            ledger_.look_at_outcomes(*peer);
        }
    }
}

void MeshWorld::check_empty() {
    for (const auto& node : nodes_) {
        ledger_.expect(node->core.deliveries().in_use() == 0,
                       "deliveries are left though all is settled");
        ledger_.expect(node->core.deliveries().held_bytes() == 0,
                       "bytes are left though all is settled");
    }
}

void MeshWorld::part() {
    while (!truth_.links.empty()) {
        disconnect();
    }
    for (const auto& node : nodes_) {
        for (const auto& peer : node->clients.peers()) {
            if (peer->link != nullptr) {
                node->clients.detach(*peer);
            }
        }
        node->leave_mesh();
        node->core.tick(now_);
        while (node->core.work(now_)) {
        }
        ledger_.expect(node->core.addresses().size() == 0, "an address is left");
        ledger_.expect(node->core.deliveries().in_use() == 0, "deliveries are left");
    }
}

}  // namespace weft::router
