#include "router/node/linkroute/broker_links.hpp"

#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"
#include "router/core/address.hpp"
#include "router/node/linkroute/termini.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <vector>

namespace weft::node {
namespace {

using router::Storage;

constexpr std::string_view kCopy = "copy";
/// Of addresses of clients in the texts of errors.
constexpr std::size_t kAddressShownMax = 64;

bool has_entries(Bytes encoded) {
    const auto decoded = wire::decode(encoded);
    const auto* const map = decoded ? decoded->as<wire::Map>() : nullptr;
    return map != nullptr && !map->empty();
}

/// "b1, b2"
std::string joined_ids(const std::vector<std::string>& brokers) {
    std::string text;
    for (const std::string& broker : brokers) {
        text += (text.empty() ? "" : ", ") + broker;
    }
    return text;
}

std::string shown(std::string_view address) {
    return "'" + printable(address.substr(0, kAddressShownMax)) + "'";
}

/// The address of a broker's management, or one that it answers to: no entry is of these.
bool is_management(std::string_view address) {
    return address == "$management" || address.starts_with("$replies/");
}

/// The entry that says of this very address who keeps it; null: none does.
const Storage* storage_of(const router::AddressRules& rules, std::string_view address) {
    const router::AddressRule* const rule = rules.have_storage() ? rules.find(address) : nullptr;
    const Storage* const storage = rule == nullptr ? nullptr : rule->storage.get();
    return storage != nullptr && storage->passes_links && router::is_routers_own(address) ? nullptr
                                                                                          : storage;
}

}  // namespace

std::string_view wish_for_broker(const amqp::Attach& attach) {
    if (!attach.receiver || !attach.source || attach.source->dynamic) {
        return {};
    }
    const amqp::Terminus& source = *attach.source;
    if (has_entries(source.filter)) {
        return "has a filter";
    }
    if (source.distribution_mode == kCopy) {
        return "browses";
    }
    return source.durable > 0 || survives(attach) ? "is to outlast its connection"
                                                  : std::string_view{};
}

bool passes_links(const router::AddressRules& rules, std::string_view address) {
    const Storage* const storage = storage_of(rules, address);
    return storage != nullptr && storage->passes_links;
}

Result<std::optional<std::string>> address_toward_broker(const router::AddressRules& rules,
                                                         const amqp::Attach& attach,
                                                         std::string_view address,
                                                         bool transacts) {
    const bool may_be = !address.starts_with(router::kBrokers) && !is_coordinator(attach);
    const Storage* const storage = may_be ? storage_of(rules, address) : nullptr;
    if (storage == nullptr) {
        return std::nullopt;
    }
    if (storage->passes_links) {
        return router::broker_prefix(storage->brokers.front()) + "/" + std::string(address);
    }
    std::string_view wish = wish_for_broker(attach);
    if (transacts && !storage->brokers.empty()) {  // else whoever claims it is told of them
        wish = "takes part in transactions";
    }
    if (attach.receiver && storage->kind == Storage::Kind::topic) {
        wish = "subscribes to a topic";
    }
    if (wish.empty()) {
        return std::nullopt;
    }
    const std::string needs = (attach.receiver ? "A receiver that " : "A sender that ") +
                              std::string(wish) + " needs a broker, ";
    if (storage->brokers.empty()) {
        return fail(kNotImplemented, needs + "and the entry of " + shown(address) +
                                         " names none; name it there (\"brokers\")");
    }
    if (storage->brokers.size() > 1) {
        return fail(kPreconditionFailed, needs + "and several keep a part of " + shown(address) +
                                             " each (" + joined_ids(storage->brokers) +
                                             "): attach to the part of one, as in " +
                                             shown(router::broker_prefix(storage->brokers.front()) +
                                                   "/" + std::string(address)));
    }
    return router::broker_prefix(storage->brokers.front()) + "/" + std::string(address);
}

std::string why_no_part(const Storage& storage, std::string_view address) {
    if (storage.brokers.size() > 1) {
        return "several brokers keep a part of " + shown(address) + " each (" +
               joined_ids(storage.brokers) +
               "), and a transaction is at one: attach to its part, as in " +
               shown(router::broker_prefix(storage.brokers.front()) + "/" + std::string(address));
    }
    return "a link that has a part in a transaction is of the same session as the link to the "
           "coordinator, and leads to a broker that is connected: this one was attached before "
           "that "
           "link, and could not be passed on to '" +
           storage.brokers.front() +
           "' then, or is of another session; attach it again, after that link";
}

Buffer without_entry(Bytes properties) {
    if (as_text(properties).find(router::kEntryProperty) == std::string_view::npos) {
        return {properties.begin(), properties.end()};  // most peers'
    }
    const auto given = wire::decode(properties);
    const auto* const map = given ? given->as<wire::Map>() : nullptr;
    wire::Map kept;
    if (map != nullptr) {
        std::ranges::copy_if(*map, std::back_inserter(kept), [](const auto& property) {
            const std::string* const name = property.first.text();
            return name == nullptr || *name != router::kEntryProperty;
        });
    }
    Buffer out;
    if (!kept.empty()) {
        wire::encode(out, kept);
    }
    return out;
}

Result<Buffer> properties_toward_broker(const router::AddressRules& rules,
                                        const linkroute::LinkRoute& route,
                                        std::string_view address,
                                        Bytes properties) {
    Buffer given = without_entry(properties);
    if (is_management(address)) {
        return given;
    }
    const Storage* const storage = storage_of(rules, address);
    if (storage == nullptr || !storage->has(route.container())) {
        return fail(kNotFound, "No entry of the router's addresses says that the broker " +
                                   std::string(route.container()) + " keeps " + shown(address));
    }
    Bytes own{storage->properties};
    const auto told = wire::decode(own);  // a router wrote it
    wire::Map merged = *told->as<wire::Map>();
    Bytes rest{given};
    const auto others = wire::decode(rest);
    if (const auto* const map = others ? others->as<wire::Map>() : nullptr) {
        std::ranges::copy(*map, std::back_inserter(merged));
    }
    Buffer out;
    wire::encode(out, merged);
    return out;
}

}  // namespace weft::node
