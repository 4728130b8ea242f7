#include "router/expansion/expansion.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace weft::expansion {

// --- entries ------------------------------------------------------------------------------------

void Expansion::set(std::uint64_t id, StoredAddress address) {
    Entry& entry = entries_[id];
    leaving_ -= entry.is_due && !entry.address.storage ? 1U : 0U;
    forget_brokers(id, entry);
    entry.address = std::move(address);
    name_brokers(id, entry);
    plan(id, entry);
}

void Expansion::remove(std::uint64_t id) {
    const auto at = entries_.find(id);
    if (at == entries_.end() || !at->second.address.storage) {
        return;
    }
    forget_brokers(id, at->second);
    at->second.address.storage.reset();
    ++leaving_;
    plan(id, at->second);
}

void Expansion::name_brokers(std::uint64_t id, const Entry& entry) {
    for (const std::string& name : entry.address.storage->brokers) {
        Broker& broker = brokers_[name];
        broker.entries.insert(id);
        named_.insert(name);
        plan(name, broker);
    }
}

void Expansion::forget_brokers(std::uint64_t id, const Entry& entry) {
    if (!entry.address.storage) {
        return;
    }
    for (const std::string& name : entry.address.storage->brokers) {
        Broker& broker = brokers_.at(name);
        broker.entries.erase(id);
        if (broker.entries.empty()) {
            named_.erase(name);
        }
        plan(name, broker);
    }
}

std::vector<std::uint64_t> Expansion::auto_links_of(std::uint64_t id) const {
    std::vector<std::uint64_t> links;
    if (const auto at = entries_.find(id); at != entries_.end()) {
        std::ranges::copy_if(at->second.made, std::back_inserter(links),
                             [](std::uint64_t link) { return link != 0; });
    }
    return links;
}

// --- containers come and go ---------------------------------------------------------------------

void Expansion::container_came(std::uint64_t connection,
                               std::string_view container,
                               std::string_view name) {
    attached_.add(connection, container, name);
    follow(std::string(container));
    follow(std::string(name));
}

void Expansion::container_gone(std::uint64_t connection) {
    if (const auto names = attached_.remove(connection)) {
        follow(names->first);
        follow(names->second);
    }
}

/// By a second connection nothing changes but where the links go, which is their own affair.
void Expansion::follow(const std::string& name) {
    const auto at = brokers_.find(name);
    if (at == brokers_.end() || (!at->second.is_due && at->second.by == attached_.find(name))) {
        return;
    }
    plan(name, at->second);
    if (!at->second.followed) {
        followed_.push_back(name);
    }
    at->second.followed = 0;
}

// --- what is made and taken back ----------------------------------------------------------------

void Expansion::plan(std::uint64_t id, Entry& entry) {
    if (!std::exchange(entry.is_due, true)) {
        due_.push_back(id);
    }
}

void Expansion::plan(const std::string& name, Broker& broker) {
    if (!std::exchange(broker.is_due, true)) {
        brokers_due_.push_back(name);
    }
}

bool Expansion::work(std::size_t budget) {
    for (; budget > 0 && !brokers_due_.empty(); --budget) {
        work_on(std::exchange(brokers_due_.front(), {}));
        brokers_due_.pop_front();
    }
    while (budget > 0 && !followed_.empty()) {
        budget = follow_on(budget);
    }
    for (; budget > 0 && !due_.empty(); --budget) {
        const std::uint64_t id = due_.front();
        due_.pop_front();
        if (const auto at = entries_.find(id); at != entries_.end() && at->second.is_due) {
            work_on(id);
        }
    }
    if (budget > 0) {
        lead_coordinators();
    }
    return !is_idle();
}

/// What the broker's coming or going means to its entries, as far as the budget allows. Returns
/// what is left of that.
std::size_t Expansion::follow_on(std::size_t budget) {
    const auto at = brokers_.find(followed_.front());
    if (at != brokers_.end() && at->second.followed) {
        const std::set<std::uint64_t>& entries = at->second.entries;
        auto next = entries.lower_bound(*at->second.followed);
        for (; budget > 0 && next != entries.end(); --budget, ++next) {
            work_on(*next);
        }
        if (next != entries.end()) {
            at->second.followed = *next;
            return budget;
        }
        at->second.followed.reset();
    }
    followed_.pop_front();
    return budget;
}

void Expansion::work_on(std::uint64_t id) {
    const auto at = entries_.find(id);
    Entry& entry = at->second;
    entry.is_due = false;
    forget_unmade(entry);
    const auto [gone, made] = difference(entry.have, wants_of(entry.address, attached_));
    for (auto position = gone.rbegin(); position != gone.rend(); ++position) {
        const auto offset = static_cast<std::ptrdiff_t>(*position);
        if (const std::uint64_t link = entry.made[*position]; link != 0) {
            port_.remove_auto_link(link);
            retry_one();
        }
        entry.made.erase(entry.made.begin() + offset);
        entry.have.erase(entry.have.begin() + offset);
    }
    for (const Want& want : made) {
        entry.made.push_back(port_.make(auto_link_for(entry.address.address, want)));
        entry.have.push_back(want);
    }
    if (std::ranges::find(entry.made, std::uint64_t{0}) == entry.made.end()) {
        unmade_.erase(id);
    } else {
        unmade_.insert(id);
    }
    if (!entry.address.storage) {
        --leaving_;
        entries_.erase(at);
    }
}

/// What could not be made is wanted anew.
void Expansion::forget_unmade(Entry& entry) {
    for (std::size_t i = entry.made.size(); i > 0; --i) {
        if (entry.made[i - 1] == 0) {
            const auto offset = static_cast<std::ptrdiff_t>(i - 1);
            entry.made.erase(entry.made.begin() + offset);
            entry.have.erase(entry.have.begin() + offset);
        }
    }
}

/// An auto-link is gone, and another one may find room, or its name free.
void Expansion::retry_one() {
    if (!unmade_.empty()) {
        const std::uint64_t id = unmade_.extract(unmade_.begin()).value();
        plan(id, entries_.at(id));
    }
}

void Expansion::work_on(const std::string& name) {
    const auto at = brokers_.find(name);
    Broker& broker = at->second;
    broker.is_due = false;
    const auto by = broker.entries.empty() ? std::nullopt : attached_.find(name);
    if (by != broker.by) {
        for (std::uint64_t& route : broker.made) {
            if (const std::uint64_t id = std::exchange(route, 0); id != 0) {
                port_.remove_link_route(id);
            }
        }
        broker.by = by;
        if (by) {
            std::ranges::transform(link_routes_to(name, *by), broker.made.begin(),
                                   [this](const auto& route) { return port_.make(route); });
        }
    }
    if (broker.entries.empty()) {
        brokers_.erase(at);
    }
}

// --- coordinators -------------------------------------------------------------------------------

/// A coordinator names no broker: where all entries name the same one, that is meant.
std::optional<Lead> Expansion::lead_wanted() const {
    if (coordinators_left_ || named_.size() != 1) {
        return std::nullopt;
    }
    const std::string& broker = *named_.begin();
    const auto by = attached_.find(broker);
    return by ? std::optional(Lead{broker, *by}) : std::nullopt;
}

void Expansion::lead_coordinators() {
    std::optional<Lead> wanted = lead_wanted();
    if (wanted == lead_) {
        return;
    }
    if (const std::uint64_t id = std::exchange(lead_route_, 0); id != 0) {
        port_.remove_link_route(id);
    }
    lead_ = std::move(wanted);
    if (lead_) {
        lead_route_ = port_.make(coordinator_route(*lead_));
    }
}

}  // namespace weft::expansion
