#include "router/mgmt/loop_metrics.hpp"

#include "router/linkstate/keys.hpp"
#include "router/node/shard.hpp"

#include <algorithm>

namespace weft::router_mgmt {

bool SeriesNames::may_have(const router::AddressKey& key) {
    return key.address_class() == 'M' && key.name() != kOtherAddresses &&
           key.name().size() <= kMetricNameMax && !key.text.starts_with(linkstate::weft_key({}));
}

bool SeriesNames::choose(const router::AddressTable& addresses, std::size_t steps) {
    const auto& all = addresses.all();
    for (; at_ < all.size() && size() < kMetricAddressesMax && steps > 0; ++at_, --steps) {
        add(all[at_]->key);
    }
    return at_ >= all.size() || size() == kMetricAddressesMax;
}

bool SeriesNames::add(const router::AddressKey& key) {
    if (size() == kMetricAddressesMax || !may_have(key)) {
        return false;
    }
    positions_.try_emplace(key.text, size());
    return true;
}

std::size_t SeriesNames::find(std::string_view key) const {
    const auto found = positions_.find(key);
    return found == positions_.end() ? kNone : found->second;
}

bool LoopTally::go_on(const node::Shard& shard, std::size_t steps) {
    switch (stage_) {
        case Stage::totals:
            found_.totals = totals_of(shard);
            stage_ = Stage::connections;
            return false;
        case Stage::connections:
            count_connections(shard, steps);
            return false;
        case Stage::addresses:
            return count_addresses(shard.core().addresses(), steps);
    }
    return true;
}

void LoopTally::count_connections(const node::Shard& shard, std::size_t steps) {
    const auto& all = shard.connections();
    auto at = all.lower_bound(connection_);
    for (; at != all.end() && steps > 0; ++at, --steps) {
        const node::PeerProfile& profile = at->second->profile();
        ++found_.connections[{profile.role, profile.name}];
        ++steps_;
    }
    if (at == all.end()) {
        stage_ = Stage::addresses;
        left_ = shard.core().addresses().size();
    } else {
        connection_ = at->first;
    }
}

bool LoopTally::count_addresses(const router::AddressTable& addresses, std::size_t steps) {
    const auto& all = addresses.all();
    for (left_ = std::min(left_, all.size()); left_ > 0 && steps > 0; --steps) {
        const router::Address& address = *all[--left_];
        ++steps_;
        AddressMetrics metrics = metrics_of(address);
        if (names_->find(address.key.text) != SeriesNames::kNone) {
            // It comes twice if it was moved into the place of one that went.
            const bool is_new =
                found_.named.try_emplace(address.key.text, std::move(metrics)).second;
            found_.addresses += is_home_ && is_new ? 1U : 0U;
        } else if (!is_home_ && address.consumers().empty()) {
            lonely_.push_back({address.key, std::move(metrics)});
        } else {
            found_.other += metrics;
            found_.addresses += is_home_ ? 1U : 0U;
            found_.over_budget += is_home_ && SeriesNames::may_have(address.key) ? 1U : 0U;
        }
    }
    return left_ == 0;
}

AddressMetrics metrics_of(const router::Address& address) {
    return {.address = std::string{address.key.name()},
            .in = address.ingress + address.from_process,
            .out = address.egress + address.to_process,
            .transit = address.transit,
            .consumers = address.consumers().size() - address.exits().size(),
            .waiting = address.waiting_count(),
            .remotes = address.remotes.size()};
}

}  // namespace weft::router_mgmt
