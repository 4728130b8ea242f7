#include "router/mgmt/entity_rules.hpp"

#include "common/base/conditions.hpp"
#include "common/mgmt/status.hpp"
#include "router/config/router_config.hpp"
#include "router/config/storage_setting.hpp"
#include "router/mgmt/entity_rows.hpp"
#include "router/mgmt/entity_settings.hpp"
#include "router/node/containers.hpp"
#include "router/node/shards.hpp"
#include "router/node/shared_addresses.hpp"

#include <algorithm>
#include <array>

namespace weft::router_mgmt {
namespace {

using mgmt::Attributes;
using mgmt::Row;

/// What identities of entries that the whole mesh knows begin with; then comes the entry's key.
constexpr std::string_view kMesh = "mesh/";

/// What makes an entry what it is.
constexpr std::array<std::string_view, 12> kSettings{
    "address",     "prefix",       "pattern", "distribution", "priority", "ingressPhase",
    "egressPhase", "slowConsumer", "scope",   "addressType",  "brokers",  "enableFallback"};

/// In management `type` is the entity's; this is what the configuration calls so.
constexpr std::string_view kTypeAttribute = "addressType";

/// The attributes as keys of the configuration.
Attributes by_keys(const Attributes& attributes) {
    Attributes keys;
    for (const auto& [name, value] : attributes) {
        keys.set(name == kTypeAttribute ? "type" : name, value);
    }
    return keys;
}

std::string identity_of(std::string_view key) {
    return std::string(kMesh).append(key);
}

/// What is said of who keeps it.
void add_storage(Row& row, const router::Storage& storage) {
    row.attributes.set(kTypeAttribute, router::name_of(storage.kind));
    const auto add = [&](std::string_view key) {
        if (const wire::Value* value = wire::find(storage.entry, key)) {
            row.attributes.set(key, *value);
        }
    };
    add("brokers");
    std::ranges::for_each(router_config::kStorageKeys, add);
}

/// What a rule and an entry of the mesh that is not used have in common.
Row row_of(std::string identity,
           const std::string& name,
           const router::AddressPattern& pattern,
           const router::Treatment& treatment,
           const router::Storage* storage) {
    const bool drops = treatment.slow_consumer == router::SlowConsumer::drop;
    Row row{
        .identity = std::move(identity),
        .name = name,
        .attributes = {{router_config::name_of(pattern.grammar()), pattern.text()},
                       {"distribution", router_config::name_of(treatment.distribution)},
                       {"waypoint", treatment.ingress_phase == 0 && treatment.egress_phase == 1},
                       {"ingressPhase", std::int64_t{treatment.ingress_phase}},
                       {"egressPhase", std::int64_t{treatment.egress_phase}},
                       {"priority", std::int64_t{treatment.priority}},
                       {"enableFallback", treatment.fallback},
                       {"slowConsumer", drops ? "drop" : "block"},
                       {"scope", "node"},
                       {"source", "management"}}};
    if (storage != nullptr) {
        add_storage(row, *storage);
    }
    return row;
}

/// What all routers know of it.
void add_shared(Row& row, const node::SharedAddresses& shared, std::string_view key) {
    row.attributes.set("scope", "mesh");
    if (const settings::Setting* setting = shared.settings().table().find(key)) {
        row.attributes.set("origin", setting->origin);
        row.attributes.set("version", setting->version);
        row.attributes.set("source", setting->from_file ? "file" : "management");
    }
    const auto entry = shared.entries().find(key);
    if (entry != shared.entries().end() && !entry->second.conflict.empty()) {
        row.attributes.set("conflict", entry->second.conflict);
    }
}

/// An entry of the mesh that is not used here.
Row unused_row(const node::SharedAddresses& shared,
               const std::string& key,
               const node::SharedAddresses::Entry& entry) {
    Row row;
    if (entry.address) {
        row = row_of(identity_of(key), entry.address->name, entry.address->pattern,
                     entry.address->treatment, entry.address->storage.get());
    } else {  // nobody here knows what it means
        row.identity = identity_of(key);
        const std::size_t space = key.find(' ');
        for (const std::string_view kind : {"address", "prefix", "pattern"}) {
            if (key.substr(0, space) == kind) {
                row.attributes.set(kind, key.substr(space + 1));
            }
        }
    }
    add_shared(row, shared, key);
    return row;
}

/// Some of the rules as they were made: those of the file first, in its order. Sorts no more than
/// these.
router::AddressRules::Sorted in_order(router::AddressRules::Sorted rules,
                                      std::size_t offset,
                                      std::size_t count) {
    const auto at = [&](std::size_t position) {
        return rules.begin() + static_cast<std::ptrdiff_t>(position);
    };
    const std::size_t begin = std::min(offset, rules.size());
    const std::size_t end = begin + std::min(count, rules.size() - begin);
    std::ranges::nth_element(rules, at(begin), {}, &router::AddressRule::id);
    std::ranges::partial_sort(at(begin), at(end), rules.end(), {}, &router::AddressRule::id);
    return {at(begin), at(end)};
}

bool is_unused(const node::SharedAddresses& shared,
               const node::SharedAddresses::Entries::value_type& entry) {
    return entry.second.rule == 0 && !shared.in_file(entry.first);
}

}  // namespace

Row AddressRuleSource::rule_row(const router::AddressRule& rule) const {
    Row row = row_of(std::to_string(rule.id), rule.name, rule.pattern, rule.treatment,
                     rule.storage.get());
    if (rule.storage && !rule.storage->brokers.empty()) {
        row.attributes.set("attachedAt", places_.of(*rule.storage));
    }
    if (rule.from_file) {
        row.attributes.set("source", "file");
    }
    if (shared_ == nullptr) {
        return row;
    }
    const std::string_view key = shared_->key_of_rule(rule.id);
    if (!key.empty()) {
        row.identity = identity_of(key);
        add_shared(row, *shared_, key);
    } else if (const std::string own = router_config::setting_key(rule.pattern);
               rule.from_file && shared_->in_file(own)) {
        add_shared(row, *shared_, own);
        row.attributes.set("source", "file");
    }
    return row;
}

/// Entries of the mesh that are not used here stand behind the rules: there are few.
std::vector<Row> AddressRuleSource::unused() const {
    std::vector<Row> rows;
    if (shared_ != nullptr) {
        for (const auto& entry : shared_->entries()) {
            if (is_unused(*shared_, entry)) {
                rows.push_back(unused_row(*shared_, entry.first, entry.second));
            }
        }
    }
    return rows;
}

std::size_t AddressRuleSource::size() const {
    const auto rules = shards_.home().core().rules().all().size();
    return shared_ == nullptr ? rules
                              : rules + static_cast<std::size_t>(std::ranges::count_if(
                                            shared_->entries(), [&](const auto& entry) {
                                                return is_unused(*shared_, entry);
                                            }));
}

void AddressRuleSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    const auto& rules = shards_.home().core().rules().all();
    const auto page = in_order(rules, offset, count);
    bool more = true;
    const auto visit_rule = [&](const Row& row) { return more = visit(row); };
    daemon::show_page(page, 0, page.size(), visit_rule,
                      [this](const router::AddressRule* rule) { return rule_row(*rule); });
    const std::size_t shown = page.size();
    if (more && shown < count) {
        daemon::show_page(unused(), std::max(offset, rules.size()) - rules.size(), count - shown,
                          visit, [](const Row& row) -> const Row& { return row; });
    }
}

