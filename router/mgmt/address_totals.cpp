#include "router/mgmt/address_totals.hpp"

#include "router/node/shards.hpp"

#include <algorithm>

namespace weft::router_mgmt {

void AddressTotals::add(const router::Address& address) {
    const auto relays = static_cast<std::uint64_t>(std::ranges::count_if(
        address.outlets, [](const router::Outlet* each) { return each->relay; }));
    key = address.key.text;
    treatment = address.treatment;
    in_process += address.in_process;
    subscribers += address.consumers.size() - address.in_process - relays;
    ingress += address.ingress;
    egress += address.egress;
    to_process += address.to_process;
    from_process += address.from_process;
    transit += address.transit;
    remotes.insert(remotes.end(), address.remotes.begin(), address.remotes.end());
    for (const router::Outlet* outlet : address.outlets) {
        outstanding += outlet->relay ? 0 : outlet->outstanding;
    }
    for (const auto& route : address.routes) {
        outstanding += route->outstanding;
    }
    waiting += address.waiting_count();
}

/// Where somebody receives, every loop has at least a relay.
std::vector<std::string> AddressKeys::elsewhere() const {
    std::vector<std::string> keys;
    for (std::size_t i = 1; i < shards_.size(); ++i) {
        shards_.on(i, [&](node::Shard& shard) {
            for (const router::Address* address : shard.core().addresses().all()) {
                if (address->consumers.empty()) {
                    keys.push_back(address->key.text);
                }
            }
        });
    }
    std::erase_if(keys, [&](const std::string& key) {
        return shards_.home().core().addresses().find(key) != nullptr;
    });
    std::ranges::sort(keys);
    keys.erase(std::ranges::unique(keys).begin(), keys.end());
    return keys;
}

std::size_t AddressKeys::size() const {
    return shards_.home().core().addresses().size() + elsewhere().size();
}

std::vector<std::string> AddressKeys::page(std::size_t offset, std::size_t count) const {
    const auto& home = shards_.home().core().addresses().all();
    std::vector<std::string> keys;
    for (; offset < home.size() && keys.size() < count; ++offset) {
        keys.push_back(home[offset]->key.text);
    }
    if (keys.size() < count && shards_.size() > 1) {
        const std::vector<std::string> others = elsewhere();
        const std::size_t begin = std::min(offset - home.size(), others.size());
        const std::size_t taken = std::min(count - keys.size(), others.size() - begin);
        std::copy_n(others.begin() + static_cast<std::ptrdiff_t>(begin), taken,
                    std::back_inserter(keys));
    }
    return keys;
}

std::vector<AddressTotals> totals_of(node::Shards& shards, const std::vector<std::string>& keys) {
    std::vector<AddressTotals> totals(keys.size());
    shards.on_each([&](node::Shard& shard) {
        for (std::size_t i = 0; i < keys.size(); ++i) {
            if (const router::Address* address = shard.core().addresses().find(keys[i])) {
                totals[i].add(*address);
            }
        }
    });
    std::erase_if(totals, [](const AddressTotals& each) { return each.key.empty(); });
    return totals;
}

}  // namespace weft::router_mgmt
