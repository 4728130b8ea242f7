#include "common/io/log.hpp"
#include "router/config/log_modules.hpp"
#include "router/node/shared_addresses.hpp"

#include <utility>

/// How the entries that all routers know become rules of this one.
namespace weft::node {

void SharedAddresses::apply_some() {
    for (std::size_t i = 0; i < kAppliedAtOnce && !changed_.empty(); ++i) {
        apply(std::string(changed_.extract(changed_.begin()).value()));
    }
    use_those_that_wait();
}

void SharedAddresses::apply(const std::string& key) {
    const settings::Setting* setting = settings_.table().find(key);
    Entry& entry = entries_[key];
    waiting_.erase(key);
    if (in_file(key)) {  // the file's rule stands, and stays
        entry.conflict = difference(key, setting);
    } else if (setting == nullptr || setting->deleted()) {
        stop_using(entry);
        entries_.erase(key);
    } else {
        take(*setting, entry);
    }
}

/// How what the mesh has differs from this router's file.
std::string SharedAddresses::difference(std::string_view key,
                                        const settings::Setting* setting) const {
    if (setting == nullptr || setting->value == settings_.file().find(key)->second) {
        return {};
    }
    return "the mesh " + (setting->deleted() ? "has it deleted" : "has " + setting->value) + " " +
           settings::said_by(*setting) + "; here this router's configuration file holds";
}

void SharedAddresses::take(const settings::Setting& setting, Entry& entry) {
    auto address = router_config::read_address_setting(setting.key, setting.value);
    if (!address) {
        stop_using(entry);
        const bool is_news = entry.address || entry.conflict.empty();  // not with each version
        entry.address.reset();
        entry.conflict =
            "this version of Weft does not take " + setting.value + ": " + address.error().text;
        if (is_news) {
            WEFT_LOG(router_config::LogModule::router, io::Level::warning,
                     "'" + setting.key + "' of the mesh: " + entry.conflict);
        }
    } else if (entry.rule != 0 && entry.address->name == address->name) {
        entry.address = *std::move(address);
        shards_.change_rule(entry.rule, entry.address->treatment, entry.address->storage);
    } else {
        stop_using(entry);
        entry.address = *std::move(address);
        waiting_.insert(setting.key);
    }
}

/// The newest first: whether one holds does not depend on which came first.
void SharedAddresses::use_those_that_wait() {
    const auto newer = [this](const std::string& a, const std::string& b) {
        const settings::Setting* first = settings_.table().find(a);
        const settings::Setting* second = settings_.table().find(b);  // null: about to be given up
        const bool before =
            first != nullptr && (second == nullptr || settings::is_newer(*first, *second));
        const bool behind =
            second != nullptr && (first == nullptr || settings::is_newer(*second, *first));
        return before || (!behind && a < b);
    };
    std::set<std::string, decltype(newer)> in_order(waiting_.begin(), waiting_.end(), newer);
    while (!in_order.empty()) {
        const std::string key = in_order.extract(in_order.begin()).value();
        Entry& entry = entries_.find(key)->second;
        if (const linkroute::LinkRoute* route = link_routes_.rival(entry.address->pattern)) {
            entry.conflict = "not used here: the link route '" + route->text +
                             "' of this router is as specific, and takes the links";
            continue;
        }
        const router::AddressRules& rules = shards_.home().core().rules();
        const router::AddressRule* rival = rules.rival(entry.address->pattern, entry.address->name);
        while (rival != nullptr && by_rule_.contains(rival->id) &&
               newer(key, by_rule_.at(rival->id))) {
            const std::string older = by_rule_.at(rival->id);
            stop_using(entries_.find(older)->second);
            waiting_.insert(older);
            in_order.insert(older);
            rival = rules.rival(entry.address->pattern, entry.address->name);
        }
        if (rival == nullptr) {
            use(key, entry);
        } else {
            const settings::Setting* its = settings_.table().find(key_of_rule(rival->id));
            entry.conflict =
                "not used here: '" + router_config::setting_key(rival->pattern) + "' " +
                (its == nullptr ? "of this router's own configuration" : settings::said_by(*its)) +
                " is as specific, or has the same name";
        }
    }
}

void SharedAddresses::use(const std::string& key, Entry& entry) {
    const auto made = shards_.add_rule({.name = entry.address->name,
                                        .pattern = entry.address->pattern,
                                        .treatment = entry.address->treatment,
                                        .storage = entry.address->storage});
    if (!made) {
        entry.conflict = made.error().text;
        return;
    }
    entry.rule = *made;
    entry.conflict.clear();
    by_rule_.emplace(entry.rule, key);
    waiting_.erase(key);
}

void SharedAddresses::stop_using(Entry& entry) {
    if (entry.rule != 0) {
        by_rule_.erase(entry.rule);
        shards_.remove_rule(std::exchange(entry.rule, 0));
    }
}

}  // namespace weft::node
