#include "router/core/address_rules.hpp"

#include "common/base/conditions.hpp"

#include <algorithm>
#include <utility>

namespace weft::router {
namespace {

bool is_before(const AddressRule* a, const AddressRule* b) {
    return a->pattern.compare(b->pattern) < 0;
}

void insert(AddressRules::Sorted& sorted, const AddressRule* rule) {
    sorted.insert(std::ranges::upper_bound(sorted, rule, is_before), rule);
}

}  // namespace

const AddressRule* AddressRules::rival(const AddressPattern& pattern, std::string_view name) const {
    if (const auto named = by_name_.find(std::string(name)); named != by_name_.end()) {
        return named->second;
    }
    // Patterns as specific as one another have wildcards at the same levels; if they overlap, their
    // fronts are the same.
    const auto near = by_front_.find(pattern.literal_front());
    if (near == by_front_.end()) {
        return nullptr;
    }
    const auto found = std::ranges::find_if(near->second, [&](const AddressRule* rule) {
        return rule->pattern.compare(pattern) == 0 && rule->pattern.overlaps(pattern);
    });
    return found == near->second.end() ? nullptr : *found;
}

Result<std::uint64_t> AddressRules::add(AddressRule rule) {
    if (const AddressRule* other = rival(rule.pattern, rule.name)) {
        if (!rule.name.empty() && other->name == rule.name) {
            return fail(kInvalidField, "Name conflicts with an existing entity: " + rule.name);
        }
        return fail(kInvalidField,
                    "\"" + rule.pattern.text() + "\" and \"" + other->pattern.text() +
                        "\" match the same addresses and are equally specific: keep one");
    }
    const std::uint64_t id = rule.id = rule.id != 0 ? rule.id : next_id_++;
    const auto made = rules_.emplace(id, std::make_unique<AddressRule>(std::move(rule))).first;
    const AddressRule* added = made->second.get();
    count(*added, 1);
    insert(by_front_[added->pattern.literal_front()], added);
    insert(sorted_, added);
    if (!added->name.empty()) {
        by_name_.emplace(added->name, added);
    }
    return id;
}

bool AddressRules::remove(std::uint64_t id) {
    const auto at = rules_.find(id);
    if (at == rules_.end()) {
        return false;
    }
    const AddressRule* rule = at->second.get();
    count(*rule, SIZE_MAX);
    const auto near = by_front_.find(rule->pattern.literal_front());
    std::erase(near->second, rule);
    if (near->second.empty()) {
        by_front_.erase(near);
    }
    std::erase(sorted_, rule);
    by_name_.erase(rule->name);
    rules_.erase(at);
    return true;
}

/// One more, or one less: SIZE_MAX.
void AddressRules::count(const AddressRule& rule, std::size_t more) {
    ingress_phases_ += rule.treatment.ingress_phase > 0 ? more : 0;
    storages_ += rule.storage ? more : 0;
}

bool AddressRules::change(std::uint64_t id,
                          const Treatment& treatment,
                          std::shared_ptr<const Storage> storage) {
    const auto at = rules_.find(id);
    if (at == rules_.end()) {
        return false;
    }
    count(*at->second, SIZE_MAX);
    at->second->treatment = treatment;
    at->second->storage = std::move(storage);
    count(*at->second, 1);
    return true;
}

const AddressRule* AddressRules::by_id(std::uint64_t id) const {
    const auto at = rules_.find(id);
    return at == rules_.end() ? nullptr : at->second.get();
}

const AddressRule* AddressRules::find(std::string_view address) const {
    const AddressRule* best = nullptr;
    AddressPattern::visit_fronts(address, [&](const std::string& front) {
        const auto near = by_front_.find(front);
        if (near == by_front_.end()) {
            return;
        }
        const auto found = std::ranges::find_if(
            near->second, [&](const AddressRule* rule) { return rule->pattern.matches(address); });
        if (found != near->second.end() && (best == nullptr || is_before(*found, best))) {
            best = *found;
        }
    });
    return best;
}

}  // namespace weft::router
