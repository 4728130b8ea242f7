#include "tests/unit/node/loops.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace weft::node {

Loops::One::One(Loops& loops, std::size_t index, std::size_t count)
    : core{{.router_id = "r1", .first_id = index + 1, .id_step = count}},
      relay{core, index, count,
            [&loops, index](std::size_t to, Slab slab) {
                loops.on_the_way.push_back({index, to, std::move(slab)});
            }},
      client{core, loops.now} {
    const auto rule =
        router::AddressPattern::parse(router::AddressPattern::Grammar::address, "news");
    REQUIRE(core.rules().add({.name = {},
                              .pattern = *rule,
                              .treatment = {.distribution = router::Distribution::multicast}}));
}

Loops::Loops(std::size_t count)
    : all{make(*this, count)},
      first{all[0]->core},
      second{all[1]->core},
      here{all[0]->client},
      there{all[1]->client} {}

std::vector<std::unique_ptr<Loops::One>> Loops::make(Loops& loops, std::size_t count) {
    std::vector<std::unique_ptr<One>> made;
    for (std::size_t i = 0; i < count; ++i) {
        made.push_back(std::make_unique<One>(loops, i, count));
    }
    return made;
}

Loops::~Loops() {
    for (const auto& one : all) {
        one->client.check_contexts();
        for (const auto& peer : one->client.peers()) {
            if (peer->link != nullptr) {
                one->client.detach(*peer);
            }
        }
        cross();
        CHECK(one->client.faults == std::vector<std::string>{});
    }
    for (const auto& one : all) {
        CHECK(one->core.deliveries().in_use() == 0);
        CHECK(one->core.deliveries().held_bytes() == 0);
        CHECK(one->core.addresses().size() == 0);
    }
}

bool Loops::work() {
    bool any = false;
    for (const auto& one : all) {
        while (one->core.work(now)) {
            any = true;
        }
        while (one->relay.has_work()) {
            one->relay.go_on(now);
            any = true;
        }
    }
    return any;
}

void Loops::hand_over() {
    for (const auto& one : all) {
        one->relay.hand_over(now);
    }
}

void Loops::arrive(std::size_t at) {
    const auto place = on_the_way.begin() + static_cast<std::ptrdiff_t>(at);
    OnTheWay next = std::move(*place);
    on_the_way.erase(place);
    transfers +=
        static_cast<std::size_t>(std::ranges::count_if(next.slab.records, [](const Record& record) {
            return record.kind == Record::Kind::transfer && record.first;
        }));
    Relay& relay = all[next.to]->relay;
    relay.receive(next.from, std::move(next.slab), now);
    while (relay.has_work()) {
        relay.go_on(now);
    }
}

void Loops::cross() {
    do {
        work();
        hand_over();
        while (!on_the_way.empty()) {
            arrive();
        }
        hand_over();
    } while (!on_the_way.empty() || work());
}

void Loops::tick(int seconds) {
    now = Instant{std::chrono::hours(1) + std::chrono::seconds(seconds)};
    for (const auto& one : all) {
        one->core.tick(now);
    }
}

}  // namespace weft::node
