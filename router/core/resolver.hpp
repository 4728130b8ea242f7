#pragma once

#include "common/base/result.hpp"
#include "router/core/address.hpp"
#include "router/core/address_rules.hpp"
#include "router/core/address_table.hpp"
#include "router/core/attach.hpp"
#include "router/core/connection.hpp"
#include "router/core/name_source.hpp"
#include "router/core/routes.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weft::router {

/// What clients hear of an address that is unavailable; tools compare it.
inline constexpr std::string_view kNodeNotFound = "Node not found";

/// What an attach asks for, found out.
struct Resolved {
    AddressKey key;  // empty: an anonymous sender's
    Treatment treatment;
    std::string address;  // to echo; of a dynamic one, the one made up
};

/// What the address of an attach means here: its key and its treatment.
/// Threading: loop-confined.
class Resolver {
public:
    struct Options {
        std::string router_id;
        Distribution default_distribution = Distribution::balanced;
        NameSource names{};  // of dynamic addresses; empty: none is asked for one
    };

    /// All must outlive it.
    Resolver(Options options,
             const AddressRules& rules,
             const AddressTable& addresses,
             const Routes& routes)
        : options_{std::move(options)}, rules_{rules}, addresses_{addresses}, routes_{routes} {}

    /// Errors: as Core::attach.
    Result<Resolved> resolve(const AttachRequest& request);
    /// Of an address that only another router tells of: as configured here; what that one says
    /// counts where nothing is.
    Treatment treatment_from_afar(const AddressKey& key, std::optional<Distribution> hint) const;
    /// Of an address that a client uses here. No rule and no default covers the router's own
    /// management.
    Treatment treatment_of(const AddressKey& key) const;
    /// Links to the address are passed on whole, so that it gets no message but over these.
    bool passes_links(const AddressKey& key) const;
    /// Gives the address of a message or a link that a client sends on its phase.
    void enter(AddressKey& key) const {
        if (rules_.have_ingress_phases()) [[unlikely]] {
            key.set_phase(treatment_of(key).ingress_phase);
        }
    }

private:
    Result<AddressKey> key_of(const AttachRequest& request, std::string& echo);
    std::string temporary_name() const;

    Options options_;
    const AddressRules& rules_;
    const AddressTable& addresses_;
    const Routes& routes_;
};

}  // namespace weft::router
