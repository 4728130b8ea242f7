#include "router/mgmt/address_totals.hpp"

#include "common/base/keyed_hash.hpp"
#include "router/mgmt/entity_rows.hpp"
#include "router/mgmt/survey.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

namespace weft::router_mgmt {

void AddressTotals::add(const router::Address& address) {
    key = address.key.text;
    treatment = address.treatment;
    in_process += address.in_process;
    subscribers += address.consumers().size() - address.in_process - address.exits().size();
    ingress += address.ingress;
    egress += address.egress;
    to_process += address.to_process;
    from_process += address.from_process;
    from_containers += address.from_containers;
    to_containers += address.to_containers;
    transit += address.transit;
    redirected += address.redirected;
    for (const router::Remote& remote : address.remotes) {
        remotes.push_back(remote.router);
    }
    outstanding += outstanding_at(address);
    waiting += address.waiting_count();
}

namespace {

/// Of one loop, the keys of addresses that nobody receives from, and how far it was searched.
struct Lonely {
    std::size_t at = 0;
    std::shared_ptr<std::vector<std::string>> keys = std::make_shared<std::vector<std::string>>();
};

bool find_lonely(node::Shard& shard, Lonely& found) {
    const auto& all = shard.core().addresses().all();
    for (std::size_t left = kSearchedAtOnce; found.at < all.size() && left > 0; --left) {
        const router::Address& address = *all[found.at++];
        if (address.consumers().empty()) {
            found.keys->push_back(address.key.text);
        }
    }
    return found.at >= all.size();
}

/// The lists of other loops, each as it was told; and what of them home has not, each key once.
struct Merged {
    std::size_t list = 0;
    std::size_t at = 0;
    boost::unordered_flat_set<std::string_view, TextHash> seen;  // of the lists
    std::vector<std::string> keys;
};
using Lists = std::vector<std::shared_ptr<const std::vector<std::string>>>;

bool merge(const Lists& lists, node::Shard& home, Merged& merged) {
    const router::AddressTable& known = home.core().addresses();
    for (std::size_t left = kSearchedAtOnce; merged.list < lists.size() && left > 0; --left) {
        const std::vector<std::string>& list = *lists[merged.list];
        if (merged.at == list.size()) {
            ++merged.list;
            merged.at = 0;
            continue;
        }
        const std::string& key = list[merged.at++];
        if (known.find(key) == nullptr && merged.seen.insert(key).second) {
            merged.keys.push_back(key);
        }
    }
    return merged.list == lists.size();
}

using Keys = std::shared_ptr<const std::vector<std::string>>;

/// In the order of `keys`.
std::vector<AddressTotals> totals_of_keys(Survey& survey,
                                          const std::string& what,
                                          const Keys& keys) {
    std::vector<AddressTotals> sums(keys->size());
    for (std::size_t i = 0; i < survey.size(); ++i) {
        const auto* told = survey.ask<std::vector<AddressTotals>>(
            i, what, [keys](node::Shard& shard, std::vector<AddressTotals>& totals) {
                const std::size_t end = std::min(keys->size(), totals.size() + kRowsAtOnce);
                while (totals.size() < end) {
                    const std::string& key = (*keys)[totals.size()];
                    totals.emplace_back();
                    if (const auto* address = shard.core().addresses().find(key)) {
                        totals.back().add(*address);
                    }
                }
                return end == keys->size();
            });
        for (std::size_t at = 0; told != nullptr && at < told->size(); ++at) {
            sums[at] += (*told)[at];
        }
    }
    std::erase_if(sums, [](const AddressTotals& each) { return each.key.empty(); });
    return sums;
}

}  // namespace

AddressTotals& AddressTotals::operator+=(const AddressTotals& more) {
    if (more.key.empty()) {
        return *this;
    }
    key = more.key;
    treatment = more.treatment;
    in_process += more.in_process;
    subscribers += more.subscribers;
    ingress += more.ingress;
    egress += more.egress;
    to_process += more.to_process;
    from_process += more.from_process;
    from_containers += more.from_containers;
    to_containers += more.to_containers;
    transit += more.transit;
    redirected += more.redirected;
    outstanding += more.outstanding;
    waiting += more.waiting;
    remotes.insert(remotes.end(), more.remotes.begin(), more.remotes.end());
    return *this;
}

/// Where somebody receives, every loop has at least a relay.
const std::vector<std::string>& AddressKeys::elsewhere() const {
    Lists lists;
    for (std::size_t i = 1; i < survey_.size(); ++i) {
        if (const auto* told = survey_.ask<Lonely>(i, "lonely addresses", find_lonely)) {
            lists.push_back(told->keys);
        }
    }
    static const std::vector<std::string> none;
    if (survey_.lacks()) {
        return none;
    }
    const auto* merged = survey_.ask<Merged>(
        0, "addresses elsewhere",
        [lists](node::Shard& home, Merged& found) { return merge(lists, home, found); });
    return merged == nullptr ? none : merged->keys;
}

std::size_t AddressKeys::size() const {
    return survey_.home().core().addresses().size() + elsewhere().size();
}

std::vector<std::string> AddressKeys::page(std::size_t offset, std::size_t count) const {
    const auto& home = survey_.home().core().addresses().all();
    std::vector<std::string> keys;
    for (; offset < home.size() && keys.size() < count; ++offset) {
        keys.push_back(home[offset]->key.text);
    }
    if (keys.size() < count && survey_.size() > 1) {
        const std::vector<std::string>& others = elsewhere();
        const std::size_t begin = std::min(offset - home.size(), others.size());
        const std::size_t taken = std::min(count - keys.size(), others.size() - begin);
        std::copy_n(others.begin() + static_cast<std::ptrdiff_t>(begin), taken,
                    std::back_inserter(keys));
    }
    return keys;
}

std::vector<AddressTotals> totals_of_page(Survey& survey, std::size_t offset, std::size_t count) {
    std::vector<std::string> now = AddressKeys{survey}.page(offset, count);
    if (survey.lacks()) {
        return {};
    }
    const std::string page = std::to_string(offset) + "+" + std::to_string(count);
    // One answer is about one list of keys, however often it is attempted.
    const auto* keys =
        survey.ask<Keys>(0, "keys of addresses " + page, [&now](node::Shard&, Keys& found) {
            found = std::make_shared<std::vector<std::string>>(std::move(now));
            return true;
        });
    return totals_of_keys(survey, "addresses " + page, *keys);
}

std::vector<AddressTotals> totals_of(Survey& survey, const std::string& key) {
    return totals_of_keys(survey, "address " + key,
                          std::make_shared<std::vector<std::string>>(1, key));
}

}  // namespace weft::router_mgmt