Result<Row> AddressRuleSource::create(std::string_view name, Attributes attributes) {
    WEFT_TRY(const router_config::RouterConfig config,
             read_settings(config_, "addresses", name, by_keys(attributes)));
    const router_config::AddressConfig& address = config.addresses.front();
    if (auto fits = check_collisions(address); !fits) {
        return tl::unexpected(std::move(fits).error());
    }
    if (address.mesh_wide) {  // of an interior router, or it had not been read
        return shared_->create(address).map([&] {
            return *find(mgmt::FindBy::identity,
                         identity_of(router_config::setting_key(address.pattern)));
        });
    }
    WEFT_TRY(const std::uint64_t id, shards_.add_rule({.name = address.name,
                                                       .pattern = address.pattern,
                                                       .treatment = address.treatment,
                                                       .storage = address.storage}));
    return rule_row(*shards_.home().core().rules().by_id(id));
}

/// What was configured by hand must not do, or take, what the address is to do.
Result<void> AddressRuleSource::check_collisions(
    const router_config::AddressConfig& address) const {
    const std::string quoted = "\"" + address.pattern.text() + "\"";
    const linkroute::LinkRoutes& link_routes = containers_.link_routing().routes();
    if (const linkroute::LinkRoute* route = link_routes.rival(address.pattern)) {
        return fail(kPreconditionFailed, quoted + " is as specific as the link route \"" +
                                             route->text +
                                             "\", which takes the links: keep one of them");
    }
    return check_broker_links(address);
}

