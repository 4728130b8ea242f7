#pragma once

#include "router/core/naming.hpp"

#include <string>
#include <string_view>

namespace weft::tenant {

/// One tenant's part of all addresses, as a connection of it needs it.
///
///     the tenant says     is, to all others       with the prefix "acme/"
///     orders              acme/orders
///     amqp:/orders        amqp:/acme/orders       the text around a name stays as it is
///     _topo/0/r1/temp.X   _topo/0/r1/temp.X       made up by a router: at random, and no one's
///     _topo/0/r1/x        nothing                 nor _local/… nor _edge/…
///
///   N1  whole(text) is refused, or means an address that begins with the prefix, to any router
///       that reads it, or one made up at random
///   N2  own_text(whole(text)) means what `text` does, and is the same text, unless that begins
///   with
///       a '/' that it needs not
///
/// Threading: loop-confined (the connection's).
class Space final : public router::Naming {
public:
    /// `prefix`: as Tenants gives it.
    explicit Space(std::string prefix) : prefix_{std::move(prefix)} {}

    /// "acme/"
    const std::string& prefix() const { return prefix_; }

    // router::Naming
    /// `text` as its peer writes it, in a terminus or in `to`. What names nothing, or is empty, is
    /// returned as it is: it means as little without a tenant. Errors: amqp:not-allowed, an address
    /// of routers; amqp:invalid-field, it is too long with the prefix.
    [[nodiscard]] Result<std::string_view> whole(std::string_view text) override;
    [[nodiscard]] std::string_view own(std::string_view name) const override;

    /// The same of an address as it is written: what whole() made of the result, or `text` if that
    /// is no address of the tenant's.
    [[nodiscard]] std::string own_text(std::string_view text) const;
    /// The address is the tenant's own: its name begins with the prefix.
    [[nodiscard]] bool has(std::string_view text) const;
    /// Words for the peer, without the prefix.
    [[nodiscard]] std::string own_words(std::string_view words) const;

private:
    std::string prefix_;
    std::string whole_;  // of the last call
};

}  // namespace weft::tenant
