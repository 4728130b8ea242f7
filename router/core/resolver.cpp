#include "router/core/resolver.hpp"

#include "common/base/assert.hpp"
#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"

#include <utility>

namespace weft::router {
namespace {

constexpr std::string_view kNoRoute = "qd:no-route-to-dest";

std::uint8_t phase_of(const AttachRequest& request, const Treatment& treatment) {
    const bool sends = request.direction == Direction::in;
    return request.phase.value_or(sends ? treatment.ingress_phase : treatment.egress_phase);
}

}  // namespace

Result<Resolved> Resolver::resolve(const AttachRequest& request) {
    Resolved resolved;
    resolved.address = request.address;
    WEFT_TRY(resolved.key, key_of(request, resolved.address));
    if (resolved.key.text.empty()) {
        return resolved;
    }
    resolved.treatment = request.treatment ? *request.treatment : treatment_of(resolved.key);
    if (!request.treatment && resolved.treatment.distribution == Distribution::unavailable) {
        return fail(kNotFound, std::string(kNodeNotFound));
    }
    resolved.key.set_phase(phase_of(request, resolved.treatment));
    if (request.direction == Direction::out &&
        may_have_wildcards(resolved.key, resolved.treatment)) {
        WEFT_TRY(const auto wildcards, read_wildcards(resolved.key.name()));
        static_cast<void>(wildcards);
    }
    return resolved;
}

Result<AddressKey> Resolver::key_of(const AttachRequest& request, std::string& echo) {
    if (request.downlink) {
        return AddressKey{"H" + std::string(request.address)};
    }
    if (request.coordinator) {
        return fail(kPreconditionFailed,
                    "a router keeps no messages and coordinates no transactions");
    }
    if (request.dynamic) {
        const std::string name = temporary_name();
        const bool for_receiver = request.direction == Direction::out;
        echo = !for_receiver                      ? "amqp:/" + std::string(kTemporaryTarget) + name
               : addresses_.upstream() == nullptr ? topological_address(options_.router_id, name)
                                                  : edge_address(options_.router_id, name);
        return parse_address(echo, options_.router_id);
    }
    if (echo.empty()) {
        if (request.direction == Direction::in) {
            return AddressKey{};  // anonymous: each message brings its own
        }
        return fail(kNoRoute, "No route to the destination node: the source has no address");
    }
    AddressKey key = parse_address(echo, options_.router_id);
    if (key.text.empty()) {
        return fail(kInvalidField, "\"" + printable(echo.substr(0, 64)) + "\" is not an address: " +
                                       std::string(why_no_address(echo)));
    }
    if (key.address_class() == 'M' && key.name().starts_with(kRoutersOwn)) {
        return fail(kNotAllowed, "addresses that begin with \"" + std::string(kRoutersOwn) +
                                     "\" are what routers tell of themselves");
    }
    if (key.address_class() == 'M' && key.name().starts_with(kBrokers)) {  // else it is routed
        return fail(kNoRoute, "No route to the destination node: no router has a broker for " +
                                  printable(echo.substr(0, 64)));
    }
    if (request.direction == Direction::out && !request.treatment && key.text == kUpstreamKey) {
        return fail(kNotAllowed, "what goes to the mesh is for an uplink alone");
    }
    if (request.direction == Direction::out && !request.treatment && is_management(key)) {
        return fail(kNotAllowed, "requests to " + std::string(kManagementNode) +
                                     " are for the router alone, and it answers them");
    }
    if (addresses_.upstream() != nullptr && is_elsewhere(key) &&
        request.direction == Direction::in) {
        return addresses_.upstream()->key;  // whoever is up there knows it, or does not
    }
    // Of a router's loops one knows the paths; the others know of the ends of those from it.
    const bool known = routes_.know_paths() || addresses_.find(key.text) != nullptr;
    const bool elsewhere = key.address_class() != 'M' && key.address_class() != 'L';
    if (elsewhere && (request.direction == Direction::out || !known)) {
        return fail(kNoRoute, "No route to the destination node: " + printable(echo.substr(0, 64)) +
                                  " is not of this router");
    }
    return key;
}

Treatment Resolver::treatment_of(const AddressKey& key) const {
    Treatment treatment;
    treatment.distribution = options_.default_distribution;
    if (key.address_class() != 'M' || is_management(key)) {
        treatment.distribution = Distribution::balanced;
    } else if (const AddressRule* rule = rules_.find(key.name())) {
        treatment = rule->treatment;
    }
    return treatment;
}

bool Resolver::passes_links(const AddressKey& key) const {
    if (!rules_.have_storage() || key.address_class() != 'M' || is_routers_own(key.name())) {
        return false;
    }
    const AddressRule* const rule = rules_.find(key.name());
    return rule != nullptr && rule->storage && rule->storage->passes_links;
}

Treatment Resolver::treatment_from_afar(const AddressKey& key,
                                        std::optional<Distribution> hint) const {
    Treatment treatment;
    treatment.distribution = hint.value_or(options_.default_distribution);
    if (key.address_class() != 'M') {
        treatment.distribution = Distribution::closest;
    } else if (const AddressRule* rule = rules_.find(key.name())) {
        treatment = rule->treatment;
    }
    return treatment;
}

/// 128 bits in digits of six.
std::string Resolver::temporary_name() const {
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+_";
    WEFT_CHECK(options_.names);
    std::string name = "temp.";
    unsigned bits = 0;
    int count = 0;
    for (const std::uint8_t byte : options_.names()) {
        bits = (bits << 8U) | byte;
        for (count += 8; count >= 6; count -= 6) {
            name += kDigits[(bits >> static_cast<unsigned>(count - 6)) & 63U];
        }
    }
    return name + kDigits[(bits << static_cast<unsigned>(6 - count)) & 63U];  // the last two bits
}

}  // namespace weft::router