/// The same of the links to its brokers.
Result<void> AddressRuleSource::check_broker_links(
    const router_config::AddressConfig& address) const {
    if (!address.storage || address.storage->brokers.empty()) {
        return {};
    }
    const std::string quoted = "\"" + address.pattern.text() + "\"";
    const router::AddressKey key = router::parse_address(address.pattern.text(), {});
    const linkroute::LinkRoutes& link_routes = containers_.link_routing().routes();
    for (const auto direction : {router::Direction::in, router::Direction::out}) {
        const auto area = link_routes.area_for(direction, key.name());
        if (area) {
            return fail(kPreconditionFailed, quoted + " is among the addresses of the link route " +
                                                 area->key +
                                                 ", which takes the links: keep one of them");
        }
    }
    const auto& links = containers_.auto_links().all();
    const auto rival = std::ranges::find_if(links, [&](const auto& link) {
        return !link->config.storage && address.storage->has(link->config.container) &&
               router::parse_address(link->config.address, {}) == key;
    });
    if (rival != links.end()) {
        return fail(kPreconditionFailed, quoted + " makes the links to its broker \"" +
                                             (*rival)->config.container +
                                             "\" itself, as does the auto-link " +
                                             (*rival)->link_name() + ": keep one of them");
    }
    return {};
}

Result<Row> AddressRuleSource::update(const std::string& identity, Attributes changes) {
    const std::optional<Row> known = find(mgmt::FindBy::identity, identity);
    if (!known) {
        return fail(kNotFound, "The configured address is gone");
    }
    Attributes settings;
    const auto add = [&](std::string_view name) {
        const wire::Value* value = changes.find(name);
        if (value == nullptr) {
            value = known->attributes.find(name);
        }
        if (value != nullptr && *value != wire::Value{std::int64_t{-1}}) {  // no priority
            settings.set(name, *value);
        }
    };
    std::ranges::for_each(kSettings, add);
    std::ranges::for_each(router_config::kStorageKeys, add);
    WEFT_TRY(const router_config::RouterConfig config,
             read_settings(config_, "addresses", known->name, by_keys(settings)));
    const router_config::AddressConfig& address = config.addresses.front();
    if (changes.find("brokers") != nullptr) {
        if (auto fits = check_broker_links(address); !fits) {
            return tl::unexpected(std::move(fits).error());
        }
    }
    if (address.mesh_wide) {
        return shared_->change(router_config::setting_key(address.pattern), address).map([&] {
            return *find(mgmt::FindBy::identity, identity);
        });
    }
    WEFT_TRY(const router::AddressRule* rule, own_rule(identity));
    shards_.change_rule(rule->id, address.treatment, address.storage);
    return rule_row(*rule);
}

Result<void> AddressRuleSource::remove(const std::string& identity) {
    if (identity.starts_with(kMesh)) {
        return shared_->remove(std::string_view(identity).substr(kMesh.size()));
    }
    WEFT_TRY(const router::AddressRule* known, own_rule(identity));
    shards_.remove_rule(known->id);
    if (shared_ != nullptr) {
        shared_->use_those_that_wait();
    }
    return {};
}

/// A rule of this router alone. One of its file is there again after a restart, as it was.
Result<const router::AddressRule*> AddressRuleSource::own_rule(const std::string& identity) const {
    const router::AddressRule* known =
        shards_.home().core().rules().by_id(daemon::number_of(identity));
    if (known == nullptr) {
        return fail(kNotFound, "The configured address is gone");
    }
    if (shared_ != nullptr && shared_->in_file(router_config::setting_key(known->pattern))) {
        return fail(kUnauthorizedAccess,
                    "'" + known->pattern.text() +
                        "' stands in the configuration file for the whole mesh: change it there "
                        "and restart");
    }
    return known;
}

}  // namespace weft::router_mgmt
