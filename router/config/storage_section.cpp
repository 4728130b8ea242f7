#include "router/config/address_setting.hpp"
#include "router/config/forward_checks.hpp"
#include "router/config/sections.hpp"
#include "router/config/storage_setting.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <variant>

namespace weft::router_config {
namespace {

using config::Entity;
using config::Faults;
using config::Node;
using router::Storage;

/// What a key that is an object may say, in numbers that are not negative.
struct Members {
    std::string_view key;
    std::string_view known;  // as a fault lists them
    std::array<std::string_view, 3> names;
};
constexpr std::array kMembers{Members{"ttlSeconds", "\"default\" and \"max\"", {"default", "max"}},
                              Members{"redelivery",
                                      "\"delaySeconds\", \"multiplier\" and \"maxDelaySeconds\"",
                                      {"delaySeconds", "multiplier", "maxDelaySeconds"}}};

bool is_amount(const Node& node) {
    const auto* whole = std::get_if<std::int64_t>(&node.value);
    const auto* number = std::get_if<double>(&node.value);
    return (whole != nullptr && *whole >= 0) || (number != nullptr && *number >= 0);
}

void check_members(const Entity& entity, const Members& members, Faults& faults) {
    for (const config::Member& member : entity.map(members.key)) {
        if (member.name.empty() ||
            std::ranges::find(members.names, member.name) == members.names.end()) {
            key_error(entity, members.key,
                      config::quote(member.name) + " is none of " + std::string(members.known),
                      faults);
        } else if (!is_amount(member.node)) {
            key_error(entity, members.key,
                      config::quote(member.name) + " must be a number from 0 up, not " +
                          config::describe(member.node),
                      faults);
        }
    }
}

std::vector<std::string> brokers_of(const Entity& entity) {
    std::vector<std::string> brokers;
    if (const Node* given = entity.given("brokers")) {
        for (const Node& each : *given->list()) {
            brokers.push_back(*each.text());
        }
    }
    return brokers;
}

/// Nothing: it can be in the middle of an address.
std::optional<std::string> why_no_broker(const std::string& id) {
    if (id.empty()) {
        return "a broker's id is empty";
    }
    if (id.find_first_of("/*#+") != std::string::npos || id.starts_with('.') || id.ends_with('.')) {
        return config::quote(id) +
               " is no id of a broker here: clients reach it as \"$broker/ID/ADDRESS\", so it has "
               "no '/', '*', '#' or '+', and no '.' at either end";
    }
    if (const auto fits = linkroute::read_pattern(router::AddressPattern::Grammar::prefix,
                                                  router::broker_prefix(id));
        !fits) {
        return config::quote(id) + ": " + fits.error().text;
    }
    return std::nullopt;
}

void check_brokers(const Entity& entity, const std::vector<std::string>& brokers, Faults& faults) {
    for (auto id = brokers.begin(); id != brokers.end(); ++id) {
        if (const auto why = why_no_broker(*id)) {
            key_error(entity, "brokers", *why, faults);
        } else if (std::find(brokers.begin(), id, *id) != id) {
            key_error(entity, "brokers", config::quote(*id) + " is named twice", faults);
        }
    }
    if (entity.given("brokers") != nullptr && brokers.empty()) {
        key_error(entity, "brokers", "must name one at least, or be left out", faults);
    }
}

/// Where the entry means more than one address each link is passed on whole, to one broker.
void check_passes_links(const Entity& entity,
                        const router::AddressPattern& pattern,
                        Faults& faults) {
    if (entity.text("type") == "queue" && entity.given("brokers")->list()->size() > 1) {
        key_error(entity, "brokers",
                  config::quote(pattern.text()) +
                      " means more than one address, and links to each are passed on to one "
                      "broker: name one, or give addresses that several share entries of their "
                      "own, without wildcards",
                  faults);
    }
}

void check_topic(const Entity& entity, const std::vector<std::string>& brokers, Faults& faults) {
    if (brokers.empty()) {
        key_error(entity, "type",
                  "\"topic\" needs \"brokers\": receivers are passed on to the broker", faults);
    } else if (brokers.size() > 1) {
        key_error(entity, "brokers",
                  "a topic has one broker: a receiver would miss what is sent to another", faults);
    }
}

/// Keys have fences, each at one place.
void check_fenced(const Entity& entity, const Storage& storage, Faults& faults) {
    if (!entity.boolean("fenced")) {
        return;
    }
    if (entity.text("lastValueKey").empty()) {
        key_error(entity, "fenced", "needs \"lastValueKey\": it is keys that have fences", faults);
    }
    if (storage.kind == Storage::Kind::topic || storage.brokers.size() > 1) {
        key_error(entity, "fenced",
                  "needs the type \"queue\", and one broker: each subscription, and each broker, "
                  "would have fences of its own",
                  faults);
    }
}

/// A queue or topic is between phase 0 and phase 1.
void check_treatment(const Entity& entity, const router::Treatment& treatment, Faults& faults) {
    const std::string type = config::quote(entity.text("type"));
    if (treatment.ingress_phase != 0) {
        key_error(entity, "ingressPhase", "must be 0 with the type " + type, faults);
    }
    if (treatment.egress_phase != 1) {
        key_error(entity, "egressPhase", "must be 1 with the type " + type, faults);
    }
    if (treatment.distribution == router::Distribution::unavailable) {
        key_error(entity, "distribution", "\"unavailable\" contradicts the type " + type, faults);
    }
}

/// What only a broker can do is said of none.
void check_has_broker(const Entity& entity, bool stored, Faults& faults) {
    for (const std::string_view key : kStorageKeys) {
        if (entity.given(key) != nullptr) {
            key_error(entity, key,
                      stored ? "needs \"brokers\", which are told of it"
                             : "needs \"type\": \"queue\" or \"topic\", and \"brokers\": without "
                               "them nothing is kept",
                      faults);
        }
    }
}

}  // namespace

std::shared_ptr<const Storage> read_storage(const Entity& entity,
                                            const router::AddressPattern& pattern,
                                            const router::Treatment& treatment,
                                            Faults& faults) {
    const std::string type = entity.text("type");
    if (!is_stored(type)) {
        if (entity.given("brokers") != nullptr) {
            key_error(entity, "brokers",
                      "needs \"type\": \"queue\" or \"topic\": of other addresses nothing is kept",
                      faults);
        }
        check_has_broker(entity, /*stored=*/false, faults);
        return nullptr;
    }
    auto storage = std::make_shared<Storage>();
    storage->kind = type == "topic" ? Storage::Kind::topic : Storage::Kind::queue;
    storage->brokers = brokers_of(entity);
    check_treatment(entity, treatment, faults);
    check_brokers(entity, storage->brokers, faults);
    if (storage->kind == Storage::Kind::topic) {
        check_topic(entity, storage->brokers, faults);
    }
    check_fenced(entity, *storage, faults);
    check_forward(entity, pattern, faults);
    if (storage->brokers.empty()) {
        check_has_broker(entity, /*stored=*/true, faults);
    } else if (!pattern.is_exact()) {
        storage->passes_links = true;
        check_passes_links(entity, pattern, faults);
    }
    for (const Members& members : kMembers) {
        check_members(entity, members, faults);
    }
    tell(*storage, entity, pattern, treatment);
    return storage;
}

}  // namespace weft::router_config
